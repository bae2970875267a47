package protocol_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/schema"
	"github.com/gatesmith/gatesmith/tools/recordings/transcript"
)

// methodRow is a row of the facts' table of methods, protocol.md §5.3.
type methodRow struct {
	name, alias, scope, roles, idempotency string
}

// methodRows reads the committed table. That it is the facts' is the business
// of the test of tools/recordings.
func methodRows(t *testing.T) []methodRow {
	t.Helper()
	data, err := os.ReadFile("testdata/facts/methods.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var rows []methodRow
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(c) != 7 {
			t.Fatalf("%q has %d columns, want 7", line, len(c))
		}
		rows = append(rows, methodRow{name: c[1], alias: c[2], scope: c[4], roles: c[5], idempotency: c[6]})
	}
	if len(rows) != 86 {
		t.Fatalf("%d rows, want 86", len(rows))
	}
	return rows
}

var (
	scopeCells = map[string]string{
		"R": "operator.read", "W": "operator.write", "A": "operator.admin", "P": "operator.pairing", "Ap": "operator.approvals", "–": "none",
		"R (op) / – (node)": "operator.read", // a role without scopes needs none
		"A up; R PROPOSAL":  "operator.read",
	}
	roleCells = map[string][]string{
		"op": {"operator"}, "node": {"node"}, "op, dev": {"operator", "device"}, "op, node": {"operator", "node"},
		"op (dev PROPOSAL)": {"operator", "device"}, "any": {"operator", "node", "device"},
	}
)

// ownDevice are methods that a device may call on itself.
var ownDevice = map[string]string{
	"device.pair.list":    "protocol.md §5.1: a device sees its own record",
	"device.token.rotate": "protocol.md §5.1: a device rotates its own token",
	"device.token.revoke": "protocol.md §5.1: a device revokes its own token",
}

// declaredCall is what a method file declares on repeats.
type declaredCall struct {
	Effect      string          `json:"x-effect"`
	Idempotency json.RawMessage `json:"x-idempotency"`
}

// cell words a declaration as the facts' table does.
func (d declaredCall) cell(t *testing.T, info *protocol.MethodInfo) string {
	t.Helper()
	var word string
	if json.Unmarshal(d.Idempotency, &word) == nil {
		return map[string]string{"natural": "nat", "hash": "hash", "none": "no"}[word]
	}
	if d.Idempotency == nil && d.Effect == "read" {
		return "nat"
	}
	return map[string]string{"idempotencyKey": "req", "id": "explicit id"}[info.KeyMember]
}

func TestMethodsAreTheTables(t *testing.T) {
	ownRecord := review(t, ownDevice)
	access := map[string]declared{}
	for _, d := range declarations(t, "methods/*/*.json") {
		access[d.Method] = d
	}
	for _, row := range methodRows(t) {
		method, alias := protocol.LookupMethod(row.name)
		if method == protocol.MethodUnknown || alias {
			t.Errorf("%s: not found by its name", row.name)
			continue
		}
		d, info := access[row.name], method.Info()
		delete(access, row.name)
		if want, ok := scopeCells[row.scope]; !ok || d.Scope != want {
			t.Errorf("%s: the scope is %s, want %q", row.name, d.Scope, row.scope)
		}
		roles := roleCells[row.roles]
		if !slices.Equal(d.Roles, roles) && !(slices.Equal(d.Roles, append(slices.Clone(roles), "device")) && ownRecord.allows(row.name)) {
			t.Errorf("%s: the roles are %q, want %q", row.name, d.Roles, row.roles)
		}
		other := row.name
		if row.alias != "same" {
			other = row.alias
		}
		if byAlias, alias := protocol.LookupMethod(other); byAlias != method || alias != (other != row.name) {
			t.Errorf("%s: the alias %s is of %s", row.name, other, byAlias)
		}
		if got := method.NameIn(protocol.DialectField); got != other {
			t.Errorf("%s: the field is told of %s, want %s", row.name, got, other)
		}
		data, err := fs.ReadFile(schema.Files, "methods/"+info.Group+"/"+row.name+".json")
		if err != nil {
			t.Error(err)
			continue
		}
		var call declaredCall
		if err := json.Unmarshal(data, &call); err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		if got := call.cell(t, info); got != row.idempotency && row.name != "connect" {
			t.Errorf("%s: the idempotency is %q, want %q", row.name, got, row.idempotency)
		}
		// Clients repeat by themselves what may be repeated, and nothing else.
		if want := slices.Contains([]string{"nat", "req", "explicit id"}, row.idempotency); info.Retryable != want {
			t.Errorf("%s: a client may repeat it: %t, want %t", row.name, info.Retryable, want)
		}
		if info.Writes != (call.Effect == "write") {
			t.Errorf("%s: it writes: %t, but its effect is %q", row.name, info.Writes, call.Effect)
		}
	}
	for name := range access {
		if ownMethods[name] == "" {
			t.Errorf("%s: not in the facts' table", name)
		}
	}
	for name := range ownMethods {
		if _, ok := access[name]; !ok {
			t.Errorf("%s: not a method of ours alone", name)
		}
	}
}

func TestPluginMethodsAreUnknown(t *testing.T) {
	for _, name := range []string{"voicecall.initiate", "voicecall.continue", "voicecall.speak", "voicecall.end", "voicecall.status", "voicecall.start",
		"Health", "health ", "", "toString", "constructor", "__proto__", "chat", "agent.event"} {
		if method, alias := protocol.LookupMethod(name); method != protocol.MethodUnknown || alias {
			t.Errorf("%q is %s", name, method)
		}
	}
	if protocol.MethodUnknown.Info() != nil || protocol.MethodUnknown.String() != "unknown" {
		t.Error("an unknown method is described")
	}
}

func TestNamesResolveBothWays(t *testing.T) {
	taken := map[string]protocol.MethodID{}
	take := func(m protocol.MethodID, name string) {
		if other, ok := taken[name]; ok && other != m {
			t.Errorf("%s is a name of %s and of %s", name, m, other)
		}
		taken[name] = m
	}
	for m := range protocol.MethodUnknown {
		info := m.Info()
		if got, alias := protocol.LookupMethod(m.String()); got != m || alias || info.Name != m.String() {
			t.Errorf("%s: found %s by it, alias %t", m, got, alias)
		}
		take(m, m.String())
		for _, a := range info.Aliases {
			if got, alias := protocol.LookupMethod(a.Name); got != m || !alias {
				t.Errorf("%s: found %s by %s, alias %t", m, got, a.Name, alias)
			}
			take(m, a.Name)
		}
		if m.NameIn(protocol.DialectCanonical) != m.String() {
			t.Errorf("%s is %s in the canonical dialect", m, m.NameIn(protocol.DialectCanonical))
		}
		if got, _ := protocol.LookupMethod(m.NameIn(protocol.DialectField)); got != m {
			t.Errorf("%s: its name in the field is of %s", m, got)
		}
	}
	for e := range protocol.EventUnknown {
		for _, d := range []protocol.Dialect{protocol.DialectCanonical, protocol.DialectField} {
			if got := protocol.LookupEvent(e.NameIn(d)); got != e {
				t.Errorf("event %s: its name %s in %s is of %s", e, e.NameIn(d), d, got)
			}
		}
	}
}

// everything serves all groups.
var everything = &protocol.Handlers{
	System: protocol.UnimplementedSystem{}, Agent: protocol.UnimplementedAgent{}, Chat: protocol.UnimplementedChat{},
	Sessions: protocol.UnimplementedSessions{}, Channels: protocol.UnimplementedChannels{}, Models: protocol.UnimplementedModels{},
	Usage: protocol.UnimplementedUsage{}, Config: protocol.UnimplementedConfig{}, Wizard: protocol.UnimplementedWizard{},
	Cron: protocol.UnimplementedCron{}, Logs: protocol.UnimplementedLogs{}, Skills: protocol.UnimplementedSkills{},
	Nodes: protocol.UnimplementedNodes{}, Devices: protocol.UnimplementedDevices{}, Approvals: protocol.UnimplementedApprovals{},
	Voice: protocol.UnimplementedVoice{}, TTS: protocol.UnimplementedTTS{}, Browser: protocol.UnimplementedBrowser{},
}

func TestFeaturesListWhatCanBeCalled(t *testing.T) {
	silent := review(t, map[string]string{
		"connect": "D53: it is no method that can be called",
	})
	for _, d := range []protocol.Dialect{protocol.DialectCanonical, protocol.DialectField} {
		listed := everything.Methods(d)
		for m := range protocol.MethodUnknown {
			want := m.Info().NotOffered == "" && !silent.allows(m.String())
			if got := slices.Contains(listed, m.NameIn(d)); got != want {
				t.Errorf("%s, %s: listed %t, want %t", d, m.NameIn(d), got, want)
			}
		}
		for _, name := range listed {
			if m, _ := protocol.LookupMethod(name); m.NameIn(d) != name {
				t.Errorf("%s lists %s, which is %s there", d, name, m.NameIn(d))
			}
		}
		if sorted := slices.Compact(slices.Sorted(slices.Values(listed))); len(sorted) != len(listed) {
			t.Errorf("%s lists a name twice", d)
		}
	}
	if list := (&protocol.Handlers{}).Methods(protocol.DialectCanonical); len(list) != 0 {
		t.Errorf("without handlers %q are listed", list)
	}
}

// ownMethods are those that neither the guide nor the field has.
var ownMethods = map[string]string{
	"channels.pair.list":    pairedByFile,
	"channels.pair.approve": pairedByFile,
	"channels.pair.remove":  pairedByFile,
}

const pairedByFile = "who may write to the agent is decided by clients too; in the field by a command on the gateway's machine"

// ownEvents are those that neither the guide nor the field has.
var ownEvents = map[protocol.EventID]string{
	protocol.EventNodeInvoked: "operators see what a node is asked, and what came of it",
}

// TestFeaturesAreTheFields compares what a client in the field is told with
// what the field tells it.
func TestFeaturesAreTheFields(t *testing.T) {
	eachRecording(t, func(t *testing.T, recorded *transcript.Transcript) {
		departures := review(t, map[string]string{
			"chat.inject":      "D53: the field keeps it to itself",
			"poll":             "D53: the field keeps it to itself",
			"sessions.resolve": "D53: the field keeps it to itself",
			"web.login.start":  "a channel plugin declares it in the field",
			"web.login.wait":   "a channel plugin declares it in the field",
			"update.run":       "not offered by our server",
			"tts.convert":      "not offered by our server",
			"tts.disable":      "not offered by our server",
			"tts.enable":       "not offered by our server",
			"tts.providers":    "not offered by our server",
			"tts.setProvider":  "not offered by our server",
			"tts.status":       "not offered by our server",
		})
		compared := 0
		for _, x := range recorded.Exchanges {
			if x.Method != "connect" || len(x.Answers) == 0 || x.Answers[0].Payload == nil {
				continue
			}
			var hello protocol.HelloOk
			if err := hello.DecodeAlias(x.Answers[0].Payload, wire.Lenient); err != nil {
				t.Errorf("%s: %v", x.Source, err)
			}
			if len(hello.Features.Events) < int(protocol.EventUnknown)-len(ownEvents) {
				continue // the recorder cut most of the lists
			}
			compared++
			ours := everything.Methods(protocol.DialectField)
			for _, name := range ours {
				if !slices.Contains(hello.Features.Methods, name) && ownMethods[name] == "" && !departures.allows(name) {
					t.Errorf("%s: we list %s, the field does not", x.Source, name)
				}
			}
			for _, name := range hello.Features.Methods {
				if !slices.Contains(ours, name) && !departures.allows(name) {
					t.Errorf("%s: the field lists %s, we do not", x.Source, name)
				}
			}
			var events []string
			for e := range protocol.EventUnknown {
				if ownEvents[e] == "" {
					events = append(events, e.NameIn(protocol.DialectField))
				}
			}
			if got, want := slices.Sorted(slices.Values(events)), slices.Sorted(slices.Values(hello.Features.Events)); !slices.Equal(got, want) {
				t.Errorf("%s: our events are %q, the field's %q", x.Source, got, want)
			}
		}
		if compared == 0 {
			t.Error("there are no whole lists in the recordings")
		}
	})
}
