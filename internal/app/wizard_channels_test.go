package app_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/channels/telegram/telegramtest"
	"github.com/gatesmith/gatesmith/internal/channels/webhook/webhooktest"
)

// Channels are set up by the wizard, each asked whether what was told of it is
// right; the accounts are there when it is done.
func TestWizardChannels(t *testing.T) {
	bots, service := telegramtest.New(t), webhooktest.New(t)
	service.Fail(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	dir := t.TempDir()
	writeConfig(t, dir, `{ channels: { telegram: { accounts: { default: { baseUrl: "`+bots.URL+`" } } } } } // mine`)
	g := apptest.Start(t, app.Options{StateDir: dir}, filepath.Join(dir, "gateway.json5"), map[string][]string{"token": {configToken}})
	p := dial(t, wsURL(g)+"/v1/connect", nil)
	p.send(connectParams(object{"token": configToken}))
	p.next()
	last, seen := p.setUp(map[string][]any{"risk": {true}, "config": {"modify"}, "provider": {"echo"}, "channels": {[]string{"telegram", "webhook"}},
		"telegram-token": {"", "c4nary", "4242:c4nary", bots.Token}, "webhook-url": {service.URL, service.URL}, "webhook-secret": {"short", service.Secret}, "webhook-check": {"retry"}})
	if last["status"] != "done" {
		t.Fatalf("it ended with %v", last)
	}
	for _, want := range []string{"Telegram: its botToken is missing.", "Telegram: its botToken is not of the form", "Telegram: the bot's token is not known to Telegram.",
		"Webhook: its secret is shorter than 16 characters.", "the service answers 502"} {
		if !strings.Contains(seen, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if strings.Contains(seen, "c4nary") || strings.Contains(seen, bots.Token) || strings.Contains(seen, service.Secret) {
		t.Errorf("a secret is in an answer: %s", seen)
	}
	status := fmt.Sprint(p.call("channels.status", object{"probe": true}))
	if !strings.Contains(status, telegramtest.Username) || strings.Count(status, "configured:true") < 2 {
		t.Errorf("the channels are %s", status)
	}
	if text := readConfig(t, dir); !strings.Contains(text, `botToken: "`+bots.Token+`"`) || !strings.Contains(text, "// mine") {
		t.Errorf("the file is %s", text)
	}
}
