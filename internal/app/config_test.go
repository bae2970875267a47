package app_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/config"
)

const configToken = "c4nary-token-of-the-test"

// configured is a gateway with a configuration that holds secrets, and a client
// with a scope.
func configured(t *testing.T, text string) (dir string, as func(scopes ...string) *peer) {
	t.Helper()
	dir = t.TempDir()
	writeConfig(t, dir, text)
	_, url := gateway(t, dir, nil)
	return dir, func(scopes ...string) *peer {
		t.Helper()
		p := dial(t, url+"/v1/connect", nil)
		params := connectParams(object{"token": configToken})
		params["scopes"] = scopes
		p.send(params)
		if hello := p.next(); hello["type"] != "hello-ok" {
			t.Fatalf("hello: %v", hello)
		}
		return p
	}
}

const secretConfig = `{
  // how clients get in
  gateway: { auth: { mode: "token", token: "c4nary-token-of-the-test", password: 'c4nary-password' } },
  models: { providers: { box: { baseUrl: "http://127.0.0.1:1/v1", apiKey: "c4nary-key", headers: { "X-Key": "c4nary-header" } } } },
  mcp: { servers: { tools: { command: "c4t", env: { KEY: "c4nary-env" } } } },
  tpyo: { apiKey: "c4nary-unknown", list: ["c4nary-item"] },
}
`

// Whoever may not change the configuration sees none of its secrets, and the rest
// of it.
func TestConfigHidesSecrets(t *testing.T) {
	dir, as := configured(t, secretConfig)
	seen := as("operator.read").call("config.get", object{})
	text, err := json.Marshal(seen)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "c4nary") || seen["raw"] != nil {
		t.Errorf("a reader sees %s", text)
	}
	for _, want := range []string{`"token":{"$secret":true}`, `"baseUrl":"http://127.0.0.1:1/v1"`, `"headers":{"X-Key":{"$secret":true}}`, `"env":{"$secret":true}`, `"port":0`, `"bind":"loopback"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in what a reader sees: %s", want, text)
		}
	}
	admin := as("operator.admin").call("config.get", object{})
	if admin["raw"] != secretConfig || admin["hash"] != config.Hash([]byte(secretConfig)) || admin["valid"] != true || admin["path"] != filepath.Join(dir, "gateway.json5") {
		t.Errorf("an admin sees %v", admin)
	}
	if warnings := admin["warnings"].([]any); len(warnings) != 1 || warnings[0].(object)["path"] != "tpyo" {
		t.Errorf("warnings %v", warnings)
	}
}

// A text that was read with masks is written without losing a secret, and what
// changed is in force.
func TestConfigSetKeepsMaskedSecrets(t *testing.T) {
	dir, as := configured(t, secretConfig)
	p := as("operator.admin")
	base := config.Hash([]byte(secretConfig))
	masked := strings.NewReplacer(`"c4nary-token-of-the-test"`, `{"$secret":true}`, `'c4nary-password'`, `{ $secret: true }`, `{ KEY: "c4nary-env" }`, `{$secret:true}`,
		"// how", "// this is how", "baseUrl:", "models: [{ id: 'tiny' }], baseUrl:").Replace(secretConfig)
	p.call("config.set", object{"raw": masked, "baseHash": base})
	want := strings.NewReplacer("// how", "// this is how", "baseUrl:", "models: [{ id: 'tiny' }], baseUrl:").Replace(secretConfig)
	if got := readConfig(t, dir); got != want {
		t.Errorf("written was\n%s\nwant\n%s", got, want)
	}
	if info, err := os.Stat(filepath.Join(dir, "gateway.json5")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	found := false
	for _, m := range p.call("models.list", object{})["models"].([]any) {
		found = found || m.(object)["id"] == "tiny"
	}
	if !found {
		t.Error("the new model is not in force when the answer comes")
	}
	e := p.refused("config.set", object{"raw": `{gateway:{auth:{token:"` + configToken + `"},tls:{}},store:{url:{$secret:true}}}`, "baseHash": config.Hash([]byte(want))})
	if text := fmt.Sprint(e); !strings.Contains(text, "invalid config") || !strings.Contains(text, "store.url is masked") {
		t.Errorf("a mask for nothing: %v", e)
	}
}

func TestConfigRefusals(t *testing.T) {
	dir, as := configured(t, secretConfig)
	p := as("operator.admin")
	base := config.Hash([]byte(secretConfig))
	for _, c := range []struct{ method, raw, base, want string }{
		{"config.set", "{}", "", "config base hash required; re-run config.get and retry"},
		{"config.set", "{}", "   ", "config base hash required"},
		{"config.patch", "{}", strings.Repeat("0", 64), "config changed since last load; re-run config.get and retry"},
		{"config.apply", "{bad", base, "SyntaxError: JSON5: invalid end of input at 1:5"},
		{"config.patch", "{a:1,,}", base, "SyntaxError: JSON5: ',' stands here"},
		{"config.patch", "1", base, "config.patch raw must be an object"},
		{"config.set", "[]", base, "invalid config"},
		{"config.set", `{gateway:{port:"c4nary"}}`, base, "gateway.port is \"c4nary\": must be an integer"},
		{"config.patch", `{gateway:{bind:"lan"}}`, base, "without TLS"},
		{"config.patch", `{mcp:{servers:{tools:{command:"rm"}}}}`, base, "mcp.servers.tools.command says what is started or read"},
		{"config.patch", `{mcp:{servers:{more:{command:"rm"}}}}`, base, "mcp.servers.more.command says what is started or read"},
		{"config.patch", `{mcp:{servers:{tools:{args:["-rf"]}}}}`, base, "gateway.config.allowExec"},
		{"config.patch", `{mcp:{servers:{tools:{env:null}}}}`, base, "mcp.servers.tools.env says what is started or read"},
		{"config.patch", `{models:{providers:{box:{apiKey:{$file:"/etc/passwd"}}}}}`, base, "models.providers.box.apiKey says what is started or read"},
		{"config.patch", `{models:{providers:{box:{headers:{A:"${HOME}"}}}}}`, base, "headers.A says what is started or read"},
		{"config.patch", `{gateway:{config:{allowExec:true}}}`, base, "gateway.config.allowExec says what is started or read"},
	} {
		params := object{"raw": c.raw}
		if c.base != "" {
			params["baseHash"] = c.base
		}
		if e := p.refused(c.method, params); !strings.Contains(fmt.Sprint(e), c.want) || e["code"] != "INVALID_REQUEST" {
			t.Errorf("%s %s: %v, want %s", c.method, c.raw, e, c.want)
		}
		if got := readConfig(t, dir); got != secretConfig {
			t.Fatalf("%s %s wrote %s", c.method, c.raw, got)
		}
	}
	writeConfig(t, dir, "{ broken")
	if e := p.refused("config.patch", object{"raw": "{}", "baseHash": config.Hash([]byte("{ broken"))}); e["message"] != "invalid config; fix before patching" {
		t.Errorf("a broken file: %v", e)
	}
	seen := p.call("config.get", object{})
	if issues := fmt.Sprint(seen["issues"]); seen["valid"] != false || !strings.Contains(issues, "JSON5 parse failed") || !strings.Contains(fmt.Sprint(seen["config"]), configToken) {
		t.Errorf("a broken file is shown as %v", seen)
	}
}

// A name is a whole, however much of it messages show.
func TestConfigAllowExecLooksAtWholeNames(t *testing.T) {
	long := strings.Repeat("x", 100)
	text := `{ gateway: { auth: { token: "` + configToken + `" } }, mcp: { servers: { ` + long + `1: { command: "c4t", enabled: false } } } }`
	_, as := configured(t, text)
	p := as("operator.admin")
	raw := strings.Replace(text, "servers: {", "servers: { "+long+`2: { command: "rm", enabled: false },`, 1)
	if e := p.refused("config.set", object{"raw": raw, "baseHash": config.Hash([]byte(text))}); !strings.Contains(fmt.Sprint(e), "says what is started") {
		t.Errorf("refused with %v", e)
	}
}

// What names no program any more may go.
func TestConfigRemovesPrograms(t *testing.T) {
	dir, as := configured(t, secretConfig)
	as("operator.admin").call("config.patch", object{"raw": `{mcp:{servers:{tools:null}}}`, "baseHash": config.Hash([]byte(secretConfig))})
	if got := readConfig(t, dir); strings.Contains(got, "c4t") {
		t.Errorf("written was %s", got)
	}
}

// With the owner's consent programs change too.
func TestConfigAllowExec(t *testing.T) {
	const text = `{ gateway: { auth: { token: "` + configToken + `" }, config: { allowExec: true } } }`
	dir, as := configured(t, text)
	as("operator.admin").call("config.patch", object{"raw": `{mcp:{servers:{x:{command:"true",enabled:false}}}}`, "baseHash": config.Hash([]byte(text))})
	if got := readConfig(t, dir); !strings.Contains(got, `command: "true"`) {
		t.Errorf("written was %s", got)
	}
}

// Many who change at once, each on what he read last, lose nothing.
func TestConfigWritersLoseNothing(t *testing.T) {
	const text = `{ gateway: { auth: { token: "` + configToken + `" } } }`
	dir, as := configured(t, text)
	const writers, rounds = 4, 5
	var wg sync.WaitGroup
	for w := range writers {
		p := as("operator.admin")
		wg.Go(func() {
			for k := range rounds {
				for done := false; !done; {
					hash := p.ask("config.get", object{})["payload"].(object)["hash"]
					answer := p.ask("config.patch", object{"raw": fmt.Sprintf(`{x:{w%d_%d:true}}`, w, k), "baseHash": hash})
					done = answer["ok"] == true
					if e, refused := answer["error"].(object); refused && e["message"] != "config changed since last load; re-run config.get and retry" {
						t.Errorf("refused: %v", e)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	got := readConfig(t, dir)
	for w := range writers {
		for k := range rounds {
			if want := fmt.Sprintf("w%d_%d: true", w, k); !strings.Contains(got, want) {
				t.Errorf("%s was lost: %s", want, got)
			}
		}
	}
	versions, err := config.History{Dir: config.HistoryDir(dir)}.Versions()
	if err != nil || len(versions) != writers*rounds+1 || versions[0].By != "config.patch" || versions[len(versions)-1].Hash != config.Hash([]byte(text)) {
		t.Errorf("history: %v %v", versions, err)
	}
}

// Applying answers first, then has the gateway restart, and leaves word for it.
func TestConfigApply(t *testing.T) {
	dir := t.TempDir()
	asked := make(chan time.Duration, 1)
	g := apptest.Start(t, app.Options{StateDir: dir, Restart: func(after time.Duration, reason string) {
		if reason != "config.apply" {
			t.Errorf("the reason is %s", reason)
		}
		asked <- after
	}}, filepath.Join(dir, "gateway.json5"), map[string][]string{"token": {configToken}})
	p := dial(t, wsURL(g)+"/v1/connect", nil)
	p.send(connectParams(object{"token": configToken}))
	p.next()
	res := p.call("config.apply", object{"raw": "{ /* mine */ }", "restartDelayMs": 999999, "note": "hello", "sessionKey": "main"})
	restart, sentinel := res["restart"].(object), res["sentinel"].(object)
	if restart["delayMs"] != 60000.0 || restart["pid"] != float64(os.Getpid()) || restart["mode"] != "emit" || restart["reason"] != "config.apply" || <-asked != time.Minute {
		t.Errorf("restart %v", restart)
	}
	word, err := config.TakeSentinel(dir)
	if err != nil || word == nil || word.Message.V != "hello" || word.SessionKey.V != "main" || sentinel["path"] != filepath.Join(dir, "restart-sentinel.json") {
		t.Errorf("%+v %v, said %v", word, err, sentinel)
	}
	if word, err := config.TakeSentinel(dir); word != nil || err != nil {
		t.Errorf("twice: %v %v", word, err)
	}
}

// The gateway that starts after that tells of it, once.
func TestRestartIsReported(t *testing.T) {
	dir := t.TempDir()
	const word = `{"kind":"config-apply","status":"ok","ts":1,"message":"mine","stats":{"mode":"config.patch"}}`
	if err := os.WriteFile(filepath.Join(dir, "restart-sentinel.json"), []byte(word), 0o600); err != nil {
		t.Fatal(err)
	}
	g, url := gateway(t, dir, map[string][]string{"token": {configToken}})
	told := func(url string) string {
		p := dial(t, url+"/v1/connect", nil)
		p.send(connectParams(object{"token": configToken}))
		p.next()
		return fmt.Sprint(p.call("status", object{})["queuedSystemEvents"])
	}
	if got := told(url); got != "[The gateway restarted, and its configuration is in force (config.patch). mine]" {
		t.Errorf("told %s", got)
	}
	apptest.Stop(t, g)
	_, url = gateway(t, dir, map[string][]string{"token": {configToken}})
	// It waits for the agent still, and is not there a second time.
	if got := told(url); strings.Count(got, "The gateway restarted") != 1 {
		t.Errorf("told again: %s", got)
	}
}

// What a hand changes in the file is in force a moment later; a text that is
// wrong, and a file that is gone, change nothing.
func TestConfigFileIsFollowed(t *testing.T) {
	dir := t.TempDir()
	writeConfig(t, dir, `{}`)
	log := &syncBuffer{}
	g := apptest.Start(t, app.Options{StateDir: dir, Logger: slog.New(slog.NewTextHandler(log, nil))}, filepath.Join(dir, "gateway.json5"), map[string][]string{"token": {configToken}})
	p := dial(t, wsURL(g)+"/v1/connect", nil)
	p.send(connectParams(object{"token": configToken}))
	p.next()
	writeConfig(t, dir, `{ models: { providers: { box: { baseUrl: "http://127.0.0.1:1/v1", models: [{ id: "tiny" }] } } } }`)
	log.wait(t, "configuration reloaded", "models.providers")
	if list := fmt.Sprint(p.call("models.list", object{})); !strings.Contains(list, "tiny") {
		t.Errorf("models: %s", list)
	}
	writeConfig(t, dir, `{ models: `)
	log.wait(t, "was not reloaded")
	if err := os.Remove(filepath.Join(dir, "gateway.json5")); err != nil {
		t.Fatal(err)
	}
	log.wait(t, "is gone")
	if list := fmt.Sprint(p.call("models.list", object{})); !strings.Contains(list, "tiny") {
		t.Errorf("models: %s", list)
	}
}

// The schema has what programs for forms need: nothing of our dialect, and no
// reference.
func TestConfigSchema(t *testing.T) {
	_, as := configured(t, secretConfig)
	res := as("operator.read").call("config.schema", object{})
	text, err := json.Marshal(res["schema"])
	if err != nil {
		t.Fatal(err)
	}
	if s := string(text); strings.Contains(s, `"x-`) || strings.Contains(s, "$ref") || strings.Contains(s, "$defs") || !strings.Contains(s, `"$schema":"http://json-schema.org/draft-07/schema#"`) {
		t.Errorf("the schema: %s", s)
	}
	hints := res["uiHints"].(object)
	token := hints["gateway.auth.token"].(object)
	if token["sensitive"] != true || token["label"] == nil || token["help"] == nil || hints["models.providers.*.apiKey"].(object)["sensitive"] != true || hints["agents.list[].id"] == nil {
		t.Errorf("hints: %v", hints)
	}
}

func readConfig(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "gateway.json5"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ask gives the whole answer to a request, refused or not.
func (p *peer) ask(method string, params object) object {
	p.t.Helper()
	p.send(object{"type": "req", "id": method, "method": method, "params": params})
	return p.answer(method)
}

// refused gives the error of a request that has to be refused.
func (p *peer) refused(method string, params object) object {
	p.t.Helper()
	e, ok := p.ask(method, params)["error"].(object)
	if !ok {
		p.t.Fatalf("%s %v was not refused", method, params)
	}
	return e
}

// syncBuffer is a log that a test waits for.
type syncBuffer struct {
	mu   sync.Mutex
	text strings.Builder
	read int
	more chan struct{}
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.more != nil {
		close(b.more)
		b.more = nil
	}
	return b.text.Write(p)
}

// all is everything that was written.
func (b *syncBuffer) all() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// wait waits for a line with all the words behind those that were waited for.
func (b *syncBuffer) wait(t *testing.T, words ...string) {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		b.mu.Lock()
		rest := b.text.String()[b.read:]
		for line := range strings.Lines(rest) {
			found := true
			for _, w := range words {
				found = found && strings.Contains(line, w)
			}
			b.read += len(line)
			if found {
				b.mu.Unlock()
				return
			}
		}
		if b.more == nil {
			b.more = make(chan struct{})
		}
		more := b.more
		b.mu.Unlock()
		select {
		case <-more:
		case <-limit:
			t.Fatalf("%q is not in the log:\n%s", words, b.text.String())
		}
	}
}
