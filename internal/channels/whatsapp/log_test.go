//go:build whatsapp

package whatsapp

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow/types"
)

func TestNothingSecretIsLogged(t *testing.T) {
	var b bytes.Buffer
	l := logger{slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))}.Sub("Client")
	l.Debugf("Emitting QR code %s", "2@secret")
	l.Infof("Successfully paired %s", types.NewJID("49170", types.DefaultUserServer))
	l.Warnf("Node handling took %s for %s", "6s", `<message from="49170"><enc>secret</enc></message>`)
	l.Errorf("Unknown stream error: %v, %s, %d", errors.New("bad <stream>secret"), strings.Repeat("x", 1000), 7)
	got := b.String()
	if strings.Contains(got, "secret") || len(got) > 900 {
		t.Error(got)
	}
	for _, want := range []string{"paired 49170@s.whatsapp.net", "took 6s for …", "bad …", ", 7", "level=DEBUG", "level=INFO", "level=WARN", "part=Client"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
}
