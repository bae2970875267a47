package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Secrets may stand in the environment and in files; what shows the
// configuration shows where, not what.
func TestReferences(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"key": "c4nary-file\r\n", "empty": "\n", "long": strings.Repeat("x", maxSecretFile+1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func(text string) (*Loaded, error) {
		return Load(Sources{Path: filepath.Join(dir, "g"), Text: []byte(text), Env: func(name string) string {
			return map[string]string{"TOKEN": "c4nary-env", "PART": "c4nary-part"}[name]
		}})
	}
	l, err := load(`{
		gateway: { auth: { token: { $env: "TOKEN" } } },
		models: { providers: { box: { baseUrl: "http://127.0.0.1/${PART}", apiKey: { "$file": "key" }, headers: { A: "Bearer ${PART}", B: "$${PART}" } } } },
		mcp: { servers: { x: { url: "http://127.0.0.1:1/", headers: { C: { $env: "TOKEN" } } } } },
	}`)
	if err != nil {
		t.Fatal(err)
	}
	box := l.Config.Models.V.Providers["box"]
	if got := l.Config.Gateway.V.Auth.V.Token.V; got != "c4nary-env" {
		t.Errorf("the token is %q", got)
	}
	if box.APIKey.V != "c4nary-file" || box.Headers["A"] != "Bearer c4nary-part" || box.Headers["B"] != "${PART}" || box.BaseURL.V != "http://127.0.0.1/${PART}" {
		t.Errorf("the provider is %+v", box)
	}
	if got := l.Config.MCP.V.Servers["x"].Headers["C"]; got != "c4nary-env" {
		t.Errorf("the header is %q", got)
	}
	for _, want := range []string{"c4nary-env", "c4nary-file", "Bearer c4nary-part"} {
		if !slices.Contains(l.Secrets(), want) {
			t.Errorf("%s is no secret", want)
		}
	}
	if slices.Contains(l.Secrets(), "TOKEN") {
		t.Error("the name of a variable is a secret")
	}
	shown, _ := l.Show(nil, true)
	if text := string(shown) + string(l.Parsed()); strings.Contains(text, "c4nary") || !strings.Contains(text, `"token":{"$env":"TOKEN"}`) {
		t.Errorf("shown is %s", text)
	}
	if o := l.Origin(keyToken); o.Kind != FromFile || o.Line != 2 {
		t.Errorf("the token comes from %v", o)
	}
	for text, want := range map[string]string{
		`{gateway:{auth:{token:{$env:"NONE"}}}}`:                  "gateway.auth.token is to come from the variable NONE, which is not set",
		`{gateway:{auth:{token:"a${NONE}"}}}`:                     "from the variable NONE",
		`{gateway:{auth:{token:{$file:"none"}}}}`:                 "which can't be read: no such file",
		`{gateway:{auth:{token:{$file:"."}}}}`:                    "which is no file",
		`{gateway:{auth:{token:{$file:"empty"}}}}`:                "which is empty",
		`{gateway:{auth:{token:{$file:"long"}}}}`:                 "which is too long",
		`{gateway:{auth:{token:{$env:1}}}}`:                       "gateway.auth.token is an object: must be a string",
		`{gateway:{auth:{token:{$env:"TOKEN",$file:"key"}}}}`:     "must be a string",
		`{gateway:{customBindHost:{$env:"TOKEN"}}}`:               "must be a string",
		`{models:{providers:{x:{apiKey:{$env:"TOKEN",more:1}}}}}`: "must be a string",
	} {
		if _, err := load(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "c4nary") {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
