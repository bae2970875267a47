package app_test

import (
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// exception is an outcome that was decided to be another one here.
type exception struct {
	ours, reason string
	as           string // the id of our answer, where it is another
}

// exceptions has what differs, by recording, connection and answer, or by place
// where that is not enough.
var exceptions = map[string]exception{
	"handshake-ok:43":                         {ours: nothing, reason: "the device is not paired"},
	"handshake-ok v1sig r10":                  {ours: "INVALID_REQUEST device nonce required", reason: challenged},
	"handshake-ok v1sig close":                {ours: "close 1008 device nonce required", reason: challenged},
	"handshake-errors connect-noparams c1":    {ours: "INVALID_REQUEST invalid connect params: must have required property 'minProtocol'; must have required property 'maxProtocol'; must have required property 'client'", reason: absent},
	"handshake-errors connect-noparams close": {ours: "close 1008 invalid connect params: must have required property 'minProtocol'; must have required property 'maxProtocol'; must have ", reason: absent},
	"handshake-errors bad-client-id r28":      {ours: "ok", reason: "any client id is welcome (D3)"},
	"handshake-errors bad-client-mode r29":    {ours: "ok", reason: "any client mode is welcome (D3)"},
	"handshake-errors role-device r37":        {ours: "ok", reason: "the guide has the role device (D52)"},
	"handshake-errors first-bare close":       {ours: stays, reason: "the guide's handshake (D2)"},
	"frame-errors operator u6":                {ours: "INVALID_REQUEST unknown method: __proto__", reason: "a defect of the field's: such methods are unknown like any other"},
	"frame-errors operator m4":                {ours: "INVALID_REQUEST invalid request frame: must have required property 'method'; at root: unexpected property 'ok'; at /type: must be equal to constant \"req\"", reason: constants},
	"frame-errors:46":                         {ours: "INVALID_REQUEST invalid request frame: must have required property 'id'; must have required property 'method'; at root: unexpected property 'event'; at /type: must be equal to constant \"req\"", reason: constants},
	"frame-errors operator m5":                {ours: "INVALID_REQUEST invalid request frame: must have required property 'method'; at /type: must be equal to constant \"req\"", reason: constants},
	"frame-errors operator u2":                {ours: "ok", reason: "the guide's names are good on every connection"},
	"frame-errors operator k2":                {ours: "INVALID_REQUEST invalid request frame: at root: must NOT have duplicate property 'id'", reason: strictness, as: "k1"},
	"frame-errors operator \ufffd-é-🦞":        {ours: "INVALID_REQUEST invalid request frame: at /id: must NOT have a lone surrogate", reason: strictness, as: "invalid"},
	"frame-errors operator deep":              {ours: "INVALID_REQUEST invalid request frame: at /params/a" + strings.Repeat("/0", 62) + ": must NOT be nested deeper than 64 levels", reason: strictness},
	"frame-errors operator big1":              {ours: "INVALID_REQUEST invalid last-heartbeat params: at root: unexpected property 'pad'", reason: "params are closed for every method"},
	"frame-errors operator close":             {ours: stays, reason: "messages may have 1 MiB, as the guide says (D9)"},
	"devices-pairing operator r15":            {ours: "INVALID_REQUEST unknown deviceId/role", reason: "there is no such role, so that there is no token to rotate"},
	"devices-pairing op-read-up r21":          {ours: "INVALID_REQUEST missing scope: operator.admin", reason: "a valid token is no mismatch: what it cannot grant is named"},
	"devices-pairing op-read-up close":        {ours: "close 1008 missing scope: operator.admin", reason: "the same"},
	"devices-pairing remote-3 close":          {ours: "close 1008 device token revoked", reason: "connections that live by a revoked token are closed"},
	"device-token-scopes cli-like r2":         {ours: "ok", reason: "scopes are compared after what they imply, and granted as far as the token goes"},
	"device-token-scopes cli-like-3 r4":       {ours: "ok", reason: "scopes are compared after what they imply: admin covers read"},
	"exec-approvals operator r281":            {ours: "INVALID_REQUEST invalid exec.approvals.set params: at /file/version: must be equal to constant 1", reason: constants},
	"config-and-restart operator r7":          {ours: "ok", reason: "agent.model is the guide's own example"},
	"config-and-restart operator r8":          {ours: "ok", reason: unknown},
	"config-and-restart operator-b r13":       {ours: "ok", reason: unknown},
	"config-and-restart:22":                   {ours: nothing, reason: live},
	"config-and-restart operator close":       {ours: stays, reason: live},
	"scope-matrix reader r814":                {ours: "ok", reason: queries},
	"auth-password-mode pw-nodev r2":          {ours: "ok", reason: "a right password needs no device (D7)"},
	"agent operator r124":                     {ours: "ok", reason: "default names the default agent (D37)"},
	"agent operator r126":                     {ours: `INVALID_REQUEST idempotencyKey "ag-1" was used before with other params: use a new key for a new request`, reason: otherParams},
	"agent operator r131":                     {ours: `INVALID_REQUEST idempotencyKey "ag-2" was used before with other params: use a new key for a new request`, reason: otherParams},
	"agent:35":                                {ours: "ok", reason: "without a session the main one is meant (D35)"},
	"agent:77":                                {ours: "ok", reason: "thinking that is no level is ignored (D34)"},
	"nodes operator r198":                     {ours: `INVALID_REQUEST idempotencyKey "i1" was used before with other params: use a new key for a new request`, reason: otherParams},
	"nodes:33":                                {ours: nothing, reason: otherParams},
	"nodes node r199":                         {ours: "ok, ignored", reason: "so that the node was not asked"},
	"nodes operator r217":                     {ours: "ok", reason: everyone},
	"nodes operator r231":                     {ours: "ok", reason: oneRecord},
	"nodes operator r251":                     {ours: "ok", reason: oneRecord},
	"chat operator r94":                       {ours: `INVALID_REQUEST idempotencyKey "run-1" was used before with other params: use a new key for a new request`, reason: otherParams},
	"wizard operator r297":                    {ours: "INVALID_REQUEST wizard not found", reason: "the guide's form, in which the wizard is the one that runs (D31)"},
	"wizard operator r298":                    {ours: "INVALID_REQUEST wizard not found", reason: "the same (D32)"},
	"wizard operator r311":                    {ours: `INVALID_REQUEST invalid wizard.start params: at /mode: must be equal to one of the allowed values: "local", "remote"`, reason: "refusals say which values are meant"},
	"chat operator r110":                      {ours: "INVALID_REQUEST message or attachment required", reason: "an empty message may go with an attachment, as later releases of the field's have it"},
}

// What comes where nothing does, and the other way round.
const (
	stays   = "the connection stays open"
	nothing = "no event"
)

const (
	otherParams = "a key stands for one request: what a repeat would lose is told, not dropped"
	challenged  = "signatures without nonce are for connections that were sent none"
	absent      = "absent params are an empty object, in the handshake as everywhere"
	constants   = "refusals say which constant is meant"
	unknown     = "keys that nobody knows are kept, and told of as warnings"
	live        = "a change restarts nothing that needs no restart"
	oneRecord   = "a node has one record, however it was paired (Q5)"
	strictness  = "repeated names, lone surrogates and deep nesting are refused"
)

// widening is a method that needs another scope than in the field.
type widening struct {
	scope  protocol.Scope
	reason string
}

// outcome is what a connection with one scope gets.
func (w widening) outcome(scope string) string {
	want := protocol.GrantOf(protocol.RoleOperator, []string{w.scope.String()})
	if protocol.GrantOf(protocol.RoleOperator, []string{scope})&want == want {
		return "allowed"
	}
	return "missing scope: " + w.scope.String()
}

const (
	queries  = "the guide lets readers query configuration; secrets are redacted for them"
	changes  = "the guide lets writers change sessions"
	sending  = "the guide lets writers send; the field asks for admin by omission"
	everyone = "the guide lets operators call it; in the field only nodes may"
	finding  = "finding a session is reading"
)

var widened = map[string]widening{
	"browser.request":  {protocol.ScopeOperatorWrite, sending},
	"config.get":       {protocol.ScopeOperatorRead, queries},
	"config.schema":    {protocol.ScopeOperatorRead, queries},
	"poll":             {protocol.ScopeOperatorWrite, sending},
	"sessions.compact": {protocol.ScopeOperatorWrite, changes},
	"sessions.delete":  {protocol.ScopeOperatorWrite, changes},
	"sessions.patch":   {protocol.ScopeOperatorWrite, changes},
	"sessions.reset":   {protocol.ScopeOperatorWrite, changes},
	"sessions.resolve": {protocol.ScopeOperatorRead, finding},
	"skills.bins":      {protocol.ScopeOperatorRead, everyone},
}
