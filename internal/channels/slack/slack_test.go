package slack

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/slack/slacktest"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

const open = `"access":{"dm":"open"}`

// connected waits until the bot is.
func (r *rig) connected() {
	r.Helper()
	r.api.Await(r, "the bot is connected", r.api.Connected)
}

// quiet waits until the bot has acknowledged all it was sent.
func (r *rig) quiet() {
	r.Helper()
	r.api.Await(r, "all is acknowledged", func() bool { return r.api.Pending() == 0 })
}

func TestConversation(t *testing.T) {
	r := newRig(t, open)
	r.api.Say(slacktest.Ada, slacktest.AdaChat, "hello &lt;you&gt;")
	m := r.api.AwaitBot(t, 1)[0]
	if m.Chat != slacktest.AdaChat || m.Text != "You said: hello &lt;you&gt;" || m.Thread != "" || m.Unfurls {
		t.Errorf("%+v", m)
	}
	r.quiet()
	q := r.requests()[0]
	if q.Session != "agent:main:slack:dm:u0ada" && q.Session != "agent:main:slack:dm:U0ADA" || q.Message != "hello <you>" || q.Source.Name != "slack:U0ADA" || q.Source.Origin != agent.FromChannel {
		t.Errorf("%+v", q)
	}
	r.api.Await(t, "the answer is written down", func() bool { return !r.account(false).LastOutboundAt.IsNil })
	a := r.account(true)
	text := string(a.AppendJSON(nil))
	if !a.Running.V || !a.Connected.V || a.LastInboundAt.IsNil || a.LastProbeAt.IsNil || a.Mode.V != "socket" || a.BotTokenSource.V != "config" || a.AppTokenSource.V != "config" ||
		!strings.Contains(string(a.Probe), `"name":"Example"`) || !strings.Contains(string(a.Bot), `"id":"U0BOT"`) || !strings.Contains(text, `"team":{"id":"T0TEAM"`) ||
		strings.Contains(text, slacktest.BotToken) || strings.Contains(text, slacktest.AppToken) {
		t.Errorf("%s", text)
	}
	var back protocol.ChannelAccount
	if err := back.DecodeAlias([]byte(text), wire.Strict); err != nil {
		t.Error(err)
	}
	// The bot heard of its own message, and did not answer it.
	if n := len(r.requests()); n != 1 {
		t.Errorf("the agent was asked %d times", n)
	}
}

// A duplicate, an edit and events out of order make one answer each.
func TestOnce(t *testing.T) {
	r := newRig(t, open)
	r.connected()
	ts := r.api.Say(slacktest.Ada, slacktest.AdaChat, "first")
	say := func(ts, text string) map[string]any {
		return map[string]any{"type": "message", "user": slacktest.Ada, "text": text, "ts": ts, "channel": slacktest.AdaChat, "channel_type": "im"}
	}
	r.api.Event(say(ts, "first"))
	r.api.Event(map[string]any{"type": "message", "subtype": "message_changed", "channel": slacktest.AdaChat, "channel_type": "im", "ts": "1.2", "hidden": true,
		"message": say(ts, "first, edited"), "previous_message": say(ts, "first")})
	r.api.Event(map[string]any{"type": "message", "subtype": "message_deleted", "channel": slacktest.AdaChat, "channel_type": "im", "ts": "1.3", "deleted_ts": ts})
	r.api.Event(map[string]any{"type": "message", "bot_id": "B1", "user": "U1", "text": "I am a bot", "ts": "1.4", "channel": slacktest.AdaChat, "channel_type": "im"})
	r.api.Event(map[string]any{"type": "reaction_added", "user": slacktest.Ada, "reaction": "eyes"})
	r.api.Event(map[string]any{"type": "something_new", "channel": map[string]any{"id": "C1"}})
	odd := say("1712345678.000300", "odd")
	odd["blocks"] = map[string]any{"not": "a list"} // which the library cannot read
	odd["files"] = []any{}
	r.api.Event(odd)
	r.api.Event(say("1712345678.000200", "later"))
	r.api.Event(say("1712345678.000100", "earlier"))
	r.api.Raw(`{"type": `)
	r.api.Raw(`{"type": "news", "envelope_id": 5}`)
	r.api.Raw(`[]`)
	hello := r.api.Send("slash_commands", map[string]any{"command": "/x"})
	r.quiet()
	if r.api.Acked(hello) != 1 {
		t.Error("a command was not acknowledged")
	}
	r.api.Say(slacktest.Ada, slacktest.AdaChat, "last")
	for k, m := range r.api.AwaitBot(t, 5) {
		if want := "You said: " + []string{"first", "odd", "later", "earlier", "last"}[k]; m.Text != want {
			t.Errorf("%q, want %q", m.Text, want)
		}
	}
	if r.api.Links() != 1 {
		t.Errorf("%d connections", r.api.Links())
	}
}

func TestAccess(t *testing.T) {
	r := newRig(t, `"access":{"dm":"allowlist","allowFrom":["@Ada"],"groups":{"C0GENERAL":{},"G0THREE":{"requireMention":false,"allowFrom":["*"],"agent":"work"}}}`)
	const bot = "<@U0BOT> "
	r.api.Say(slacktest.Bob, "D0BOB", "let me in")
	r.api.Say(slacktest.Ada, slacktest.General, "not to you")
	r.api.Say(slacktest.Bob, slacktest.General, bot+"let me in")
	r.api.Say(slacktest.Ada, slacktest.Secret, bot+"hello")
	root := r.api.Say(slacktest.Ada, slacktest.General, bot+"what is new, <@U0BOB>?")
	m := r.api.AwaitBot(t, 1)[0]
	if m.Chat != slacktest.General || m.Text != "You said: Ada (@ada): what is new, @Bob Builder?" || m.Thread != "" {
		t.Errorf("%+v", m)
	}
	if q := r.requests()[0]; !strings.EqualFold(q.Session, "agent:main:slack:channel:C0GENERAL") {
		t.Errorf("%s", q.Session)
	}
	// In a thread it has to be named once, and then takes part in it.
	in := map[string]any{"thread_ts": root, "parent_user_id": slacktest.Ada}
	r.api.Say(slacktest.Ada, slacktest.General, "between us", in)
	r.api.Event(map[string]any{"type": "app_mention", "user": slacktest.Ada, "text": bot + "and here?", "ts": "1712345678.000100", "thread_ts": root, "channel": slacktest.General})
	m = r.api.AwaitBot(t, 2)[1]
	if m.Thread != root || m.Text != "You said: [in reply to Ada: what is new, @Bob Builder?]\nAda (@ada): and here?" {
		t.Errorf("%+v", m)
	}
	if q := r.requests()[1]; !strings.EqualFold(q.Session, "agent:main:slack:channel:C0GENERAL:thread:"+root) {
		t.Errorf("%s", q.Session)
	}
	r.api.Await(t, "the message in the thread is written down", func() bool { return r.spoken() == 1 })
	r.api.Say(slacktest.Ada, slacktest.General, "go on", in)
	if m = r.api.AwaitBot(t, 3)[2]; m.Thread != root || m.Text != "You said: Ada (@ada): go on" {
		t.Errorf("%+v", m)
	}
	// Who forgot to name it can do so later; a preview that Slack adds is no edit.
	was := map[string]any{"user": slacktest.Ada, "text": "forgot", "ts": r.api.Say(slacktest.Ada, slacktest.General, "forgot")}
	now := map[string]any{"user": slacktest.Ada, "text": bot + "forgot", "ts": was["ts"], "attachments": []any{map[string]any{"is_share": true, "author_name": "Eve", "text": "a &amp; b"}}}
	for _, before := range []map[string]any{now, was} {
		r.api.Event(map[string]any{"type": "message", "subtype": "message_changed", "channel": slacktest.General, "channel_type": "channel", "ts": "1.1", "message": now, "previous_message": before})
	}
	if m = r.api.AwaitBot(t, 4)[3]; m.Text != "You said: Ada (@ada): forgot\n[forwarded from Eve: a &amp; b]" {
		t.Errorf("%+v", m)
	}
	r.api.Say(slacktest.Bob, slacktest.Three, "hello all")
	if m = r.api.AwaitBot(t, 5)[4]; m.Chat != slacktest.Three || m.Text != "You said: Bob Builder (@bob): hello all" {
		t.Errorf("%+v", m)
	}
	if q := r.requests()[4]; !strings.EqualFold(q.Session, "agent:work:slack:group:G0THREE") {
		t.Errorf("%s", q.Session)
	}
}

// spoken is in how many threads the bot takes part.
func (r *rig) spoken() (n int) {
	r.Helper()
	err := r.store.Read(r.Context(), func(q store.Querier) error {
		return q.QueryRowContext(r.Context(), `SELECT COUNT(*) FROM slack_threads`).Scan(&n)
	})
	if err != nil {
		r.Fatal(err)
	}
	return n
}

func TestReplyInThread(t *testing.T) {
	onBoth(t, `"replyInThread":true,"access":{"groups":{"*":{"allowFrom":["*"]}}}`, testReplyInThread)
}

func testReplyInThread(t *testing.T, r *rig) {
	ts := r.api.Say(slacktest.Bob, slacktest.General, "<@U0BOT> hello")
	if m := r.api.AwaitBot(t, 1)[0]; m.Thread != ts {
		t.Errorf("%+v", m)
	}
	if q := r.requests()[0]; !strings.HasSuffix(q.Session, ":thread:"+ts) {
		t.Errorf("%s", q.Session)
	}
	// Chat commands are done, also where Slack's mention stands before them.
	r.api.Await(t, "the message in the thread is written down", func() bool { return r.spoken() == 1 })
	r.api.Say(slacktest.Bob, slacktest.General, "<@U0BOT>: /status", map[string]any{"thread_ts": ts})
	r.api.AwaitBot(t, 2)
	if q := r.requests()[1]; q.Message != "/status" {
		t.Errorf("%q", q.Message)
	}
}

// Nobody talks to the agent before he was approved; and nobody of another
// workspace is taken for somebody of the same name.
func TestStrangers(t *testing.T) {
	r := newRig(t, "")
	r.api.Say(slacktest.Bob, "D0BOB", "hello")
	m := r.api.AwaitBot(t, 1)[0]
	list, err := r.ChannelsPairList(t.Context(), &protocol.ChannelsPairListParams{})
	if err != nil || len(list.Pending) != 1 || list.Pending[0].SenderID != slacktest.Bob || list.Pending[0].Name.V != "Bob Builder (@bob)" {
		t.Fatalf("%+v, %v", list, err)
	}
	if m.Chat != "D0BOB" || !strings.Contains(m.Text, "gateway channels approve "+list.Pending[0].Code.V) {
		t.Errorf("%q", m.Text)
	}
	if _, err := r.ChannelsPairApprove(t.Context(), &protocol.ChannelsPairApproveParams{Code: list.Pending[0].Code.V}); err != nil {
		t.Fatal(err)
	}
	r.api.Say(slacktest.Bob, "D0BOB", "now?")
	r.api.Await(t, "an answer", func() bool { return len(r.requests()) == 1 })
	r.api.AwaitBot(t, 3)

	other := r.api.Event(map[string]any{"type": "message", "user": "U0ELSE", "text": "hello", "ts": "1.1", "channel": "D0ELSE", "channel_type": "im"})
	r.api.Await(t, "the acknowledgement", func() bool { return r.api.Acked(other) == 1 })
	a := &account{env: &channels.Env{Now: time.Now}, self: &identity{team: slacktest.Team, user: slacktest.Bot}}
	for _, c := range []struct {
		c    callback
		want bool
	}{
		{callback{}, true},
		{callback{TeamID: slacktest.Team}, true},
		{callback{TeamID: "T0OTHER"}, false},
	} {
		if got := c.c.meant(a.me()); got != c.want {
			t.Errorf("%+v: %t", c.c, got)
		}
	}
}

func TestFiles(t *testing.T) {
	r := newRig(t, open)
	png := []byte("\x89PNG\x0D\x0A\x1A\x0A picture")
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Authorization") != "" {
			t.Error("the token was given away")
		}
		switch q.URL.Path {
		case "/none":
			http.NotFound(w, q)
		case "/empty":
		default:
			_, _ = w.Write(png)
		}
	}))
	defer elsewhere.Close()
	files := []any{}
	for _, f := range []*slacktest.File{{Name: "a.png", MIME: "image/png", Data: png}, {Name: "b.pdf", MIME: "application/pdf", Data: []byte("%PDF-")},
		{Name: "c.png", MIME: "image/png", External: elsewhere.URL + "/c.png"}} {
		files = append(files, map[string]any{"id": r.api.Put(f), "name": f.Name, "mimetype": f.MIME, "size": len(f.Data)})
	}
	files = append(files, map[string]any{"id": "F0GONE", "name": "d.png", "mimetype": "image/png"}, map[string]any{"id": "F0", "mode": "tombstone"})
	r.api.Fail("download", slacktest.Fault{Status: 503})
	r.api.Say(slacktest.Ada, slacktest.AdaChat, "look", map[string]any{"subtype": "file_share", "files": files})
	r.api.AwaitBot(t, 1)
	q := r.requests()[0]
	if len(q.Images) != 2 || string(q.Images[0].Data) != string(png) || q.Images[0].Name != "a.png" || q.Images[1].Name != "c.png" && q.Images[1].MIME != "image/png" {
		t.Errorf("%+v", q.Images)
	}
	if want := "look\n[file b.pdf, which you cannot see]\n[picture d.png, which could not be fetched]"; q.Message != want {
		t.Errorf("%q, want %q", q.Message, want)
	}

	res, err := r.send("m1", slacktest.Ada, "See **this**", elsewhere.URL+"/x.png", elsewhere.URL+"/y.png")
	if err != nil {
		t.Fatal(err)
	}
	bot := r.api.From(slacktest.Bot)
	if len(bot) != 3 || bot[1].Text != "See *this*" || len(bot[1].Files) != 1 || bot[2].Text != "" || res.MessageID != bot[2].TS || res.ChannelID.V != slacktest.AdaChat {
		t.Fatalf("%+v, %+v", bot, res)
	}
	if f := r.api.File(bot[1].Files[0]); f.Name != "x.png" || string(f.Data) != string(png) {
		t.Errorf("%+v", f)
	}
	// A call whose end is not known is asked after by the file.
	r.api.Fail("files.completeUploadExternal", slacktest.Fault{Done: true, Drop: true})
	if res, err = r.send("m2", slacktest.General, "", elsewhere.URL+"/x.png"); err != nil || res.MessageID != r.api.From(slacktest.Bot)[3].TS {
		t.Errorf("%+v, %v", res, err)
	}
	r.api.Fail("files.completeUploadExternal", slacktest.Fault{Drop: true})
	_, err = r.send("m3", slacktest.General, "", elsewhere.URL+"/x.png")
	refusal(t, err, protocol.CodeUnavailable, "it is not known whether Slack took the message")
	// What comes before it may fail, and is done again.
	for k, method := range []string{"files.getUploadURLExternal", "files.getUploadURLExternal", "upload"} {
		r.api.Fail(method, []slacktest.Fault{{Drop: true}, {Body: "{}"}, {Status: 500}}[k])
		if _, err = r.send(fmt.Sprint("m4", k), slacktest.General, "", elsewhere.URL+"/x.png"); err != nil {
			t.Error(err)
		}
	}
	for path, want := range map[string]string{"/none": "404", "/empty": "it is empty"} {
		_, err = r.send("m5"+path, slacktest.General, "", elsewhere.URL+path)
		refusal(t, err, protocol.CodeUnavailable, want)
	}
	if n := len(r.api.From(slacktest.Bot)); n != 7 {
		t.Errorf("%d messages", n)
	}
}

func TestLongText(t *testing.T) {
	r := newRig(t, open)
	text := strings.Repeat(strings.Repeat("word ", 150)+"\n\n", 12)
	if _, err := r.send("long", "<#C0GENERAL|general>", text); err != nil {
		t.Fatal(err)
	}
	bot := r.api.From(slacktest.Bot)
	said := ""
	for _, m := range bot {
		if len(m.Text) > maxText {
			t.Errorf("%d characters", len(m.Text))
		}
		said += m.Text + "\n\n"
	}
	if len(bot) != 3 || strings.Join(strings.Fields(said), " ") != strings.Join(strings.Fields(text), " ") {
		t.Errorf("%d messages", len(bot))
	}
	root := bot[0].TS
	if _, err := r.send("thread", slacktest.General+":thread:"+root, "a & b <!channel>"); err != nil {
		t.Fatal(err)
	}
	if m := r.api.From(slacktest.Bot)[3]; m.Thread != root || m.Text != "a &amp; b &lt;!channel&gt;" {
		t.Errorf("%+v", m)
	}
}

func TestTargets(t *testing.T) {
	a := &account{}
	for to, want := range map[string]string{
		"C0123": "C0123   channel", "channel:c0123": "C0123   channel", "<#C0123|x>": "C0123   channel", "slack:user:U0123": "U0123   ", "<@W0123>": "W0123   ", "D0123": "D0123   ",
		"G0123:thread:1712345678.000100": "G0123 1712345678.000100  group",
		"general":                        `"general" is neither`, "": `"" is neither`, "C0123:thread:x": `"x" is no thread`, "+4912": "is neither",
	} {
		x, err := a.Target(to)
		got := fmt.Sprintf("%s %s  %s", x.Chat, x.Thread, x.Type)
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != want || err != nil && !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", to, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	a := &account{people: newCache[person](time.Now)}
	a.people.put("U1", person{name: "Ada"}, time.Hour)
	me := &identity{user: slacktest.Bot, name: "gatesmith"}
	for text, want := range map[string]string{
		"a &lt;b&gt; &amp;amp;":                             "a <b> &amp;",
		"<@U0BOT> /new":                                     "/new!",
		"<@U0BOT>, hi <@U0BOT|g>":                           "hi @gatesmith!",
		"ask <@U0BOT>":                                      "ask @gatesmith!",
		"<@U1> and <@U2|bob>, <#C1|general>":                "@Ada and @bob, #general",
		"<!here> <!subteam^S1|@team> <!date^1^{date}|then>": "@here @team then",
		"<https://a.b/c?d=1&amp;e> <https://a.b|a.b> <https://a.b/x|here> <mailto:a@b.c|a@b.c>": "https://a.b/c?d=1&e https://a.b here (https://a.b/x) a@b.c",
	} {
		got, addressed := a.plain(t.Context(), text, me)
		if addressed {
			got += "!"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestSettings(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "its botToken is missing", `{"botToken":"x"}`: "does not begin with xoxb-", `{"botToken":"xoxb-1"}`: "its appToken is missing", `{"botToken":"xoxb-1","appToken":"xoxb-1"}`: "does not begin with xapp-",
		`{"botToken":"xoxb-1","appToken":"xapp-1"}`: "",
	} {
		var c protocol.SlackAccountConfig
		if err := c.DecodeAlias([]byte(text), wire.Strict); err != nil {
			t.Fatal(err)
		}
		if s := settings("one", &c, func(string) string { return "xoxb-env" }); !strings.Contains(s.Missing, want) || want == "" && s.Missing != "" {
			t.Errorf("%s: %q", text, s.Missing)
		}
	}
	s := settings("default", &protocol.SlackAccountConfig{}, func(name string) string {
		return map[string]string{botVariable: "xoxb-1", appVariable: " xapp-1 "}[name]
	})
	if s.Missing != "" || s.Shown.TokenSource.V != "env" || s.Shown.AppTokenSource.V != "env" {
		t.Errorf("%+v", s)
	}
}
