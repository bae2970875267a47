package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/channels/slack/slacktest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Somebody writes to the bot in Slack and is answered by the agent; what clients
// send and ask arrives in the workspace.
func TestSlack(t *testing.T) {
	dir := t.TempDir()
	api := slacktest.New(t)
	text := fmt.Sprintf(`{channels: {slack: {accounts: {default: {botToken: %q, appToken: %q, baseUrl: %q, access: {dm: 'open'}}}}}}`, slacktest.BotToken, slacktest.AppToken, api.URL)
	if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, url := gateway(t, dir, nil)
	c := connect(t, dir, url, client.Options{})

	api.Say(slacktest.Ada, slacktest.AdaChat, "good morning")
	if m := api.AwaitBot(t, 1)[0]; m.Chat != slacktest.AdaChat || m.Text != "good morning" {
		t.Errorf("%+v", m)
	}
	slack := wire.Some(protocol.ChannelID("slack"))
	sent, err := c.Send(t.Context(), &protocol.SendParams{To: slacktest.General, Message: "**Lunch** is ready", Channel: slack, IdempotencyKey: "s1"})
	if err != nil {
		t.Fatal(err)
	}
	if m := api.AwaitBot(t, 2)[1]; m.Chat != slacktest.General || m.Text != "*Lunch* is ready" || m.TS != sent.MessageID {
		t.Errorf("%+v, %+v", m, sent)
	}
	asked, err := c.Poll(t.Context(), &protocol.PollParams{To: slacktest.General, Question: "Lunch?", Options: []string{"Soup", "Salad"}, Channel: slack, IdempotencyKey: "p1"})
	if err != nil {
		t.Fatal(err)
	}
	if m := api.AwaitBot(t, 3)[2]; m.TS != asked.MessageID || m.Buttons(t) != 2 {
		t.Errorf("%+v, %+v", m, asked)
	}
	api.Click(t, slacktest.Ada, slacktest.General, asked.MessageID, 1, "")
	api.Await(t, "the vote is shown", func() bool { return strings.Contains(api.From(slacktest.Bot)[2].Text, "Salad (1)") })

	s, err := c.ChannelsStatus(t.Context(), &protocol.ChannelsStatusParams{Probe: wire.Some(true), TimeoutMs: wire.Some(int64(5000))})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.ChannelAccounts["slack"][0]; !a.Connected.V || !strings.Contains(string(a.Probe), `"name":"Example"`) {
		t.Errorf("%s", a.AppendJSON(nil))
	}
	out, err := c.ChannelsLogout(t.Context(), &protocol.ChannelsLogoutParams{Channel: "slack"})
	if err != nil || !out.Cleared {
		t.Errorf("%+v, %v", out, err)
	}
	api.Await(t, "the bot has left", func() bool { return !api.Connected() })
	if left, err := os.ReadFile(filepath.Join(dir, "gateway.json5")); err != nil || strings.Contains(string(left), slacktest.BotToken) {
		t.Errorf("%s, %v", left, err)
	}
}
