package telegram

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/channels/telegram/telegramtest"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

const open = `"access":{"dm":"open"}`

func TestConversation(t *testing.T) {
	r := newRig(t, open)
	ada := telegramtest.Person(7, "Ada")
	r.api.Say(ada, "hello")
	if s := r.api.Next(t); s.Chat != "7" || s.Text != "You said: hello" || s.Params["parse_mode"] != "HTML" || s.Params["reply_parameters"] != "" {
		t.Errorf("%+v", s)
	}
	q := r.requests()[0]
	if q.Session != "agent:main:telegram:dm:7" || q.Source.Origin != agent.FromChannel || q.Source.Name != "telegram:7" || !q.Deliver {
		t.Errorf("%+v", q)
	}
	await(t, "the receipt", func() bool { return !r.account(false).LastOutboundAt.IsNil })
	a := r.account(true)
	if !a.Running.V || !a.Connected.V || a.LastInboundAt.IsNil || a.LastOutboundAt.IsNil || a.LastProbeAt.IsNil || a.Mode.V != "polling" || a.TokenSource.V != "config" ||
		!strings.Contains(string(a.Probe), `"username":"gatesmith_bot"`) || !strings.Contains(string(a.Bot), `"id":4242`) || strings.Contains(string(a.AppendJSON(nil)), r.api.Token) {
		t.Errorf("%s", a.AppendJSON(nil))
	}
	var back protocol.ChannelAccount
	if err := back.DecodeAlias(a.AppendJSON(nil), wire.Strict); err != nil {
		t.Error(err)
	}
}

// A duplicate, an edit and updates out of order make one answer each.
func TestOnce(t *testing.T) {
	r := newRig(t, open)
	ada := telegramtest.Person(7, "Ada")
	m := telegramtest.Message(50, ada, "first")
	r.api.Push(map[string]any{"message": m})
	r.api.Push(map[string]any{"message": m})
	r.api.Push(map[string]any{"edited_message": telegramtest.Message(50, ada, "first, edited", map[string]any{"edit_date": time.Now().Unix()})})
	r.api.PushRaw(`{"update_id": 1004, "message": {"message_id": "no number"}}`)
	r.api.Push(map[string]any{"message": telegramtest.Message(52, ada, "later"), "update_id": 1006})
	r.api.Push(map[string]any{"message": telegramtest.Message(51, ada, "earlier"), "update_id": 1005})
	r.api.Push(map[string]any{"my_chat_member": map[string]any{}})
	r.api.Say(ada, "last")
	for _, want := range []string{"first", "earlier", "later", "last"} {
		if s := r.api.Next(t); s.Text != "You said: "+want {
			t.Errorf("%q, want %q", s.Text, want)
		}
	}
	r.api.Await(t, "the confirmation", func() bool { return r.api.Confirmed() >= 1008 && r.api.Pending() == 0 })
}

func TestAccess(t *testing.T) {
	const group = -100200
	r := newRig(t, fmt.Sprintf(`"access":{"dm":"allowlist","allowFrom":["@Ada"],"groups":{"%d":{},"-5":{"requireMention":false,"allowFrom":["*"],"agent":"work"}}}`, group))
	ada, eve := telegramtest.Person(7, "Ada"), telegramtest.Person(8, "Eve")
	r.api.Say(eve, "let me in")
	r.api.Say(ada.In(group, "Team"), "not to you")
	r.api.Say(eve.In(group, "Team"), "@gatesmith_bot let me in")
	r.api.Say(ada.In(-9, "Elsewhere"), "@gatesmith_bot hello")
	id := r.api.Say(ada.In(group, "Team").Topic(3), "@gatesmith_bot what is new?")
	s := r.api.Next(t)
	if s.Chat != strconv.Itoa(group) || s.Text != "You said: Ada (@ada): what is new?" || s.Params["message_thread_id"] != "3" ||
		!strings.Contains(s.Params["reply_parameters"], fmt.Sprintf(`"message_id":%d`, id)) {
		t.Errorf("%+v", s)
	}
	if q := r.requests()[0]; q.Session != fmt.Sprintf("agent:main:telegram:group:%d:topic:3", group) {
		t.Errorf("%s", q.Session)
	}
	r.api.Say(ada.In(group, "Team"), "and this?", map[string]any{"reply_to_message": telegramtest.Message(2, telegramtest.Chat{Chat: map[string]any{"id": group, "type": "supergroup"},
		From: map[string]any{"id": telegramtest.BotID, "is_bot": true, "first_name": "Gatesmith"}}, "an earlier answer")})
	if s := r.api.Next(t); !strings.Contains(s.Text, "[in reply to Gatesmith: an earlier answer]\nAda (@ada): and this?") {
		t.Errorf("%q", s.Text)
	}
	r.api.Say(eve.In(-5, "Open"), "hello all")
	if s := r.api.Next(t); s.Chat != "-5" || s.Text != "You said: Eve (@eve): hello all" {
		t.Errorf("%+v", s)
	}
	if q := r.requests(); len(q) != 3 || q[2].Session != "agent:work:telegram:group:-5" {
		t.Errorf("%d requests", len(q))
	}
}

// Nobody talks to the agent before he was approved.
func TestPairing(t *testing.T) {
	r := newRig(t, "")
	eve := telegramtest.Person(8, "Eve")
	r.api.Say(eve, "hello")
	s := r.api.Next(t)
	list, err := r.ChannelsPairList(t.Context(), &protocol.ChannelsPairListParams{})
	if err != nil || len(list.Pending) != 1 || len(list.Approved) != 0 || list.Pending[0].SenderID != "8" || list.Pending[0].Name.V != "Eve (@eve)" {
		t.Fatalf("%+v, %v", list, err)
	}
	code := list.Pending[0].Code.V
	if !strings.Contains(s.Text, "gateway channels approve "+code) || len(r.requests()) != 0 {
		t.Errorf("%q", s.Text)
	}
	r.api.Say(eve, "hello?")
	r.api.Await(t, "the confirmation", func() bool { return r.api.Confirmed() >= 1003 })
	if _, err := r.ChannelsPairApprove(t.Context(), &protocol.ChannelsPairApproveParams{Code: "WRONGONE"}); err == nil {
		t.Error("a wrong code was approved")
	}
	if a, err := r.ChannelsPairApprove(t.Context(), &protocol.ChannelsPairApproveParams{Code: strings.ToLower(code)}); err != nil || a.SenderID != "8" {
		t.Errorf("%+v, %v", a, err)
	}
	if s := r.api.Next(t); !strings.Contains(s.Text, "approved") {
		t.Errorf("%q", s.Text)
	}
	r.api.Say(eve, "now?")
	if s := r.api.Next(t); s.Text != "You said: now?" {
		t.Errorf("%q", s.Text)
	}
	if _, err := r.ChannelsPairRemove(t.Context(), &protocol.ChannelsPairRemoveParams{Channel: "telegram", SenderID: "8"}); err != nil {
		t.Error(err)
	}
	r.api.Say(eve, "still?")
	if s := r.api.Next(t); !strings.Contains(s.Text, "gateway channels approve") {
		t.Errorf("%q", s.Text)
	}
	if n := len(r.requests()); n != 1 {
		t.Errorf("the agent was asked %d times", n)
	}
}

func TestMedia(t *testing.T) {
	r := newRig(t, open)
	png := []byte("\x89PNG\x0D\x0A\x1A\x0A picture")
	r.api.File("big", png)
	ada := telegramtest.Person(7, "Ada")
	r.api.Say(ada, "", map[string]any{"caption": "look", "photo": []any{
		map[string]any{"file_id": "small", "width": 10, "height": 10}, map[string]any{"file_id": "big", "width": 100, "height": 100}}})
	if s := r.api.Next(t); s.Text != "You said: look" {
		t.Errorf("%q", s.Text)
	}
	if q := r.requests()[0]; len(q.Images) != 1 || q.Images[0].MIME != "image/png" || string(q.Images[0].Data) != string(png) {
		t.Errorf("%+v", q.Images)
	}
	r.api.Say(ada, "", map[string]any{"voice": map[string]any{"file_id": "v", "duration": 12, "mime_type": "audio/ogg"}})
	if s := r.api.Next(t); s.Text != "You said: [voice message of 12 seconds, which you cannot see]" {
		t.Errorf("%q", s.Text)
	}
	r.api.Say(ada, "", map[string]any{"photo": []any{map[string]any{"file_id": "gone", "width": 10, "height": 10}}})
	if s := r.api.Next(t); s.Text != "You said: [photo, which could not be fetched]" {
		t.Errorf("%q", s.Text)
	}
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		switch q.URL.Path {
		case "/cat.png":
			_, _ = w.Write(png)
		case "/report.pdf":
			_, _ = w.Write([]byte("%PDF-1.7 report"))
		default:
			http.NotFound(w, q)
		}
	}))
	defer host.Close()
	got, err := r.send("m1", "7", "a **cat**", host.URL+"/cat.png", host.URL+"/report.pdf")
	if err != nil || got.ChatID.V != "7" {
		t.Fatalf("%+v, %v", got, err)
	}
	photo, document := r.api.Next(t), r.api.Next(t)
	if photo.Method != "sendPhoto" || photo.Text != "a <b>cat</b>" || string(photo.Files["photo"]) != string(png) {
		t.Errorf("%+v", photo)
	}
	if document.Method != "sendDocument" || document.Text != "" || !strings.HasPrefix(string(document.Files["document"]), "%PDF") || got.MessageID != strconv.Itoa(document.MessageID) {
		t.Errorf("%+v", document)
	}
	for address, want := range map[string]string{host.URL + "/missing.png": "404", "http://10.0.0.1/x.png": "not a public address", "ftp://x/y": "only http and https"} {
		_, err := r.send("bad"+address, "7", "x", address)
		refusal(t, err, protocol.CodeUnavailable, want)
	}
	if n := len(r.api.Sent()); n != 5 {
		t.Errorf("%d messages were sent", n)
	}
}

func TestPoll(t *testing.T) {
	r := newRig(t, "")
	// The guide's frame.
	p := &protocol.PollParams{To: "+1234567890", Question: "Какой ваш любимый язык программирования?", Options: []string{"Python", "JavaScript", "Go", "Rust"}, MaxSelections: wire.Some(int64(1)),
		DurationHours: wire.Some(int64(24)), Channel: wire.Some(protocol.ChannelID("telegram")), IdempotencyKey: "poll-123"}
	got, err := r.Poll(t.Context(), p)
	s := r.api.Next(t)
	if err != nil || got.RunID != "poll-123" || got.Channel != "telegram" || got.MessageID != strconv.Itoa(s.MessageID) || got.PollID.V == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if s.Method != "sendPoll" || s.Chat != "1234567890" || s.Text != p.Question || s.Params["options"] != `[{"text":"Python"},{"text":"JavaScript"},{"text":"Go"},{"text":"Rust"}]` {
		t.Errorf("%+v", s)
	}
	again, err := r.Poll(t.Context(), p)
	if err != nil || again.MessageID != got.MessageID || len(r.api.Sent()) != 1 {
		t.Errorf("a repeat: %+v, %v", again, err)
	}
	p.IdempotencyKey, p.Question = "poll-124", strings.Repeat("x", 301)
	_, err = r.Poll(t.Context(), p)
	refusal(t, err, protocol.CodeUnavailable, "the question has 301 characters")
}

func TestSend(t *testing.T) {
	r := newRig(t, "")
	got, err := r.Send(t.Context(), &protocol.SendParams{To: "-100:topic:7", Message: "**Hi**", Channel: wire.Some(protocol.ChannelID("telegram")), SessionKey: wire.Some("Main"), IdempotencyKey: "s1"})
	s := r.api.Next(t)
	if err != nil || got.MessageID != strconv.Itoa(s.MessageID) || got.RunID != "s1" || got.ChatID.V != "-100" || s.Text != "<b>Hi</b>" || s.Params["message_thread_id"] != "7" {
		t.Fatalf("%+v, %v: %+v", got, err, s)
	}
	if text := r.transcript("main"); text != "assistant: **Hi**" {
		t.Errorf("the session has %q", text)
	}
	if _, err := r.send("s2", "7", "derived"); err != nil || r.transcript("agent:main:telegram:dm:7") != "assistant: derived" {
		t.Errorf("%v: %q", err, r.transcript("agent:main:telegram:dm:7"))
	}
	long := strings.Repeat("A sentence of this text. ", 400)
	if _, err := r.send("s3", "@someone", long); err != nil {
		t.Fatal(err)
	}
	r.api.Next(t)
	whole := ""
	for range 3 {
		s := r.api.Next(t)
		whole += s.Text + " "
		if s.Chat != "@someone" || len(s.Text) > 4096 {
			t.Errorf("%s: %d", s.Chat, len(s.Text))
		}
	}
	if strings.TrimSpace(whole) != strings.TrimSpace(long) {
		t.Error("the parts are not the whole")
	}
	_, err = r.send("s4", "nobody at all", "x")
	refusal(t, err, protocol.CodeInvalidRequest, `Error: Delivering to Telegram requires target <chat id|@name>: "nobody at all" is neither a number nor a @name`)
	_, err = r.send("s1", "7", "something else")
	refusal(t, err, protocol.CodeInvalidRequest, "was used before with other params")
}

func (r *rig) transcript(key string) (out string) {
	err := r.store.Read(r.Context(), func(q store.Querier) error {
		sess, err := r.kept.Get(r.Context(), q, key)
		if err != nil || sess == nil {
			return err
		}
		messages, err := r.kept.Context(r.Context(), q, sess.Entry.SessionID)
		for _, m := range messages {
			out += string(m.Role) + ": " + m.Content.Array[0].(*protocol.TextBlock).Text
		}
		return err
	})
	if err != nil {
		r.Error(err)
	}
	return out
}
