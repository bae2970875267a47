//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Secrets of the configuration, of the environment, and those that a provider
// repeats in its errors, are in no answer below admin, no event, no line of the log,
// no metric, and not in what a crash leaves.
func TestCanaries(t *testing.T) {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":{"message":"Incorrect API key provided: %s. You sent %s","type":"invalid_request_error","code":"invalid_api_key"}}`,
			strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), r.Header.Get("X-Extra"))
	}))
	t.Cleanup(provider.Close)
	dir := t.TempDir()
	text := `{
	  gateway: { auth: { mode: "token", token: "c4nary-token-of-the-config", password: "c4nary-password" } },
	  agent: { model: "box/m" },
	  models: { providers: { box: { baseUrl: "` + provider.URL + `/v1", apiKey: "c4nary-key-of-the-config", headers: { "X-Extra": "c4nary-header" }, models: [{ id: "m" }], retries: 0 } } },
	  mcp: { servers: { gone: { command: "no-such-program", args: ["--token", "c4nary-argument"], env: { KEY: "c4nary-mcp-env" } }, far: { url: "http://ada:c4nary-url@127.0.0.1:1/mcp?token=c4nary-query" } } },
	  skills: { entries: { s: { apiKey: "c4nary-skill" } } },
	  unknown: { apiKey: "c4nary-unknown" },
	}`
	if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := run(t, dir, []string{"ANTHROPIC_API_KEY=c4nary-anthropic", "OPENAI_API_KEY=c4nary-openai"})
	free := func(where, text string) {
		t.Helper()
		if at := strings.Index(text, "c4nary"); at >= 0 {
			t.Errorf("%s has a secret: …%s…", where, text[max(0, at-200):min(len(text), at+60)])
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var mu sync.Mutex
	var events strings.Builder
	c, err := client.Dial(ctx, p.url, client.Options{Token: "c4nary-token-of-the-config", Scopes: []string{"operator.read", "operator.write"}, Reconnect: client.Reconnect{Off: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	c.OnAny(func(name string, payload []byte, _ int64) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(&events, "%s %s\n", name, payload)
	})
	for k, message := range []string{"hello", "/status", "/echo"} {
		id := fmt.Sprintf("run-%d", k)
		if _, err := c.ChatSend(ctx, &protocol.ChatSendParams{SessionKey: "main", Message: message, IdempotencyKey: protocol.IdempotencyKey(id)}); err != nil {
			t.Error(err)
		}
		done, err := c.AgentWait(ctx, &protocol.AgentWaitParams{RunID: id, TimeoutMs: wire.Some(int64(20_000))})
		if err != nil {
			t.Fatal(err)
		}
		if k == 0 && done.Status != protocol.AgentWaitResultStatusError {
			t.Errorf("the provider's refusal: %s", done.AppendJSON(nil))
		}
		free("agent.wait", string(done.AppendJSON(nil)))
	}
	answers := 0
	for id := range protocol.MethodUnknown {
		info := id.Info()
		if info.Writes || info.Blocks || id == protocol.MethodConnect {
			continue
		}
		params := "{}"
		switch info.Name {
		case "chat.history":
			params = `{"sessionKey":"main"}`
		case "sessions.preview":
			params = `{"keys":["main"]}`
		}
		answer, err := c.CallRaw(ctx, info.Name, []byte(params))
		if err == nil {
			answers++
		}
		free(info.Name, string(answer)+fmt.Sprint(err))
	}
	if answers < 15 {
		t.Errorf("%d methods answer", answers)
	}
	p.waitLog("no-such-program")
	u, _ := url.Parse(p.url)
	for _, path := range []string{"/metrics", "/readyz", "/healthz", "/version"} {
		res, err := http.Get("http://" + u.Host + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		free(path, string(body))
	}
	// What a person does to see where a process hangs, and what a crash leaves.
	p.signal(syscall.SIGQUIT)
	<-p.done
	if !strings.Contains(p.logs(), "goroutine ") {
		t.Error("there is no crash output to look at")
	}
	free("stderr", p.logs())
	free("stdout", p.said.String())
	log, err := os.ReadFile(filepath.Join(dir, "logs", "gateway.log"))
	if err != nil || !json.Valid(log[:strings.IndexByte(string(log), '\n')]) {
		t.Errorf("the log: %v", err)
	}
	free("the log", string(log))
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(events.String(), "chat") {
		t.Errorf("no event of the runs: %s", &events)
	}
	free("an event", events.String())
}
