//go:build !whatsapp

package app_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/protocol"
)

// A gateway without WhatsApp says so where an account of it is configured.
func TestWhatsAppIsAbsent(t *testing.T) {
	dir := t.TempDir()
	writeConfig(t, dir, `{channels: {whatsapp: {accounts: {default: {}}}}}`)
	_, url := gateway(t, dir, nil)
	c, err := client.Dial(t.Context(), url, client.Options{TokenFile: app.TokenPath(dir)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	_, err = c.Send(t.Context(), &protocol.SendParams{To: "+491700000002", Message: "hello", IdempotencyKey: "1"})
	var e *client.Error
	if !errors.As(err, &e) || e.Code != protocol.CodeNotLinked || !e.Retryable || !strings.Contains(e.Message, "built without WhatsApp") {
		t.Error(err)
	}
	if s, err := c.ChannelsStatus(t.Context(), &protocol.ChannelsStatusParams{}); err != nil || s.Channels["whatsapp"].Configured || !strings.Contains(s.ChannelAccounts["whatsapp"][0].LastError.V, "built without WhatsApp") {
		t.Errorf("%+v, %v", s, err)
	}
}
