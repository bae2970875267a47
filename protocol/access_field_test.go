package protocol_test

import (
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/tools/recordings/transcript"
)

// matrixGrants are the callers of the recorded matrices.
var matrixGrants = map[string]protocol.Grant{
	"scope-read":      protocol.GrantOf(protocol.RoleOperator, []string{"operator.read"}),
	"scope-write":     protocol.GrantOf(protocol.RoleOperator, []string{"operator.write"}),
	"scope-approvals": protocol.GrantOf(protocol.RoleOperator, []string{"operator.approvals"}),
	"scope-pairing":   protocol.GrantOf(protocol.RoleOperator, []string{"operator.pairing"}),
	"scope-bogus":     protocol.GrantOf(protocol.RoleOperator, []string{"operator.bogus"}),
	"role-node":       protocol.GrantOf(protocol.RoleNode, nil),
}

// otherScope are methods whose access is not the field's, by the name the
// field calls them: what we ask for in place of what.
var otherScope = map[string]string{
	"config.get":       "D49: reading the config needs read, and secrets are masked below admin",
	"config.schema":    "D49: reading the config's schema needs read",
	"sessions.patch":   "D50: changing a session needs write",
	"sessions.reset":   "D50: changing a session needs write",
	"sessions.delete":  "D50: changing a session needs write",
	"sessions.compact": "D50: changing a session needs write",
	"sessions.resolve": "protocol.md §5.3, row 46: a query needs read",
	"poll":             "D51: sending needs write",
	"skills.bins":      "D39: operators may read it too; the guide has it as their method",
	"browser.request":  "the recorded release does not have it; protocol.md §5.3, row 83: write",
}

// TestAccessIsTheFields compares each recorded verdict with ours, to the
// letter. A departure must be listed, and must only ever widen: what the field
// allows a client to do, we allow it.
func TestAccessIsTheFields(t *testing.T) {
	eachRecording(t, func(t *testing.T, recorded *transcript.Transcript) {
		departures := review(t, otherScope)
		compared, same := 0, 0
		for _, matrix := range recorded.Matrices {
			have, ok := matrixGrants[matrix.Conn]
			if !ok {
				t.Errorf("%s: unknown caller %q", matrix.Source, matrix.Conn)
				continue
			}
			for name, field := range matrix.Verdicts {
				method, _ := protocol.LookupMethod(name)
				ours := "allowed"
				if d := protocol.AllowMethod(method, have); d != nil {
					ours = d.Error()
				}
				compared++
				if ours == field {
					same++
					continue
				}
				if !departures.allows(name) || field == "allowed" {
					t.Errorf("%s: %s as %s: the field says %q, we say %q", matrix.Source, name, matrix.Conn, field, ours)
				}
			}
		}
		t.Logf("%d verdicts compared, %d the same", compared, same)
		if compared != 6*86 {
			t.Errorf("%d verdicts compared, want %d", compared, 6*86)
		}
	})
}

// TestRefusedCallsAreTheFields compares refusals in the course of ordinary
// traffic with what we would have said.
func TestRefusedCallsAreTheFields(t *testing.T) {
	callers := map[string]protocol.Grant{
		"unauthorized role: node":           protocol.GrantOf(protocol.RoleNode, nil),
		"unauthorized role: operator":       admin,
		"missing scope: operator.admin":     matrixGrants["scope-read"],
		"missing scope: operator.write":     matrixGrants["scope-read"],
		"missing scope: operator.pairing":   matrixGrants["scope-read"],
		"missing scope: operator.approvals": matrixGrants["scope-read"],
	}
	eachRecording(t, func(t *testing.T, recorded *transcript.Transcript) {
		departures := review(t, map[string]string{
			"config.get":  otherScope["config.get"],
			"skills.bins": otherScope["skills.bins"],
		})
		compared := 0
		for _, x := range recorded.Exchanges {
			if len(x.Answers) == 0 || x.Answers[0].Error == nil {
				continue
			}
			have, ok := callers[x.Answers[0].Error.Message]
			if !ok {
				continue
			}
			compared++
			var q protocol.Request
			err := q.DecodeAlias(x.Text, have)
			if (err != nil || q.Denied == nil || q.Denied.Error() != x.Answers[0].Error.Message) && !departures.allows(x.Method) {
				t.Errorf("%s: %s: the field says %q, we say %v, %v", x.Source, x.Method, x.Answers[0].Error.Message, q.Denied, err)
			}
		}
		if compared < 10 {
			t.Errorf("%d refusals compared, which are less than there were", compared)
		}
	})
}
