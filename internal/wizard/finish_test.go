package wizard

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

const existing = `// mine
{
  gateway: { auth: { mode: "password", password: "c4nary-of-before" }, port: 4000 }, // of the gateway
  agents: {
    list: [
      { id: "second" },
      { id: "first", default: true, color: "red", identity: { name: "Old" /* was Older */ } }, // the one
    ],
  },
  unknown: 1,
}
`

// What is there is shown without its secrets, and kept, changed or given up.
func TestExisting(t *testing.T) {
	for _, c := range []struct {
		what  string
		steps []string // that come, and no others after config
		want  string
	}{
		{"keep", []string{"config", "defaults", "provider", "write", "done"},
			strings.Replace(existing, "    ],\n  },", "    ],\n    defaults: {\n      model: \"echo/echo\"\n    },\n  },", 1)},
		{"modify", []string{"config", "defaults", "auth", "password", "provider", "agent-name", "agent-theme", "agent-emoji", "write", "done"},
			strings.Replace(strings.Replace(existing, "    ],\n  },", "    ],\n    defaults: {\n      model: \"echo/echo\"\n    },\n  },", 1), `"Old" /* was`, `"New" /* was`, 1)},
		{"reset", []string{"config", "defaults", "auth", "provider", "agent-name", "agent-theme", "agent-emoji", "write", "done"},
			"{\n  \"agents\": {\n    \"defaults\": {\n      \"model\": \"echo/echo\"\n    },\n    \"list\": [\n      {\n        \"id\": \"main\",\n        \"identity\": {\n          \"name\": \"New\"\n        }\n      }\n    ]\n  }\n}\n"},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := newSetup(t, existing)
			res, names := s.walk(answers{"risk": {true}, "config": {c.what}, "provider": {"echo"}, "agent-name": {"New"}})
			if res.Status != protocol.WizardStateDone {
				t.Fatalf("%s", res.AppendJSON(nil))
			}
			if got := names[slices.Index(names, "config"):]; !slices.Equal(got, c.steps) {
				t.Errorf("the steps are %v, want %v", got, c.steps)
			}
			if got := s.text(); got != c.want {
				t.Errorf("it wrote\n%s\nwant\n%s", got, c.want)
			}
			seen := strings.Join(s.seen, "\n")
			if strings.Contains(seen, "c4nary") || !strings.Contains(seen, `gateway.port: 4000`) {
				t.Errorf("it was seen: %s", seen)
			}
		})
	}
}

// A file that is not valid is left to its owner, or begun anew.
func TestBroken(t *testing.T) {
	const broken = "{ gateway: { port: 'x' }, }\n"
	s := newSetup(t, broken)
	res, _ := s.walk(answers{"risk": {true}, "config": {"stop"}})
	if res.Status != protocol.WizardStateCancelled || s.text() != broken {
		t.Errorf("%s, the file is %s", res.AppendJSON(nil), s.text())
	}
	s = newSetup(t, broken)
	if res, _ = s.walk(answers{"risk": {true}, "config": {"reset"}, "provider": {"echo"}}); res.Status != protocol.WizardStateDone || s.value("agents.defaults.model") != `"echo/echo"` {
		t.Errorf("%s, the file is %s", res.AppendJSON(nil), s.text())
	}
}

// What somebody else writes meanwhile is not lost, whatever is decided.
func TestChangedMeanwhile(t *testing.T) {
	const theirs = "{\n  // theirs\n  log: { level: \"debug\" },\n  agents: { list: [{ id: \"main\", identity: { theme: \"loud\", name: \"X\" } }] },\n}\n"
	for what, want := range map[string]string{
		"stop":     theirs,
		"continue": "{\n  // theirs\n  log: { level: \"debug\" },\n  agents: { list: [{ id: \"main\", identity: { theme: \"loud\", name: \"Ada\" } }], defaults: { model: \"echo/echo\", workspace: \"WS\" } },\n}\n",
	} {
		s := newSetup(t, "{}\n")
		workspace := filepath.Join(s.dir, "ws")
		res, names := s.walk(answers{"risk": {true}, "flow": {"advanced"}, "provider": {"echo"}, "agent-name": {"Ada"}, "workspace": {workspace}, "conflict": {what},
			"write": {func(*protocol.WizardStep) any { s.write(theirs); return true }}})
		happened(t, names, "write", "conflict")
		if got := strings.ReplaceAll(s.text(), workspace, "WS"); got != want {
			t.Errorf("%s: the file is\n%s\nwant\n%s", what, got, want)
		}
		_, err := os.Stat(workspace)
		if done := what == "continue"; (err == nil) != done || (res.Status == protocol.WizardStateDone) != done {
			t.Errorf("%s: it ended with %v, the workspace: %v", what, res.Status, err)
		}
		if text := strings.Join(s.seen, "\n"); !strings.Contains(text, `log.level: \"debug\"`) {
			t.Errorf("it does not say what changed: %s", text)
		}
	}
}

// A folder that can't be made is told, and nothing is written without it.
func TestFolderCannotBeMade(t *testing.T) {
	s := newSetup(t, "")
	if err := os.WriteFile(filepath.Join(s.dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	res, names := s.walk(answers{"risk": {true}, "flow": {"advanced"}, "provider": {"echo", "echo"}, "workspace": {filepath.Join(s.dir, "file", "ws"), filepath.Join(s.dir, "ws")}, "failed": {"retry", "change"}})
	happened(t, names, "write", "failed", "failed", "port", "workspace", "write", "done")
	if res.Status != protocol.WizardStateDone {
		t.Errorf("%s", res.AppendJSON(nil))
	}
	s = newSetup(t, "")
	if err := os.WriteFile(filepath.Join(s.dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if res, _ := s.walk(answers{"risk": {true}, "flow": {"advanced"}, "provider": {"echo"}, "workspace": {filepath.Join(s.dir, "file", "ws")}, "failed": {"stop"}}); res.Status != protocol.WizardStateCancelled || s.text() != "" {
		t.Errorf("%s, it wrote %s", res.AppendJSON(nil), s.text())
	}
}

// A configuration that no gateway would start with is not written.
func TestRefused(t *testing.T) {
	s := newSetup(t, `{gateway:{auth:{tailscale:{mode:"funnel"},mode:"password",password:"a long password"}}}`)
	res, names := s.walk(answers{"risk": {true}, "config": {"modify"}, "auth": {"token"}, "provider": {"echo"}, "refused": {"stop"}})
	happened(t, names, "write", "refused")
	if res.Status != protocol.WizardStateCancelled || strings.Contains(s.text(), "echo") {
		t.Errorf("%s, it wrote %s", res.AppendJSON(nil), s.text())
	}
}

// A restart comes when the end is told, or nobody is left to tell.
func TestRestart(t *testing.T) {
	for name, end := range map[string]func(*setup, string){
		"the last answer": func(s *setup, step string) { s.next(step, nil) },
		"a cancel": func(s *setup, _ string) {
			if res, err := s.WizardCancel(s.t.Context(), &protocol.WizardCancelParams{}); err != nil || res.Status != protocol.WizardStateDone {
				s.t.Errorf("%v, %v", res, err)
			}
		},
		"nothing": func(*setup, string) { time.Sleep(DefaultIdle + time.Second); synctest.Wait() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, "")
				s.needs = true
				res, _ := s.walk(answers{"risk": {true}, "provider": {"echo"}, "done": {until{}}})
				if len(s.restarted()) > 0 {
					t.Error("it restarts too early")
				}
				end(s, res.Step.V.ID)
				if got := s.restarted(); !slices.Equal(got, []string{"wizard"}) {
					t.Errorf("the restarts are %v", got)
				}
				if s.value("agents.defaults.model") == "" {
					t.Error("nothing was written")
				}
			})
		})
	}
}

// Another use of a gateway has nothing to write.
func TestRemote(t *testing.T) {
	s := newSetup(t, "")
	start, err := s.WizardStart(t.Context(), &protocol.WizardStartParams{Mode: wire.Some(protocol.WizardStartParamsModeRemote)})
	if err != nil || start.Step.V.Name.V != "remote" {
		t.Fatalf("%v, %v", start, err)
	}
	if res := s.next(start.Step.V.ID, nil); res.Status != protocol.WizardStateDone || s.text() != "" {
		t.Errorf("%s", res.AppendJSON(nil))
	}
}

// pigeons are a channel of the test's.
type pigeons struct{}

func (pigeons) Option() Option { return Option{Value: "pigeons", Label: "Pigeons"} }

func (pigeons) Ask(ctx context.Context, a *Asker, _ *protocol.Config) ([]Setting, error) {
	ring, err := a.Line(ctx, Question{Name: "pigeons-ring", Text: "What is on the ring?", Secret: true})
	return []Setting{{Key: []string{"channels", "pigeons", "ring"}, Value: ring, Secret: true}, {Key: []string{"channels", "pigeons", "enabled"}, Value: true}}, err
}

// Channels ask what they need; those that are not chosen do not.
func TestChannels(t *testing.T) {
	with := func(o *Options) { o.Channels = []Channel{pigeons{}} }
	s := newSetup(t, "", with)
	_, names := s.walk(answers{"risk": {true}, "provider": {"echo"}, "channels": {[]string{"owls"}, []string{"pigeons"}}, "pigeons-ring": {"${HOME} c4nary"}})
	happened(t, names, "channels", "channels", "pigeons-ring", "write", "done")
	if !strings.Contains(s.text(), `"ring": "$${HOME} c4nary"`) || strings.Contains(strings.Join(s.seen, "\n"), "c4nary") {
		t.Errorf("it wrote %s", s.text())
	}
	s = newSetup(t, "", with)
	if _, names = s.walk(answers{"risk": {true}, "provider": {"echo"}}); slices.Contains(names, "pigeons-ring") {
		t.Errorf("the steps are %v", names)
	}
}

// What a flag or a variable says wins, and that is told.
func TestOverruled(t *testing.T) {
	s := newSetup(t, "")
	s.env["GATEWAY_MODEL"] = "echo/echo"
	var said []string
	s.walk(answers{"risk": {true}, "provider": {"echo"}, "write": {saying(&said, true)}})
	if len(said) != 1 || !strings.Contains(said[0], "GATEWAY_MODEL wins over the file for agents.defaults.model") {
		t.Errorf("it says %q", said)
	}
}
