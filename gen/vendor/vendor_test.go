package vendor

import (
	"os"
	"slices"
	"strings"
	"testing"

	root "github.com/gatesmith/gatesmith"
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/schema"
)

func gatewayProtocol(t *testing.T) *ir.Protocol {
	t.Helper()
	tree, list := source.Load(schema.Files, "schema")
	p, more := lower.Lower(tree)
	if list = append(list, more...); len(list) > 0 {
		t.Fatal(list)
	}
	return p
}

// TestReduce: what is asked for, what it leads to, and what the runtime needs.
func TestReduce(t *testing.T) {
	p := gatewayProtocol(t)
	methods, events, types := len(p.Methods), len(p.Events), len(p.Types)
	r, err := Reduce(p, []string{"chat"}, []string{"Shutdown"})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.Methods {
		if !strings.HasPrefix(m.Wire, "chat.") && !m.Runtime {
			t.Errorf("%s is left", m.Wire)
		}
	}
	has := func(wire string) bool { return r.Event(wire) != nil }
	if !has("chat.event") || !has("tick") || !has("shutdown") || has("cron") {
		t.Error("events: those of the methods, of none, and of the runtime are wanted, and no others")
	}
	typeNamed := func(name string) bool {
		return slices.ContainsFunc(r.Types, func(x *ir.Type) bool { return x.Name.Pascal(p.Initialisms) == name })
	}
	if !typeNamed("ChatSendParams") || !typeNamed("ConnectParams") || typeNamed("CronJob") {
		t.Error("types: what is reachable is wanted, and nothing else")
	}
	if len(p.Methods) != methods || len(p.Events) != events || len(p.Types) != types || len(p.Group("system").Methods) < 2 {
		t.Error("the protocol itself was changed")
	}
}

// TestHead: every file says what it is and where it is from, so that it can be
// told from what people wrote, and none imports this repository.
func TestHead(t *testing.T) {
	p := gatewayProtocol(t)
	for _, o := range []Options{{Language: "go", Package: "example.com/x", Tool: "v9"}, {Language: "ts", Tool: "v9"}, {Language: "python", Tool: "v9"}} {
		heads(t, p, o)
	}
}

func heads(t *testing.T, p *ir.Protocol, o Options) {
	t.Helper()
	files, err := Files(p, root.Sources, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text := string(f.Data)
		if f.Path == "LICENSE" || f.Path == "py.typed" {
			continue
		}
		if strings.Count(text, emit.Header) != 1 || !strings.Contains(text, p.Hash) && f.Path != "package.json" {
			t.Errorf("%s has no head, or two:\n%.300s", f.Path, text)
		}
		if strings.Contains(text, `"github.com/gatesmith`) || strings.HasSuffix(f.Path, "_test.go") {
			t.Errorf("%s does not belong here", f.Path)
		}
	}
	if !slices.IsSortedFunc(files, func(a, b emit.File) int { return strings.Compare(a.Path, b.Path) }) {
		t.Error("the files are in no order")
	}
}

// TestRefusals: what cannot be made is said, with what was expected.
func TestRefusals(t *testing.T) {
	p := gatewayProtocol(t)
	tree, _ := source.Load(os.DirFS("../../cmd/gatesmith/internal/scaffold/schema"), "schema")
	other, _ := lower.Lower(tree)
	for _, c := range []struct {
		p    *ir.Protocol
		o    Options
		want string
	}{
		{p, Options{Language: "cobol", Package: "x"}, `no client is in "cobol": expected go or ts or python`},
		{p, Options{Language: "go", Package: "x", Groups: []string{"chit"}}, `the protocol has no group "chit": expected some of system, agent,`},
		{p, Options{Language: "ts", Package: "x"}, "a package is not for TypeScript"},
		{p, Options{Language: "python", Package: "x"}, "a package is not for Python"},
		{other, Options{Language: "python"}, "this schema has no"},
		{other, Options{Language: "ts"}, "this schema has no ConnectParams, HelloOk"},
		{p, Options{Language: "go"}, "the import path of the folder is missing"},
		{other, Options{Language: "go", Package: "x"}, "this schema has no CodeNotPaired, ConnectAuth"},
	} {
		if _, err := Files(c.p, root.Sources, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
}
