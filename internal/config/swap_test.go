package config

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A secret that is written literally is read as it was.
func TestLiteral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`([a$}{]|\$\{[A-Z]+\}){1,8}`).Draw(t, "secret")
		text := PatchOf([]string{"gateway", "auth", "token"}, ValueOf([]string{"gateway", "auth", "token"}, string(quoted(Literal(secret)))))
		l, err := Load(Sources{Text: text, Env: func(name string) string {
			if strings.Contains(name, "_") {
				return "" // settings
			}
			return "another"
		}})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if l.Config.Gateway.V.Auth.V.Token.V != secret {
			t.Fatalf("%s: %q", text, l.Config.Gateway.V.Auth.V.Token.V)
		}
	})
}

func quoted(text string) []byte {
	n := &node{kind: stringKind, text: text}
	return n.appendJSON(nil, nil)
}

func TestJoinKey(t *testing.T) {
	for _, key := range []string{"gateway.port", `models.providers["my box"].apiKey`} {
		names, err := SplitKey(key)
		if err != nil || JoinKey(names) != key {
			t.Errorf("%s became %s, %v", key, JoinKey(names), err)
		}
	}
}
