package wizard

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// unplugged is a network that is not there.
type unplugged struct{}

func (unplugged) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no network")
}

// TestAnyAnswers answers at random, sensibly and not: whatever is said, a wizard
// either writes a configuration that a gateway starts with, and keeps what it was
// not asked about, or it leaves everything as it was.
func TestAnyAnswers(t *testing.T) {
	texts := []string{"{}\n", "", "// mine\n{ unknown: { keep: 'this' }, log: { level: \"warn\" /* w */ } }\n",
		"{ gateway: { port: 1, auth: { mode: \"password\", password: \"c4nary of before\" } }, unknown: { keep: 'this' }, agents: { list: [{ id: 'x' }, { id: 'y', default: true, keep: 'this' }] } }"}
	home := t.TempDir()
	t.Setenv("HOME", home)
	rapid.Check(t, func(rt *rapid.T) {
		before := rapid.SampledFrom(texts).Draw(rt, "before")
		s := newSetup(t, before, through(unplugged{}))
		defer s.Close()
		reset := false
		start := s.start()
		at := &protocol.WizardNextResult{Done: start.Done, Step: start.Step, Status: start.Status}
		for n := 0; !at.Done && n < 80; n++ {
			step := at.Step.V
			value := anyAnswer(rt, &step, s.dir)
			reset = reset || step.Name.V == "config" && string(value) == `"reset"`
			res, err := s.WizardNext(t.Context(), &protocol.WizardNextParams{StepID: wire.Some(step.ID), Response: protocol.JSONObject(`{"value":` + string(value) + `}`)})
			if err != nil {
				rt.Fatalf("%s: %v", step.Name.V, err)
			}
			at = res
			s.note(res.AppendJSON(nil))
		}
		written := false
		if !at.Done {
			res, err := s.WizardCancel(t.Context(), &protocol.WizardCancelParams{})
			if err != nil {
				rt.Fatal(err)
			}
			written = res.Status == protocol.WizardStateDone
		} else {
			written = at.Status == protocol.WizardStateDone
			if at.Status == protocol.WizardStateError {
				rt.Fatalf("it failed: %s", at.Error.V)
			}
		}
		after := s.text()
		if seen := strings.Join(s.seen, "\n"); strings.Contains(seen, "c4nary") {
			rt.Fatalf("a secret was seen: %s", seen)
		}
		if !written {
			if after != before {
				rt.Fatalf("it wrote %q", after)
			}
			entries, err := os.ReadDir(s.dir)
			if err != nil || len(entries) > 1 {
				rt.Fatalf("it left %v, %v", entries, err)
			}
			return
		}
		l, err := config.Load(config.Sources{Path: s.path})
		if err != nil {
			rt.Fatalf("it wrote %q: %v", after, err)
		}
		l.UseToken("of the state folder", "token")
		if err := config.Check(l.Config, false).Err(); err != nil {
			rt.Fatalf("it wrote %q: %v", after, err)
		}
		if !reset && strings.Count(after, "'this'") != strings.Count(before, "'this'") {
			rt.Fatalf("it lost something of %q: %q", before, after)
		}
	})
}

// anyAnswer is mostly a sensible one.
func anyAnswer(rt *rapid.T, step *protocol.WizardStep, dir string) json.RawMessage {
	name := step.Name.V
	quote := func(text string) json.RawMessage { return wire.AppendString(nil, text) }
	if rapid.IntRange(0, 9).Draw(rt, "kind of "+name) == 0 {
		return rapid.SampledFrom([]json.RawMessage{[]byte("null"), []byte("7"), []byte("true"), []byte(`{"a":[1]}`), []byte(`["x",2]`), quote("x"), quote(""), quote("line\nline"), quote("${HOME}"), quote("\x1b[2J")}).Draw(rt, "junk for "+name)
	}
	switch {
	case name == "risk", name == "write":
		return []byte(rapid.SampledFrom([]string{"true", "true", "true", "false"}).Draw(rt, name))
	case name == "check":
		return quote(goOn)
	case len(step.Options) > 0:
		return json.RawMessage(step.Options[rapid.IntRange(0, len(step.Options)-1).Draw(rt, name)].Value)
	case step.Sensitive.V:
		return quote(rapid.SampledFrom([]string{"", "c4nary-${X}-$${Y}", "c4nary \"quoted\"", "short"}).Draw(rt, name))
	case name == "workspace":
		return quote(rapid.SampledFrom([]string{filepath.Join(dir, "ws", "deep"), "~/ws", "relative"}).Draw(rt, name))
	case name == "port":
		return quote(rapid.SampledFrom([]string{"18789", "0", "70000", "x"}).Draw(rt, name))
	case name == "base-url":
		return quote(rapid.SampledFrom([]string{"http://127.0.0.1:1/v1", "ftp://x", "http://u:p@h/"}).Draw(rt, name))
	}
	return quote(rapid.SampledFrom([]string{"Ada", "a b", "🦉", "box", "qwen3"}).Draw(rt, name))
}
