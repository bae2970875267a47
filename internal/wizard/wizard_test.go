package wizard

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm/llmtest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// A whole setup with a key that the service takes only the second time.
func TestSetUp(t *testing.T) {
	fake := llmtest.New(t, llmtest.Anthropic)
	s := newSetup(t, "")
	s.env["ANTHROPIC_BASE_URL"] = fake.URL
	workspace := filepath.Join(s.dir, "home", "notes")
	res, names := s.walk(answers{
		"risk": {true}, "flow": {"advanced"}, "port": {"70000", 4711}, "bind": {"loopback"},
		"auth": {"password"}, "password": {"short", "c4nary of a password"},
		"provider": {"anthropic"}, "api-key": {"", "sk-c4nary-0123456789", llmtest.Key}, "model": {"claude-haiku-5-5"},
		"agent-name": {"Ada"}, "agent-theme": {"calm"}, "agent-emoji": {"🦉"}, "workspace": {"notes", workspace},
	})
	if res.Status != protocol.WizardStateDone || res.Error.Set {
		t.Fatalf("it ended with %s", res.AppendJSON(nil))
	}
	happened(t, names, "intro", "security", "risk", "flow", "port", "port", "bind", "auth", "password", "password", "provider", "api-key", "api-key", "model", "api-key",
		"agent-name", "agent-theme", "agent-emoji", "workspace", "workspace", "write", "done")
	for key, want := range map[string]string{
		"gateway.port": "4711", "gateway.auth.mode": `"password"`, "gateway.auth.password": `"c4nary of a password"`,
		"models.providers.anthropic.apiKey": `"` + llmtest.Key + `"`, "agents.defaults.model": `"anthropic/claude-haiku-5-5"`,
		"agents.list": `[{"id":"main","identity":{"name":"Ada","theme":"calm","emoji":"🦉"},"default":false}]`, "agents.defaults.workspace": `"` + workspace + `"`,
	} {
		if got := s.value(key); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	if info, err := os.Stat(workspace); err != nil || !info.IsDir() {
		t.Errorf("the workspace: %v", err)
	}
	if got := fake.Call(t, fake.Calls()-1).Field("model"); got != "claude-haiku-5-5" {
		t.Errorf("%v was asked", got)
	}
	// What is secret comes back from nowhere.
	for where, text := range map[string]string{"an answer": strings.Join(s.seen, "\n"), "the log": s.log.String()} {
		if strings.Contains(text, "c4nary") || strings.Contains(text, llmtest.Key) {
			t.Errorf("a secret is in %s:\n%s", where, text)
		}
	}
	if got := strings.Join(s.hidden, ","); !strings.Contains(got, "c4nary of a password") || !strings.Contains(got, llmtest.Key) {
		t.Errorf("only %s are to be hidden", got)
	}
	if _, err := s.WizardStatus(t.Context(), &protocol.WizardStatusParams{SessionID: "x"}); err == nil {
		t.Error("it is still there")
	}
}

// What is asked with a wrong answer is asked again, and says what was wrong.
func TestAskedAgain(t *testing.T) {
	s := newSetup(t, "")
	said := map[string][]string{}
	again := func(value any) func(*protocol.WizardStep) any {
		return func(step *protocol.WizardStep) any {
			said[step.Name.V] = append(said[step.Name.V], step.Message.V)
			return value
		}
	}
	res, _ := s.walk(answers{"risk": {1}, "flow": {again(map[string]any{"a": 1}), again("slow"), again("advanced")}, "port": {again("many"), again("18789")},
		"provider": {"other"}, "provider-name": {again("openai"), again("a/b"), again("box")}, "base-url": {again("box"), until{}}})
	if res.Step.V.Name.V != "base-url" {
		t.Fatalf("it is at %s", res.AppendJSON(nil))
	}
	for name, want := range map[string][]string{
		"flow":          {`"" is not among`, `"slow" is not among the options: choose one of quickstart, advanced.`},
		"port":          {`gateway.port is "many": must be an integer`},
		"provider-name": {"A service is known by that name", "A word is expected"},
	} {
		for k, text := range want {
			if !strings.Contains(said[name][k+1], text) {
				t.Errorf("%s says %q, want %q", name, said[name][k+1], text)
			}
		}
	}
	if text := res.Step.V.Message.V; !strings.Contains(text, "must be the address of an API") {
		t.Errorf("base-url says %q", text)
	}
}

// A wizard that is cancelled, or whose question about the risk is answered no,
// leaves nothing behind.
func TestCancelLeavesNothing(t *testing.T) {
	for name, end := range map[string]string{"at the start": "intro", "in the middle": "provider", "at the end": "write"} {
		t.Run(name, func(t *testing.T) {
			s := newSetup(t, "{ log: { level: 'debug' } } // mine\n")
			before, _ := os.ReadDir(s.dir)
			res, _ := s.walk(answers{"risk": {true}, "config": {"modify"}, "flow": {"advanced"}, "provider": {"echo"}, "agent-name": {"Ada"}, "workspace": {filepath.Join(s.dir, "a", "b")}, end: {until{}}})
			if name == "in the middle" && res.Step.V.Name.V != "provider" {
				t.Fatal(res)
			}
			cancelled, err := s.WizardCancel(t.Context(), &protocol.WizardCancelParams{})
			if err != nil || cancelled.Status != protocol.WizardStateCancelled || cancelled.Error.V != "cancelled" {
				t.Fatalf("%v, %v", cancelled, err)
			}
			after, _ := os.ReadDir(s.dir)
			if s.text() != "{ log: { level: 'debug' } } // mine\n" || len(after) != len(before) {
				t.Errorf("the file says %s, and the folder has %v", s.text(), after)
			}
			if _, err := s.WizardCancel(t.Context(), &protocol.WizardCancelParams{}); says(err) != "wizard not found" {
				t.Errorf("the second time: %v", err)
			}
		})
	}
	s := newSetup(t, "")
	if res, _ := s.walk(answers{"risk": {false}}); res.Status != protocol.WizardStateCancelled || s.text() != "" {
		t.Errorf("no ended it with %v", res)
	}
}

func says(err error) string {
	e, _ := errors.AsType[*protocol.Error](err)
	if e == nil {
		return ""
	}
	return e.Message
}

// There is one wizard at a time.
func TestOneAtATime(t *testing.T) {
	s := newSetup(t, "")
	first := s.start()
	if _, err := s.WizardStart(t.Context(), &protocol.WizardStartParams{}); says(err) != "wizard already running" {
		t.Errorf("the second one: %v", err)
	}
	if res, err := s.WizardStatus(t.Context(), &protocol.WizardStatusParams{SessionID: first.SessionID}); err != nil || res.Status != protocol.WizardStateRunning {
		t.Errorf("its status is %v, %v", res, err)
	}
	for name, p := range map[string]*protocol.WizardNextParams{
		"wizard not found":               {SessionID: wire.Some("nope")},
		"Error: wizard: no pending step": {StepID: wire.Some("step-9")},
	} {
		if _, err := s.WizardNext(t.Context(), p); says(err) != name {
			t.Errorf("%v, want %s", err, name)
		}
	}
	// Without an answer the step comes again; with one, it is over.
	if res, err := s.WizardNext(t.Context(), &protocol.WizardNextParams{}); err != nil || res.Step.V.ID != first.Step.V.ID {
		t.Errorf("%v, %v", res, err)
	}
	s.next("step-1", nil)
	if _, err := s.WizardNext(t.Context(), &protocol.WizardNextParams{StepID: wire.Some("step-1")}); says(err) != "Error: wizard: no pending step" {
		t.Errorf("an answer given twice: %v", err)
	}
	s.Close()
	if _, err := s.WizardNext(t.Context(), &protocol.WizardNextParams{}); says(err) != "wizard not running" {
		t.Errorf("after the end: %v", err)
	}
	if _, err := s.WizardStart(t.Context(), &protocol.WizardStartParams{}); err == nil {
		t.Error("one begins after the end")
	}
}

// Of several answers to one step, and of calls beside them, one counts.
func TestAnswersAtOnce(t *testing.T) {
	s := newSetup(t, "")
	for range 30 {
		s.start()
		results := make(chan error, 4)
		for range cap(results) {
			go func() {
				_, err := s.WizardNext(t.Context(), &protocol.WizardNextParams{StepID: wire.Some("step-1")})
				results <- err
			}()
		}
		taken := 0
		for range cap(results) {
			if err := <-results; err == nil {
				taken++
			} else if says(err) != "Error: wizard: no pending step" {
				t.Errorf("%v", err)
			}
		}
		if taken != 1 {
			t.Errorf("%d answers counted", taken)
		}
		if _, err := s.WizardCancel(t.Context(), &protocol.WizardCancelParams{}); err != nil {
			t.Error(err)
		}
	}
}

// One that nobody answers ends; looking at it puts that off.
func TestExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, "")
		first := s.start()
		for range 3 {
			time.Sleep(DefaultIdle - time.Second)
			if _, err := s.WizardNext(t.Context(), &protocol.WizardNextParams{}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		time.Sleep(DefaultIdle + time.Second)
		synctest.Wait()
		if _, err := s.WizardNext(t.Context(), &protocol.WizardNextParams{StepID: wire.Some(first.Step.V.ID)}); says(err) != "wizard not running" {
			t.Errorf("it is answered: %v", err)
		}
		res, err := s.WizardStatus(t.Context(), &protocol.WizardStatusParams{SessionID: first.SessionID})
		if err != nil || res.Status != protocol.WizardStateError || res.Error.V != errExpired.Error() {
			t.Errorf("%v, %v", res, err)
		}
		if _, err := s.WizardStatus(t.Context(), &protocol.WizardStatusParams{SessionID: first.SessionID}); says(err) != "wizard not found" {
			t.Errorf("it is not forgotten: %v", err)
		}
		if s.text() != "" {
			t.Errorf("it wrote %s", s.text())
		}
		s.start() // another one may begin
	})
}
