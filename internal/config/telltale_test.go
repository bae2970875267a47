package config

import (
	"strings"
	"testing"
)

// Command lines and addresses with a secret in them are masked for who may not see
// secrets, and their secrets are known to the log; others stay readable.
func TestSecretsInCommandLines(t *testing.T) {
	const text = `{ mcp: { servers: { a: { command: "npx", args: ["serve", "--token", "c4nary-one", "--api-key=c4nary-two", "-y", "https://ada:c4nary-three@host/x", "--keep", "kept"], cwd: "/srv/files" },
	  b: { url: "https://mcp.example.com/x?token=c4nary-four&mode=kept2" }, c: { url: "https://mcp.example.com/plain" }, d: { command: "sh", args: ["-H", "Authorization: Bearer c4nary-five-and-more"] } } } }`
	l, err := Load(from(text))
	if err != nil {
		t.Fatal(err)
	}
	shown := string(spot{l.file, "", schemaSettings()}.masked().appendJSON(nil, nil))
	if strings.Contains(shown, "c4nary") {
		t.Errorf("masked it is %s", shown)
	}
	for _, open := range []string{`"serve","--token",{"$secret":true},{"$secret":true},"-y",{"$secret":true},"--keep","kept"`, "/srv/files", "https://mcp.example.com/plain", `"npx"`} {
		if !strings.Contains(shown, open) {
			t.Errorf("%s is not in %s", open, shown)
		}
	}
	secrets := l.Secrets()
	has := func(secret string) bool {
		for _, s := range secrets {
			if s == secret {
				return true
			}
		}
		return false
	}
	for _, secret := range []string{"c4nary-one", "c4nary-two", "c4nary-three", "c4nary-four", "c4nary-five-and-more"} {
		if !has(secret) {
			t.Errorf("%s is not known as a secret: %q", secret, secrets)
		}
	}
	for _, word := range []string{"serve", "--token", "kept", "npx", "/srv/files", "kept2", "https://mcp.example.com/plain"} {
		if has(word) {
			t.Errorf("%s is hidden in the log", word)
		}
	}
	if value, _ := l.Show([]string{"mcp", "servers", "a", "args"}, true); !strings.Contains(string(value), "c4nary-one") {
		t.Errorf("asked for secrets, it shows %s", value)
	}
	// A writer that sends masks back keeps what was there.
	clear, missing := l.unmask([]byte(shown))
	if again, err := Load(Sources{Path: "gateway.json5", Text: clear}); err != nil || len(missing) > 0 || string(again.Parsed()) != string(l.Parsed()) {
		t.Errorf("%v %v %s", err, missing, clear)
	}
	// What differs is told without it.
	list, err := Compare([]byte(`{mcp:{servers:{a:{args:["--token=c4nary-old"]}}}}`), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if strings.Contains(d.Was+d.Is, "c4nary") {
			t.Errorf("%+v", d)
		}
	}
}
