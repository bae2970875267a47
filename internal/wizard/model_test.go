package wizard

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm/llmtest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// saying answers a step and notes what it says.
func saying(notes *[]string, value any) func(*protocol.WizardStep) any {
	return func(step *protocol.WizardStep) any {
		*notes = append(*notes, step.Message.V)
		return value
	}
}

// A service by its address is asked for its models, with the key; one that it
// refuses is asked for again before anything else.
func TestAnotherService(t *testing.T) {
	fake := llmtest.New(t, llmtest.OpenAI)
	fake.Models = []string{`{"id":"small"}`, `{"id":"large","context_length":200000}`}
	s := newSetup(t, "")
	var said []string
	res, names := s.walk(answers{"risk": {true}, "provider": {"other"}, "provider-name": {"box"}, "base-url": {fake.URL},
		"api-key": {"sk-c4nary-of-another", saying(&said, llmtest.Key)}, "model": {"large"}})
	if res.Status != protocol.WizardStateDone {
		t.Fatalf("%s", res.AppendJSON(nil))
	}
	happened(t, names, "provider", "provider-name", "base-url", "api-key", "api-key", "model", "agent-name", "write", "done")
	if len(said) != 1 || said[0] != "box: the API key was refused (HTTP 401).\n\nAPI key; leave it empty where it wants none" {
		t.Errorf("it says %q", said)
	}
	for key, want := range map[string]string{"models.providers.box.baseUrl": `"` + fake.URL + `"`, "models.providers.box.apiKey": `"` + llmtest.Key + `"`, "agents.defaults.model": `"box/large"`} {
		if got := s.value(key); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	if fake.Calls() != 1 || fake.Call(t, 0).Field("model") != "large" {
		t.Errorf("%d calls", fake.Calls())
	}
}

// A service that can't be reached is asked again, given up, or taken all the same.
func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String() + "/v1"
	_ = l.Close()
	fake := llmtest.New(t, llmtest.OpenAI)
	s := newSetup(t, "")
	var said []string
	_, names := s.walk(answers{"risk": {true}, "provider": {"ollama", "llamacpp"}, "base-url": {nobody, nobody}, "model-id": {"llama3.2", "qwen"},
		"check": {saying(&said, "retry"), "change", "continue"}})
	happened(t, names, "provider", "base-url", "api-key", "model-id", "check", "check", "provider", "base-url", "api-key", "model-id", "check", "agent-name", "done")
	if len(said) != 1 || !strings.Contains(said[0], "can't be reached") {
		t.Errorf("it says %q", said)
	}
	// What was told of the one that was given up is not written.
	if s.value("agents.defaults.model") != `"llamacpp/qwen"` || strings.Contains(s.text(), "ollama") {
		t.Errorf("it wrote %s", s.text())
	}
	// It comes back.
	s = newSetup(t, "")
	s.walk(answers{"risk": {true}, "provider": {"vllm"}, "base-url": {fake.URL}, "model-id": {"m"}})
	if fake.Calls() != 1 {
		t.Errorf("%d calls", fake.Calls())
	}
}

// What fails for another reason leads where it can be mended.
func TestModelRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		reply llmtest.Reply
		steps []string
		said  string
	}{
		{"no such model", llmtest.Reply{Status: http.StatusNotFound, Kind: "model_not_found"}, []string{"model", "model", "done"}, "the service has no such model"},
		{"overloaded", llmtest.Reply{Status: http.StatusServiceUnavailable}, []string{"model", "check", "done"}, "the service is overloaded"},
		{"nothing left to spend", llmtest.Reply{Status: http.StatusPaymentRequired, Kind: "insufficient_quota"}, []string{"model", "check", "done"}, "nothing left to spend"},
		{"a length that ends it", llmtest.Reply{Text: []string{"o"}, Stop: "length"}, []string{"model", "agent-name", "done"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := llmtest.New(t, llmtest.OpenAI, c.reply, llmtest.Reply{Text: []string{"ok"}})
			fake.Models = []string{`{"id":"m"}`}
			s := newSetup(t, "{models:{providers:{box:{baseUrl:'"+fake.URL+"'}}}}")
			var said []string
			answer := saying(&said, "m")
			_, names := s.walk(answers{"risk": {true}, "config": {"keep"}, "provider": {"other"}, "provider-name": {"box"}, "model": {"m", answer}, "check": {saying(&said, "retry")}})
			happened(t, names, c.steps...)
			if got := strings.Join(said, "\n"); !strings.Contains(got, c.said) {
				t.Errorf("it says %q", got)
			}
		})
	}
}

// The echo needs nothing.
func TestEcho(t *testing.T) {
	s := newSetup(t, "")
	_, names := s.walk(answers{"risk": {true}, "provider": {"echo"}, "agent-name": {"Ada"}})
	happened(t, names, "flow", "auth", "provider", "agent-name", "agent-theme", "agent-emoji", "write", "done")
	if want := "{\n  \"agents\": {\n    \"defaults\": {\n      \"model\": \"echo/echo\"\n    },\n"; !strings.HasPrefix(s.text(), want) {
		t.Errorf("it wrote %s", s.text())
	}
}

// A key in the environment is offered, and not written down.
func TestKeyFromEnvironment(t *testing.T) {
	fake := llmtest.New(t, llmtest.OpenAI)
	s := newSetup(t, "")
	s.env["OPENAI_BASE_URL"], s.env["OPENAI_API_KEY"] = fake.URL, llmtest.Key
	var said []string
	s.walk(answers{"risk": {true}, "provider": {"openai"}, "api-key": {saying(&said, "")}})
	if strings.Contains(s.text(), "apiKey") || fake.Calls() != 1 || !strings.Contains(said[0], "leave it empty to use the one in OPENAI_API_KEY") {
		t.Errorf("%d calls, it says %q and wrote %s", fake.Calls(), said, s.text())
	}
}

// A model that says nothing is not waited for for ever, and nobody waits for one
// whose wizard is cancelled.
func TestSilentModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		fake, stop := llmtest.NewInMemory(llmtest.OpenAI, llmtest.Reply{Gate: never})
		defer stop()
		s := newSetup(t, "", through(fake.Transport))
		began := time.Now()
		res, _ := s.walk(answers{"risk": {true}, "provider": {"ollama"}, "base-url": {fake.URL}, "model-id": {"m"}, "check": {until{}}})
		if took := time.Since(began); took != tryTime {
			t.Errorf("it took %v", took)
		}
		if text := res.Step.V.Message.V; !strings.Contains(text, "did not answer within 20s") {
			t.Errorf("it says %q", text)
		}
		retried := make(chan error)
		go func() {
			_, err := s.WizardNext(t.Context(), &protocol.WizardNextParams{StepID: wire.Some(res.Step.V.ID), Response: []byte(`{"selectedOption":"retry"}`)})
			retried <- err
		}()
		fake.Call(t, 1)
		if _, err := s.WizardCancel(t.Context(), &protocol.WizardCancelParams{}); err != nil {
			t.Error(err)
		}
		<-fake.Call(t, 1).Ended
		if err := <-retried; err != nil {
			t.Error(err)
		}
	})
}
