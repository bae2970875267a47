package keywords_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/keywords"
)

const box = `{"label":"public","pin":"canary"}`

const vault = `{"name":"public","code":"canary","note":"canary","level":"low","number":777,"any":["canary"],"raw":{"a":"canary"},
"words":["canary"],"byName":{"canary":"canary"},"leaf":{"id":"canary"},"box":` + box + `,"boxes":[` + box + `],"rows":[[` + box + `]],"maybe":[` + box + `,null],
"boxesByName":{"public":` + box + `},"tagged":{"kind":"shut","pin":"canary"},"taggedList":[{"kind":"shut","pin":"canary"},{"kind":"open","label":"public"}],
"kinds":` + box + `,"inner":{"code":"canary","number":777,"any":"canary"},"hidden":{"name":"canary","code":"canary","number":777,"any":1}}`

// TestSecretsStayOutOfLogs: whatever place a secret has, the log of the value
// around it has everything but the secret.
func TestSecretsStayOutOfLogs(t *testing.T) {
	var v keywords.Vault
	if err := v.DecodeAlias([]byte(vault), wire.Strict); err != nil {
		t.Fatal(err)
	}
	before := v.Clone()
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("seen", "pointer", &v, "value", v, "box", v.Box.V, "variant", v.Tagged)
		got := b.String()
		if strings.Contains(got, "canary") || strings.Contains(got, "777") {
			t.Errorf("%s: a secret is in the log: %s", name, got)
		}
		if n := strings.Count(got, "public"); n != 19 {
			t.Errorf("%s: public is in the log %d times, want 19: %s", name, n, got)
		}
		if !strings.Contains(got, wire.Hidden) {
			t.Errorf("%s: nothing tells that there are secrets: %s", name, got)
		}
	}
	if !reflect.DeepEqual(before, &v) {
		t.Error("logging changed the value", fmt.Sprint(v))
	}
}
