package models

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/llmtest"
	"github.com/gatesmith/gatesmith/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// configured reads a configuration.
func configured(t *testing.T, text string) *protocol.Config {
	t.Helper()
	l, err := config.Load(config.Sources{Text: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return l.Config
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for k := 0; k < len(pairs); k += 2 {
			if pairs[k] == name {
				return pairs[k+1]
			}
		}
		return ""
	}
}

// service makes a service of a configuration and an environment.
func service(t *testing.T, text string, pairs ...string) *Service {
	t.Helper()
	s := New(Options{Config: configured(t, text), Env: env(pairs...), Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(s.Close)
	return s
}

func TestDefault(t *testing.T) {
	for _, test := range []struct {
		name, config string
		env          []string
		want         string
	}{
		{"a fresh machine", `{}`, nil, "echo/echo"},
		{"an Anthropic key", `{}`, []string{"ANTHROPIC_API_KEY", "k"}, "anthropic/claude-sonnet-5-5"},
		{"an OpenAI key", `{}`, []string{"OPENAI_API_KEY", "k"}, "openai/gpt-6-sol"},
		{"both", `{}`, []string{"OPENAI_API_KEY", "k", "ANTHROPIC_API_KEY", "k"}, "anthropic/claude-sonnet-5-5"},
		{"an OpenRouter key", `{}`, []string{"OPENROUTER_API_KEY", "k"}, "openrouter/openrouter/auto"},
		{"a key in the file", `{models:{providers:{openai:{apiKey:'k'}}}}`, nil, "openai/gpt-6-sol"},
		{"a server with models", `{models:{providers:{box:{baseUrl:'http://127.0.0.1:9/v1',models:[{id:'small'}]}}}}`, nil, "box/small"},
		{"a chosen one", `{agent:{model:'claude-sonnet-4-20250514'}}`, []string{"OPENAI_API_KEY", "k"}, "anthropic/claude-sonnet-4-20250514"},
		{"the longer form wins", `{agent:{model:'gpt-4o'},agents:{defaults:{model:'ollama/llama3.2'}}}`, nil, "ollama/llama3.2"},
		{"an alias", `{agent:{model:'quick'},models:{aliases:{quick:'gpt-4o-mini'}}}`, nil, "openai/gpt-4o-mini"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := service(t, test.config, test.env...)
			if m := s.Default(); m.Ref() != test.want {
				t.Errorf("%s, want %s", m.Ref(), test.want)
			}
			if w := s.Warnings(); len(w) > 0 {
				t.Error(w)
			}
		})
	}
}

// A model that was chosen and does not exist is not replaced by another one.
func TestDefaultThatDoesNotExist(t *testing.T) {
	for _, name := range []string{"claude-sonet-4-20250514", strings.Repeat("x", 1000)} {
		s := service(t, `{agent:{model:'`+name+`'}}`, "ANTHROPIC_API_KEY", "k")
		m := s.Default()
		p, err := s.Provider(m.Provider)
		if err != nil {
			t.Fatal(err)
		}
		a, err := p.Stream(t.Context(), &llm.Request{Model: m.ID}, func(llm.Delta) {})
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != llm.ErrModel || e.Setting != "agents.defaults.model" || a == nil || !strings.Contains(e.Message, name[:20]) {
			t.Errorf("%v", err)
		}
		if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0], name[:20]) {
			t.Errorf("warnings %v", w)
		}
		if list := s.List(); slices.ContainsFunc(list, func(m llm.Model) bool { return m.Provider == missingName }) {
			t.Error("it is listed")
		}
	}
}

func TestListsShippedModelsWithoutAnyKey(t *testing.T) {
	s := service(t, `{}`)
	result, err := s.ModelsList(t.Context(), &protocol.ModelsListParams{})
	if err != nil {
		t.Fatal(err)
	}
	find := func(provider, id string) *protocol.Model {
		for k := range result.Models {
			if m := &result.Models[k]; m.Provider == provider && m.ID == id {
				return m
			}
		}
		t.Fatalf("%s/%s is not listed", provider, id)
		return nil
	}
	// The guide's two models, as it prints them.
	if m := find("anthropic", "claude-sonnet-4-20250514"); m.Name != "Claude Sonnet 4" || m.ContextWindow.V != 200_000 || !m.Reasoning.V {
		t.Errorf("%+v", m)
	}
	if m := find("openai", "gpt-4o"); m.Name != "GPT-4o" || m.ContextWindow.V != 128_000 || m.Reasoning.V || !m.Reasoning.Set {
		t.Errorf("%+v", m)
	}
	find("echo", "echo")
	if !slices.IsSortedFunc(result.Models, func(a, b protocol.Model) int {
		return strings.Compare(a.Provider+"\x00"+a.Name, b.Provider+"\x00"+b.Name)
	}) {
		t.Error("not sorted by provider and name")
	}
	for _, m := range shipped() {
		if m.ID == "" || m.Name == "" || m.ContextWindow <= 0 || m.MaxOutput <= 0 || m.Price.Input <= 0 || m.Price.Output <= m.Price.Input || len(m.Input) == 0 {
			t.Errorf("%s lacks something: %+v", m.Ref(), m)
		}
	}
	for alias, name := range shippedAliases {
		if m, err := s.Lookup(alias); err != nil || m.Ref() != name {
			t.Errorf("alias %s: %v", alias, err)
		}
	}
	for _, p := range presets {
		if p.model != "" && p.name != "openrouter" {
			if _, err := s.Lookup(p.name + "/" + p.model); err != nil {
				t.Error(err)
			}
		}
	}
}

// Without credentials a run ends in an error that names provider and setting.
func TestRunWithoutCredentials(t *testing.T) {
	s := service(t, `{}`)
	for name, setting := range map[string]string{"claude-sonnet-4-20250514": "ANTHROPIC_API_KEY", "gpt-4o": "OPENAI_API_KEY", "openrouter/any/model": "OPENROUTER_API_KEY"} {
		m, err := s.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Provider(m.Provider)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Stream(t.Context(), &llm.Request{Model: m.ID, Messages: []llm.Message{llm.UserText("hi")}}, func(llm.Delta) {})
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != llm.ErrCredentials || e.Provider != m.Provider || !strings.HasPrefix(e.Setting, setting+" or models.providers."+m.Provider) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProvidersOfTheConfiguration(t *testing.T) {
	s := service(t, `{models:{
		providers:{
			anthropic:{models:[{id:'claude-next',name:'Claude Next',contextWindow:5,maxTokens:4,reasoning:true,input:['text'],cost:{input:1,output:2}},{id:'claude-sonnet-4-20250514',name:'Mine'}]},
			proxy:{api:'anthropic-messages',baseUrl:'https://proxy.example',discover:true},
			nowhere:{apiKey:'k'},
			echo:{baseUrl:'http://127.0.0.1:1'},
			'a/b':{baseUrl:'http://127.0.0.1:1'},
		},
		aliases:{next:'claude-next',opus:'gpt-4o',lost:'nothing/here'},
	}}`)
	m, err := s.Lookup("next")
	if err != nil || m.Ref() != "anthropic/claude-next" || m.Name != "Claude Next" || m.ContextWindow != 5 || m.MaxOutput != 4 || !m.Reasoning || m.ReadsImages() || m.Price.Output != 2 {
		t.Errorf("%v %+v", err, m)
	}
	if m, _ := s.Lookup("claude-sonnet-4-20250514"); m.Name != "Mine" {
		t.Errorf("the configuration does not win: %+v", m)
	}
	if m, _ := s.Lookup("opus"); m.Ref() != "openai/gpt-4o" {
		t.Errorf("opus is %s", m.Ref())
	}
	if _, err := s.Provider("proxy"); err != nil {
		t.Error(err)
	}
	if _, err := s.Provider("nowhere"); err == nil {
		t.Error("a provider without an address")
	}
	warnings := strings.Join(s.Warnings(), "\n")
	for _, want := range []string{"models.providers.nowhere", "set its baseUrl", "models.providers.echo", "models.providers.proxy.discover", "models.providers.a/b", `models.aliases.lost: there is no model "nothing/here"`} {
		if !strings.Contains(warnings, want) {
			t.Errorf("no warning of %s in\n%s", want, warnings)
		}
	}
}

func TestAddressOfOllama(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1": "http://127.0.0.1:11434/v1", ":9999": "http://127.0.0.1:9999/v1", "0.0.0.0:11434": "http://127.0.0.1:11434/v1",
		"https://ollama.example:443/": "https://ollama.example:443/v1", "box": "http://box:11434/v1",
	} {
		if got := addressOf("ollama", address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

// TestDiscovery asks fakes for their models.
func TestDiscovery(t *testing.T) {
	fake := llmtest.New(t, llmtest.OpenAI, llmtest.Reply{Text: []string{"hello"}})
	fake.Models = []string{
		`{"id":"llama3.2:3b","object":"model","owned_by":"library"}`,
		`{"id":"big","name":"Big One","context_length":131072,"architecture":{"input_modalities":["text","image","audio"]},"top_provider":{"max_completion_tokens":8192},"supported_parameters":["tools","reasoning"],"pricing":{"prompt":"0.000003","completion":"0.000015","input_cache_read":"-1"}}`,
		`{"id":"vllm","max_model_len":32768,"name":7}`,
		`{"id":""}`, `7`,
	}
	s := service(t, `{models:{providers:{box:{baseUrl:'`+fake.URL+`'}}}}`)
	if m, err := s.Lookup("box/anything"); err != nil || m.Provider != "box" {
		t.Errorf("before it has said what it has: %v", err)
	}
	list := func() []string {
		result, err := s.ModelsList(t.Context(), &protocol.ModelsListParams{})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, m := range result.Models {
			if m.Provider == "box" {
				ids = append(ids, m.ID)
			}
		}
		return ids
	}
	if got := list(); !slices.Equal(got, []string{"big", "llama3.2:3b", "vllm"}) {
		t.Fatalf("%v", got)
	}
	m, err := s.Lookup("big")
	if err != nil || m.Name != "Big One" || m.ContextWindow != 131072 || m.MaxOutput != 8192 || !m.Reasoning || !m.ReadsImages() || m.Price.Input != 3 || m.Price.Output != 15 || m.Price.CacheRead != 0 {
		t.Errorf("%v %+v", err, m)
	}
	if m, _ := s.Lookup("box/vllm"); m.ContextWindow != 32768 {
		t.Errorf("%+v", m)
	}
	var unknown *llm.UnknownModel
	if _, err := s.Lookup("box/bigg"); !errors.As(err, &unknown) || !slices.Contains(unknown.Near, "box/big") {
		t.Errorf("after it has said what it has: %v", err)
	}
	// What it said holds for the same service in another configuration.
	s.Reconfigure(configured(t, `{models:{providers:{box:{baseUrl:'`+fake.URL+`',timeoutSeconds:7}}}}`))
	if _, err := s.Lookup("big"); err != nil {
		t.Errorf("after another configuration: %v", err)
	}
	p, err := s.Provider("box")
	if err != nil {
		t.Fatal(err)
	}
	if a, err := p.Stream(t.Context(), &llm.Request{Model: "big", Thinking: llm.LevelHigh, Messages: []llm.Message{llm.UserText("hi")}}, func(llm.Delta) {}); err != nil || a.Text() != "hello" {
		t.Errorf("%v %+v", err, a)
	}
	if got := fake.Call(t, 0).Field("reasoning_effort"); got != "high" {
		t.Errorf("what is known of the model is not made use of: %v", got)
	}
	s.Reconfigure(configured(t, `{}`))
	if _, err := s.Lookup("big"); err == nil {
		t.Error("it is still there without its service")
	}
}

// A service that does not answer holds nobody up for long.
func TestDiscoveryOfASilentService(t *testing.T) {
	fake := llmtest.New(t, llmtest.OpenAI)
	synctest.Test(t, func(t *testing.T) {
		silent := roundTrip(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		s := New(Options{Config: configured(t, `{models:{providers:{box:{baseUrl:'`+fake.URL+`'}}}}`), Logger: slog.New(slog.DiscardHandler), Transport: silent})
		defer s.Close()
		result, err := s.ModelsList(t.Context(), &protocol.ModelsListParams{})
		if err != nil || len(result.Models) == 0 {
			t.Errorf("%v", err)
		}
		if m, err := s.Lookup("box/anything"); err != nil || m.ID != "anything" {
			t.Error(err)
		}
	})
}

// Only services that somebody set up are asked.
func TestAsksNobodyUnasked(t *testing.T) {
	list, _ := sources(configured(t, `{}`), env(), nil)
	for _, s := range list {
		if s.discover {
			t.Errorf("%s would be asked", s.name)
		}
	}
	list, _ = sources(configured(t, `{models:{providers:{lmstudio:{},groq:{},vllm:{discover:false}}}}`), env("OLLAMA_HOST", "box", "ANTHROPIC_API_KEY", "k", "OPENAI_API_KEY", "k", "OPENROUTER_API_KEY", "k"), []choice{{"agent.model", "llamacpp/x"}})
	var asked []string
	for _, s := range list {
		if s.discover {
			asked = append(asked, s.name)
		}
	}
	if want := []string{"openrouter", "ollama", "llamacpp", "lmstudio"}; !slices.Equal(asked, want) {
		t.Errorf("%v would be asked, want %v", asked, want)
	}
}
