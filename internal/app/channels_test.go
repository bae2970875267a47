package app_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/channels/telegram/telegramtest"
	"github.com/gatesmith/gatesmith/internal/channels/webhook"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// The guide's frames of channels, as printed, on a gateway with a Telegram bot.
func TestGuideChannelFrames(t *testing.T) {
	dir := t.TempDir()
	api := telegramtest.New(t)
	withTelegram(t, dir, api, "")
	_, url := gateway(t, dir, nil)
	token, err := app.ReadToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": token}))
	p.next()
	text, err := os.ReadFile("../../protocol/testdata/guide/guide-frames.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]object{}
	for line := range bytes.Lines(text) {
		var x struct {
			Kind  string
			Frame object
		}
		if err := json.Unmarshal(line, &x); err != nil {
			t.Fatal(err)
		}
		method, _ := x.Frame["method"].(string)
		if x.Kind == "req" && contains([]string{"send", "poll", "channels.status", "channels.logout"}, method) {
			p.send(x.Frame)
			answers[method] = p.answer(x.Frame["id"].(string))
		}
	}
	for method, want := range map[string]string{
		"send":            `WhatsApp is not linked: no account "default" is configured for the channel whatsapp`,
		"channels.logout": `WhatsApp is not linked: no account "wa-123" is configured for the channel whatsapp`,
	} {
		e, _ := answers[method]["error"].(object)
		if e["code"] != "NOT_LINKED" || e["retryable"] != true || e["message"] != want {
			t.Errorf("%s: %v", method, answers[method])
		}
	}
	poll, _ := answers["poll"]["payload"].(object)
	if s := api.Next(t); s.Method != "sendPoll" || s.Chat != "1234567890" || poll["channel"] != "telegram" || poll["messageId"] == "" || poll["runId"] != "poll-123" {
		t.Errorf("poll: %v, %+v", answers["poll"], s)
	}
	status, _ := answers["channels.status"]["payload"].(object)
	accounts, _ := status["channelAccounts"].(object)
	telegram, _ := accounts["telegram"].([]any)
	if len(telegram) != 1 || telegram[0].(object)["accountId"] != "default" || telegram[0].(object)["probe"].(object)["ok"] != true {
		t.Errorf("channels.status: %v", answers["channels.status"])
	}
	health := p.call("health", object{})
	if of := health["channels"].(object)["telegram"].(object); of["configured"] != true || of["linked"] != true || of["accounts"].(object)["default"].(object)["running"] != true {
		t.Errorf("health: %v", of)
	}
}

// Replies of runs, jobs and heartbeats go out through channels.
func TestRepliesGoOut(t *testing.T) {
	dir := t.TempDir()
	api := telegramtest.New(t)
	withTelegram(t, dir, api, "allowFrom: ['7']")
	_, url := gateway(t, dir, nil)
	c := connect(t, dir, url, client.Options{})
	if _, err := c.Agent(t.Context(), &protocol.AgentParams{Message: "to a chat", Deliver: wire.Some(true), Channel: wire.Some("telegram"), ReplyTo: wire.Some("-100:topic:3"), IdempotencyKey: "a1"}); err != nil {
		t.Fatal(err)
	}
	if s := api.Next(t); s.Chat != "-100" || s.Params["message_thread_id"] != "3" || s.Text != "to a chat" {
		t.Errorf("%+v", s)
	}
	ada := telegramtest.Person(7, "Ada")
	api.Say(ada, "hello")
	if s := api.Next(t); s.Chat != "7" || s.Text != "hello" {
		t.Errorf("%+v", s)
	}
	if s := api.Ask(t, ada, "/status"); !strings.Contains(s.Text, "Session: agent:main:telegram:dm:7") {
		t.Errorf("%+v", s)
	}
	// The job's session never had a message: what it says goes to who wrote last.
	j, err := c.CronAdd(t.Context(), &protocol.CronAddParams{Name: "report", Schedule: &protocol.CronScheduleCron{Expr: "0 8 * * *"}, SessionTarget: wire.Some(protocol.CronSessionTargetIsolated),
		Payload: &protocol.CronPayloadAgentTurn{Message: "the report", Deliver: wire.Some(true), Channel: wire.Some(protocol.CronPayloadAgentTurnChannelLast)}})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := c.CronRun(t.Context(), &protocol.CronRunParams{ID: wire.Some(j.ID), Mode: wire.Some(protocol.CronRunParamsModeForce)}); err != nil || !r.Ran {
		t.Fatalf("%v %+v", err, r)
	}
	if s := api.Next(t); s.Chat != "7" || !strings.Contains(s.Text, "the report") {
		t.Errorf("%+v", s)
	}
	if _, err := c.Wake(t.Context(), &protocol.WakeParams{Mode: protocol.CronWakeModeNow, Text: "Look at the mail."}); err != nil {
		t.Fatal(err)
	}
	if s := api.Next(t); s.Chat != "7" || !strings.Contains(s.Text, "Look at the mail.") {
		t.Errorf("%+v", s)
	}
	// What goes wrong is told to who waits for an answer.
	if s := api.Ask(t, ada, "/echo error=overloaded"); s.Text != "I could not answer this: something went wrong. Please try again." {
		t.Errorf("%+v", s)
	}
}

// A new account works without a restart, and a request to one is checked.
func TestChannelsReload(t *testing.T) {
	dir := t.TempDir()
	_, url := gateway(t, dir, nil)
	c := connect(t, dir, url, client.Options{})
	api := telegramtest.New(t)
	withTelegram(t, dir, api, "dm: 'open'")
	text, err := os.ReadFile(filepath.Join(dir, "gateway.json5"))
	if err != nil {
		t.Fatal(err)
	}
	both := strings.Replace(string(text), "{telegram:", "{webhook: {accounts: {desk: {secret: '0123456789abcdef'}}}, telegram:", 1)
	now, err := c.ConfigGet(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ConfigSet(t.Context(), &protocol.ConfigSetParams{Raw: both, BaseHash: now.Hash}); err != nil {
		t.Fatal(err)
	}
	if s := api.Ask(t, telegramtest.Person(7, "Ada"), "hello"); s.Text != "hello" {
		t.Errorf("%+v", s)
	}
	address := "http" + strings.TrimPrefix(url, "ws") + "/channels/webhook/desk"
	for secret, want := range map[string]int{"0123456789abcdef": http.StatusAccepted, "guessed": http.StatusUnauthorized} {
		body := []byte(`{"id":"1","conversation":"c","text":"hi"}`)
		r, _ := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
		webhook.Sign(r.Header, []byte(secret), body, time.Now())
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d", secret, res.StatusCode)
		}
	}
	out, err := c.ChannelsLogout(t.Context(), &protocol.ChannelsLogoutParams{Channel: "telegram"})
	if err != nil || !out.Cleared {
		t.Errorf("%+v, %v", out, err)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "gateway.json5")); bytes.Contains(text, []byte(api.Token)) {
		t.Errorf("the token is still there: %s", text)
	}
}
