package protocol_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/schema"
)

var update = flag.Bool("update", false, "rewrite golden files")

const accessGolden = "testdata/access.golden"

var (
	allRoles  = []protocol.Role{protocol.RoleOperator, protocol.RoleNode, protocol.RoleDevice}
	allScopes = []string{"operator.read", "operator.write", "operator.approvals", "operator.pairing", "operator.admin"}
)

// TestAccessIsAsReviewed lists who may call and receive what, so that no
// change of access can pass unseen: the file's diff shows it.
func TestAccessIsAsReviewed(t *testing.T) {
	var out bytes.Buffer
	fmt.Fprint(&out, `# Who may call each method and receive each event: for each role, without a scope
# and with each single one. yes: allowed. no: not sent. role: "unauthorized role".
# Otherwise the scope of "missing scope: operator.…".
# Rewrite with go test ./protocol -run TestAccessIsAsReviewed -update.
`)
	row := func(kind, name string, verdict func(protocol.Grant) string) {
		for _, role := range allRoles {
			fmt.Fprintf(&out, "%s %-23s %-8s -=%s", kind, name, role, verdict(protocol.GrantOf(role, nil)))
			for _, scope := range allScopes {
				fmt.Fprintf(&out, " %s=%s", strings.TrimPrefix(scope, "operator."), verdict(protocol.GrantOf(role, []string{scope})))
			}
			fmt.Fprintln(&out)
		}
	}
	for m := range protocol.MethodUnknown + 1 {
		row("method", m.String(), func(have protocol.Grant) string {
			switch d := protocol.AllowMethod(m, have); {
			case d == nil:
				return "yes"
			case d.ByRole:
				return "role"
			default:
				return strings.TrimPrefix(d.Scope.String(), "operator.")
			}
		})
	}
	for e := range protocol.EventUnknown {
		row("event ", e.String(), func(have protocol.Grant) string {
			if protocol.AllowEvent(e, have) {
				return "yes"
			}
			return "no"
		})
	}
	if *update {
		if err := os.WriteFile(accessGolden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(accessGolden)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(out.Bytes(), want) {
		return
	}
	was := strings.Split(string(want), "\n")
	for line := range strings.Lines(out.String()) {
		if !slices.Contains(was, strings.TrimSuffix(line, "\n")) {
			t.Errorf("not as reviewed: %s", line)
		}
	}
	t.Errorf("access is not what %s says: when that is meant, rewrite it with -update, and say why in the commit", accessGolden)
}

// declared is the access that a schema file declares, read without the
// generator.
type declared struct {
	Method string   `json:"x-method"`
	Event  string   `json:"x-event"`
	Roles  []string `json:"x-role"`
	Scope  string   `json:"x-scope"`
}

func declarations(t *testing.T, pattern string) []declared {
	t.Helper()
	names, err := fs.Glob(schema.Files, pattern)
	if err != nil {
		t.Fatal(err)
	}
	var list []declared
	for _, name := range names {
		data, err := fs.ReadFile(schema.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		var d declared
		if err := json.Unmarshal(data, &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list = append(list, d)
	}
	return list
}

// refusal is what the rules say on a call, as it goes over the wire; empty
// when it is allowed. It is written from the rules alone: the role must be one
// of those named; a role that has no scopes then suffices; an operator needs
// the scope or one that implies it.
func (d declared) refusal(role string, scopes []string) string {
	switch {
	case !slices.Contains(d.Roles, role):
		return "unauthorized role: " + role
	case role != "operator" || d.Scope == "none":
		return ""
	case slices.Contains(scopes, d.Scope) || slices.Contains(scopes, "operator.admin"):
		return ""
	case d.Scope == "operator.read" && slices.Contains(scopes, "operator.write"):
		return ""
	}
	return "missing scope: " + d.Scope
}

// scopeSets are all sets of scopes, each with a scope that does not exist, and
// without one.
func scopeSets() [][]string {
	var sets [][]string
	for bits := range 1 << len(allScopes) {
		var set []string
		for k, scope := range allScopes {
			if bits>>k&1 == 1 {
				set = append(set, scope)
			}
		}
		sets = append(sets, set, append(slices.Clone(set), "operator.bogus", "", "admin", "none"))
	}
	return sets
}

func TestMethodAccessIsDeclared(t *testing.T) {
	list := declarations(t, "methods/*/*.json")
	if len(list) != int(protocol.MethodUnknown) {
		t.Fatalf("%d method files, but %d methods", len(list), protocol.MethodUnknown)
	}
	for _, d := range list {
		method, alias := protocol.LookupMethod(d.Method)
		if method == protocol.MethodUnknown || alias {
			t.Errorf("%s: not found by its name", d.Method)
			continue
		}
		if method == protocol.MethodConnect {
			d = unknownMethod // after the handshake it is a method like any that does not exist
		}
		accessIs(t, method, d)
	}
	accessIs(t, protocol.MethodUnknown, unknownMethod)
	accessIs(t, protocol.MethodUnknown+1, unknownMethod)
}

// unknownMethod is the access of names that are no method's: so that refusals
// do not tell which methods exist, they are those of an admin's method.
var unknownMethod = declared{Method: "unknown", Roles: []string{"operator"}, Scope: "operator.admin"}

func accessIs(t *testing.T, method protocol.MethodID, d declared) {
	t.Helper()
	for _, role := range allRoles {
		for _, scopes := range scopeSets() {
			got := ""
			if denied := protocol.AllowMethod(method, protocol.GrantOf(role, scopes)); denied != nil {
				got = denied.Error()
			}
			if want := d.refusal(role.String(), scopes); got != want {
				t.Errorf("%s as %s with %q: got %q, want %q", method, role, scopes, got, want)
			}
		}
	}
}

// eventAccess is who may receive the events, from design.md §4 and the facts'
// protocol.md §6.
var eventAccess = map[string]declared{
	"agent.event":             {Roles: []string{"operator"}, Scope: "operator.read"},
	"chat.event":              {Roles: []string{"operator"}, Scope: "operator.read"},
	"connect.challenge":       {Roles: []string{"operator", "node", "device"}, Scope: "none"},
	"cron":                    {Roles: []string{"operator"}, Scope: "operator.read"},
	"device.pair.requested":   {Roles: []string{"operator"}, Scope: "operator.pairing"},
	"device.pair.resolved":    {Roles: []string{"operator"}, Scope: "operator.pairing"},
	"exec.approval.requested": {Roles: []string{"operator"}, Scope: "operator.approvals"},
	"exec.approval.resolved":  {Roles: []string{"operator"}, Scope: "operator.approvals"},
	"health":                  {Roles: []string{"operator"}, Scope: "operator.read"},
	"heartbeat":               {Roles: []string{"operator"}, Scope: "operator.read"},
	"node.invoke.request":     {Roles: []string{"node"}, Scope: "none"},
	"node.invoked":            {Roles: []string{"operator"}, Scope: "operator.read"},
	"node.pair.requested":     {Roles: []string{"operator"}, Scope: "operator.pairing"},
	"node.pair.resolved":      {Roles: []string{"operator"}, Scope: "operator.pairing"},
	"presence":                {Roles: []string{"operator"}, Scope: "operator.read"},
	"shutdown":                {Roles: []string{"operator", "node", "device"}, Scope: "none"},
	"talk.mode":               {Roles: []string{"operator", "node"}, Scope: "none"},
	"tick":                    {Roles: []string{"operator", "node", "device"}, Scope: "none"},
	"voicewake.changed":       {Roles: []string{"operator", "node"}, Scope: "none"},
}

func TestEventAccessIsDecided(t *testing.T) {
	if n := int(protocol.EventUnknown); n != 19 || len(eventAccess) != n {
		t.Errorf("there are %d events, and the decisions name %d; want 19", n, len(eventAccess))
	}
	for _, d := range declarations(t, "events/*.json") {
		want := eventAccess[d.Event]
		if !slices.Equal(d.Roles, want.Roles) || d.Scope != want.Scope {
			t.Errorf("%s: declared for %q with %s, decided for %q with %s", d.Event, d.Roles, d.Scope, want.Roles, want.Scope)
		}
	}
	for name, d := range eventAccess {
		event := protocol.LookupEvent(name)
		if event.String() != name {
			t.Errorf("%s: not found by its name", name)
			continue
		}
		for _, role := range allRoles {
			for _, scopes := range scopeSets() {
				if got, want := protocol.AllowEvent(event, protocol.GrantOf(role, scopes)), d.refusal(role.String(), scopes) == ""; got != want {
					t.Errorf("%s to %s with %q: got %t, want %t", name, role, scopes, got, want)
				}
			}
		}
	}
	if protocol.AllowEvent(protocol.EventUnknown, anyone) {
		t.Error("an event that is not known is sent")
	}
}
