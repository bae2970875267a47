//go:build whatsapp

package whatsapp_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels/whatsapp/whatsapptest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

const ann = "+491700000002"

func TestAMessageIsAnswered(t *testing.T) {
	r := newLinked(t, open)
	m := whatsapptest.Direct("A1", whatsapptest.Text("hello"))
	r.wa.Say(m)
	r.wa.Say(m) // once more, as after a confirmation that was lost
	r.until("answered", func() bool { return len(r.wa.Sent()) == 1 })
	s, q := r.wa.Sent()[0], r.requests()
	if s.To != whatsapptest.Ann || s.Message.GetConversation() != "You said: hello" || !strings.HasPrefix(s.ID, "3EB0") {
		t.Errorf("%+v", s)
	}
	if len(q) != 1 || q[0].Session != "agent:main:whatsapp:dm:"+ann || q[0].Source.Name != "whatsapp:"+ann || r.wa.Waiting() != 0 {
		t.Errorf("%+v", q)
	}
}

// A message that cannot be kept is not confirmed: WhatsApp brings it with the next
// connection.
func TestAMessageComesAgain(t *testing.T) {
	r := newLinked(t, open)
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}
	r.wa.Say(whatsapptest.Direct("A1", whatsapptest.Text("hello")))
	if r.wa.Waiting() != 1 {
		t.Error("a message was confirmed that is not on the disk")
	}
}

func TestInbound(t *testing.T) {
	r := newLinked(t, open)
	other := types.NewJID("491700000003", types.DefaultUserServer)
	named := &waE2E.ContextInfo{MentionedJID: []string{whatsapptest.OwnLID.ToNonAD().String()}}
	quoting := func(by types.JID, m *waE2E.Message) *waE2E.ContextInfo {
		by.Device = 0
		return &waE2E.ContextInfo{StanzaID: proto.String("Q"), Participant: proto.String(by.String()), QuotedMessage: m}
	}
	fromMe := whatsapptest.Direct("9", whatsapptest.Text("said on the phone to Ann"))
	fromMe.Info.IsFromMe, fromMe.Info.Sender = true, whatsapptest.Own.ToNonAD()
	toMe := whatsapptest.Direct("10", whatsapptest.Text("a note"))
	toMe.Info.IsFromMe, toMe.Info.Sender, toMe.Info.Chat = true, whatsapptest.Own.ToNonAD(), whatsapptest.Own.ToNonAD()
	status := whatsapptest.Direct("11", whatsapptest.Text("a status"))
	status.Info.Chat = types.StatusBroadcastJID
	list := whatsapptest.Direct("12", whatsapptest.Text("to a list"))
	list.Info.Chat, list.Info.IsGroup = types.NewJID("17", types.BroadcastServer), true
	news := whatsapptest.Direct("13", whatsapptest.Text("news"))
	news.Info.Chat = types.NewJID("17", types.NewsletterServer)
	hidden := whatsapptest.Direct("14", whatsapptest.Text("hidden"))
	hidden.Info.Chat, hidden.Info.Sender = types.NewJID("100000000000009", types.HiddenUserServer), types.NewJID("100000000000009", types.HiddenUserServer)
	edited := whatsapptest.Direct("15", &waE2E.Message{EditedMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), Key: &waCommon.MessageKey{ID: proto.String("A")}, EditedMessage: whatsapptest.Text("edited")}}}})
	const dm, team = "agent:main:whatsapp:dm:" + ann, "agent:main:whatsapp:group:120363000000000001@g.us"
	for k, c := range []struct {
		say           *events.Message
		session, text string // "": it is none of the agent's business
	}{
		{whatsapptest.Direct("1", whatsapptest.Text(" plain ")), dm, "plain"},
		{whatsapptest.Direct("2", whatsapptest.Extended("why?", quoting(whatsapptest.Own, whatsapptest.Text("because")))), dm, "[in reply to you: because]\nwhy?"},
		{whatsapptest.Direct("3", whatsapptest.Extended("who?", quoting(other, &waE2E.Message{ImageMessage: &waE2E.ImageMessage{}}))), dm, "[in reply to +491700000003: picture]\nwho?"},
		{whatsapptest.Direct("4", &waE2E.Message{EphemeralMessage: &waE2E.FutureProofMessage{Message: whatsapptest.Text("vanishing")}}), dm, "vanishing"},
		{whatsapptest.Direct("5", &waE2E.Message{LocationMessage: &waE2E.LocationMessage{DegreesLatitude: proto.Float64(52.5), DegreesLongitude: proto.Float64(13.4), Name: proto.String("Office")}}), dm, "[location: 52.500000, 13.400000, Office]"},
		{whatsapptest.Direct("6", &waE2E.Message{ContactMessage: &waE2E.ContactMessage{DisplayName: proto.String("Bob"), Vcard: proto.String("BEGIN:VCARD\nFN:Bob\nitem1.TEL;waid=49:+49 1\nEND:VCARD")}}), dm, "[contact: Bob, +49 1]"},
		{whatsapptest.Direct("7", &waE2E.Message{PollCreationMessageV3: &waE2E.PollCreationMessage{Name: proto.String("Lunch?"), Options: []*waE2E.PollCreationMessage_Option{{OptionName: proto.String("yes")}}}}), dm, "[poll: Lunch?]\n- yes"},
		{whatsapptest.Direct("8", &waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Text: proto.String("👍")}}), "", ""},
		{fromMe, "", ""},
		{toMe, "agent:main:whatsapp:dm:+491700000001", "a note"},
		{status, "", ""},
		{list, dm, "to a list"},
		{news, "", ""},
		{hidden, "agent:main:whatsapp:dm:100000000000009@lid", "hidden"},
		{edited, dm, "edited"},
		{whatsapptest.Grouped("16", whatsapptest.Text("all")), team, "Ann: all"},
		{whatsapptest.Grouped("17", whatsapptest.Extended("@"+whatsapptest.OwnLID.User+" you", named)), team, "Ann: you"},
		{whatsapptest.Direct("18", &waE2E.Message{AudioMessage: &waE2E.AudioMessage{PTT: proto.Bool(true), Mimetype: proto.String("audio/ogg; codecs=opus")}}), dm, "[voice message, which you cannot see]"},
		{whatsapptest.Direct("19", &waE2E.Message{DocumentWithCaptionMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{Caption: proto.String("read this"), FileName: proto.String("a.pdf"), Mimetype: proto.String("application/pdf")}}}}), dm, "read this\n[document a.pdf, which you cannot see]"},
		{whatsapptest.Vote("20", "nobody's poll", "yes"), "", ""},
	} {
		before := len(r.requests())
		r.wa.Say(c.say)
		if c.session == "" {
			// Messages are taken one after the other: this one comes behind it.
			r.wa.Say(whatsapptest.Direct(fmt.Sprintf("next%d", k), whatsapptest.Text("next")))
			c.session, c.text = dm, "next"
		}
		r.until("taken", func() bool { return len(r.requests()) > before })
		if q := r.requests()[before]; q.Session != c.session || q.Message != c.text || len(r.requests()) != before+1 {
			t.Errorf("%d: %q in %s, want %q in %s", k+1, q.Message, q.Session, c.text, c.session)
		}
	}
	r.until("all answered", func() bool { return len(r.wa.Sent()) == len(r.requests()) })
}

func TestAnUnknownSenderIsToldACode(t *testing.T) {
	r := newLinked(t, "")
	r.wa.Say(whatsapptest.Direct("1", whatsapptest.Text("let me in")))
	r.until("told", func() bool { return len(r.wa.Sent()) == 1 })
	if text := r.wa.Sent()[0].Message.GetConversation(); !strings.Contains(text, "Your code: `") || len(r.requests()) != 0 {
		t.Errorf("%q, %d requests", text, len(r.requests()))
	}
}

// In groups only who names the account, or replies to it, is heard.
func TestMentionsInGroups(t *testing.T) {
	r := newLinked(t, `"access":{"groups":{"120363000000000001@g.us":{"allowFrom":["`+ann+`"]}}}`)
	r.wa.Say(whatsapptest.Grouped("1", whatsapptest.Text("not to you")))
	r.wa.Say(whatsapptest.Grouped("2", whatsapptest.Extended("but this", &waE2E.ContextInfo{StanzaID: proto.String("X"), Participant: proto.String(whatsapptest.Own.ToNonAD().String()), QuotedMessage: whatsapptest.Text("mine")})))
	r.until("answered", func() bool { return len(r.wa.Sent()) == 1 })
	s := r.wa.Sent()[0]
	info := s.Message.GetExtendedTextMessage().GetContextInfo()
	if s.To != whatsapptest.Team || info.GetStanzaID() != "2" || info.GetParticipant() != whatsapptest.AnnLID.String() || info.GetQuotedMessage().GetConversation() != "but this" {
		t.Errorf("%+v", s)
	}
	if q := r.requests(); len(q) != 1 || q[0].Message != "[in reply to you: mine]\nAnn: but this" {
		t.Errorf("%+v", q)
	}
}

var png = []byte("\x89PNG\r\n\x1a\n and more")

func TestPicturesComeIn(t *testing.T) {
	r := newLinked(t, open)
	picture := r.wa.File(png, "image/png")
	picture.Caption = proto.String("look")
	r.wa.Say(whatsapptest.Direct("1", &waE2E.Message{ImageMessage: picture}))
	r.wa.Say(whatsapptest.Direct("2", &waE2E.Message{ImageMessage: &waE2E.ImageMessage{Mimetype: proto.String("image/png"), DirectPath: proto.String("/gone")}}))
	r.until("taken", func() bool { return len(r.requests()) == 2 })
	q := r.requests()
	if len(q[0].Images) != 1 || !bytes.Equal(q[0].Images[0].Data, png) || q[0].Message != "look" {
		t.Errorf("%+v", q[0])
	}
	if len(q[1].Images) != 0 || q[1].Message != "[picture, which could not be fetched]" {
		t.Errorf("%+v", q[1])
	}
}

func TestSend(t *testing.T) {
	r := newLinked(t, "")
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/a.pdf" {
			w.Header().Set("Content-Type", "application/pdf")
			fmt.Fprint(w, "%PDF-1.7")
			return
		}
		_, _ = w.Write(png)
	}))
	defer files.Close()
	got, err := r.send("1", "491700000002@s.whatsapp.net", "**bold** and [a link](https://example.com)")
	if err != nil || got.ToJID.V != "491700000002@s.whatsapp.net" || got.MessageID != r.wa.Sent()[0].ID {
		t.Fatalf("%+v, %v", got, err)
	}
	again, err := r.send("1", "491700000002@s.whatsapp.net", "**bold** and [a link](https://example.com)")
	if err != nil || again.MessageID != got.MessageID {
		t.Errorf("a repeat: %+v, %v", again, err)
	}
	if _, err := r.send("2", "120363000000000001@g.us", "caption", files.URL+"/a.png", files.URL+"/a.pdf"); err != nil {
		t.Fatal(err)
	}
	sent := r.wa.Sent()
	if len(sent) != 3 || sent[0].Message.GetConversation() != "*bold* and a link (https://example.com)" {
		t.Fatalf("%+v", sent)
	}
	if p := sent[1].Message.GetImageMessage(); sent[1].To != whatsapptest.Team || p.GetCaption() != "caption" || p.GetMimetype() != "image/png" || !bytes.Equal(r.wa.Stored(p.GetDirectPath()), png) {
		t.Errorf("%+v", sent[1])
	}
	if d := sent[2].Message.GetDocumentMessage(); d.GetFileName() != "a.pdf" || d.GetMimetype() != "application/pdf" || d.Caption != nil {
		t.Errorf("%+v", sent[2])
	}
	for _, to := range []string{"Ann", "12", "x@example.com", "status@broadcast", "a@g.us", ""} {
		_, err := r.send("bad "+to, to, "hello")
		refusal(t, err, protocol.CodeInvalidRequest, "Delivering to WhatsApp requires target <E.164|group JID>")
	}
	if _, err := r.send("3", "whatsapp:+49 170 000-0002", "hello"); err != nil || r.wa.Sent()[3].To != whatsapptest.Ann {
		t.Error(err)
	}
}

func TestPolls(t *testing.T) {
	r := newLinked(t, open)
	poll := func(key string, choices int64, options ...string) (*protocol.PollResult, error) {
		return r.Poll(t.Context(), &protocol.PollParams{To: ann, Question: "Lunch?", Options: options, MaxSelections: wire.Some(choices), IdempotencyKey: protocol.IdempotencyKey(key)})
	}
	// Its first try is not confirmed, and arrived.
	r.wa.Fail(func(try int) (before, after error) {
		if try == 1 {
			return nil, whatsmeow.ErrMessageTimedOut
		}
		return nil, nil
	})
	got, err := poll("1", 1, "yes", "no")
	if err != nil || got.PollID.V != got.MessageID {
		t.Fatalf("%+v, %v", got, err)
	}
	s := r.wa.Sent()
	p := s[0].Message.GetPollCreationMessageV3()
	if len(s) != 1 || s[0].Times != 2 || p.GetName() != "Lunch?" || p.GetSelectableOptionsCount() != 1 || len(p.GetOptions()) != 2 || len(s[0].Message.GetMessageContextInfo().GetMessageSecret()) != 32 {
		t.Errorf("%+v", s)
	}
	if _, err := poll("2", 2, "a", "b", "c"); err != nil || r.wa.Sent()[1].Message.GetPollCreationMessage().GetSelectableOptionsCount() != 2 {
		t.Errorf("%+v, %v", r.wa.Sent()[1], err)
	}
	if _, err := poll("3", 2, "a", "b"); err != nil || r.wa.Sent()[2].Message.GetPollCreationMessage().GetSelectableOptionsCount() != 0 {
		t.Errorf("%+v, %v", r.wa.Sent()[2], err)
	}
	_, err = poll("4", 1, "a", "a")
	refusal(t, err, protocol.CodeUnavailable, `the option "a" is there twice`)
	_, err = poll("5", 1, "a", strings.Repeat("b", 101))
	refusal(t, err, protocol.CodeUnavailable, "at most 100 characters")

	for k, c := range []struct {
		chosen []string
		want   string
	}{{[]string{"yes"}, `[voted in the poll "Lunch?": "yes"]`}, {nil, `[took back the vote in the poll "Lunch?"]`}} {
		r.wa.Say(whatsapptest.Vote(fmt.Sprint("v", k), got.MessageID, c.chosen...))
		r.until("taken", func() bool { return len(r.requests()) == k+1 })
		if q := r.requests()[k]; q.Message != c.want {
			t.Errorf("%q, want %q", q.Message, c.want)
		}
	}
}

func TestWhatBecomesOfMessages(t *testing.T) {
	server := func(code int) error { return fmt.Errorf("%w %d", whatsmeow.ErrServerReturnedError, code) }
	for _, c := range []struct {
		name          string
		before, after error // of the first try
		tries         int   // that arrived
		refused       string
	}{
		{"lost", &whatsmeow.DisconnectedError{Action: "message send"}, nil, 1, ""},
		{"answer lost", nil, whatsmeow.ErrMessageTimedOut, 2, ""},
		{"busy", server(503), nil, 1, ""},
		{"stanza refused", server(479), nil, 0, "server returned error 479"},
		{"not in the group", whatsmeow.ErrNotInGroup, nil, 0, "not participating"},
		{"too many", server(429), nil, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newLinked(t, "")
				r.wa.Fail(func(try int) (before, after error) {
					if try > 1 {
						return nil, nil
					}
					return c.before, c.after
				})
				began := time.Now()
				_, err := r.send("1", ann, "hello")
				if c.name == "too many" {
					// The caller is told to come again; the message is sent all the same.
					refusal(t, err, protocol.CodeUnavailable, "stays in the outbox")
					_, err = r.send("1", ann, "hello")
					if took := time.Since(began); took < time.Minute {
						t.Errorf("WhatsApp was left alone for %s only", took)
					}
				}
				if c.refused != "" {
					refusal(t, err, protocol.CodeUnavailable, c.refused)
				} else if err != nil {
					t.Error(err)
				}
				sent := r.wa.Sent()
				if arrived := len(sent); arrived > 1 || arrived == 1 && sent[0].Times != c.tries || arrived == 0 && c.tries > 0 {
					t.Errorf("%+v", sent)
				}
				r.Close()
				_ = r.store.Close()
			})
		})
	}
}

// A receipt tells that a message has arrived whose confirmation was lost.
func TestReceiptsConfirm(t *testing.T) {
	r := newLinked(t, "")
	r.wa.Fail(func(try int) (before, after error) {
		if try > 1 {
			t.Error("a message was sent again that has arrived")
		}
		return nil, errors.New("the connection broke")
	})
	done := make(chan error, 1)
	go func() {
		_, err := r.send("1", ann, "hello")
		done <- err
	}()
	r.until("arrived", func() bool { return len(r.wa.Sent()) == 1 })
	r.wa.Tell(&events.Receipt{MessageSource: types.MessageSource{Chat: whatsapptest.Ann, Sender: whatsapptest.Ann}, MessageIDs: []string{r.wa.Sent()[0].ID}, Type: types.ReceiptTypeDelivered})
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTheEndOfAnAccount(t *testing.T) {
	for _, c := range []struct {
		event      any
		stopped    string // "": it is begun again
		says       string
		stayLinked bool
	}{
		{&events.LoggedOut{}, "logged out", "the phone has removed this device", false},
		{&events.LoggedOut{OnConnect: true, Reason: events.ConnectFailureMainDeviceGone}, "logged out", "403", false},
		{&events.LoggedOut{OnConnect: true, Reason: events.ConnectFailureUnknownLogout}, "banned", "406", false},
		{&events.TemporaryBan{Code: events.TempBanBlockedByUsers, Expire: time.Hour}, "banned", "too many people blocked you", true},
		{&events.StreamReplaced{}, "replaced", "another program", true},
		{&events.ClientOutdated{}, "outdated", "update the gateway", true},
		{&events.Disconnected{}, "", "", true},
		{&events.StreamError{Code: "503"}, "", "", true},
		{&events.ConnectFailure{Reason: events.ConnectFailureGeneric}, "", "", true},
		{&events.ManualLoginReconnect{}, "", "", true},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newLinked(t, "")
			r.wa.Tell(c.event)
			time.Sleep(10 * time.Minute)
			a := string(r.account().AppendJSON(nil))
			if c.stopped == "" {
				if !r.account().Connected.V || r.wa.Dials() != 3 {
					t.Errorf("%T: %d connections, %s", c.event, r.wa.Dials(), a)
				}
			} else {
				if !strings.Contains(a, `"stopped":"`+c.stopped+`"`) || !strings.Contains(a, c.says) || r.wa.Dials() != 2 || r.wa.Open() != 0 {
					t.Errorf("%T: %d connections, %s", c.event, r.wa.Dials(), a)
				}
				_, err := r.send("1", ann, "hello")
				refusal(t, err, protocol.CodeNotLinked, c.says)
				s, err := r.WebLoginStart(t.Context(), &protocol.WebLoginStartParams{})
				if err != nil || s.Code.Set == c.stayLinked {
					t.Errorf("%T: %+v, %v", c.event, s, err)
				}
			}
			r.Close()
			time.Sleep(4 * time.Minute) // of the login that was begun
			_ = r.store.Close()
		})
	}
}

// A connection that is open and says nothing is seen within a minute, and made
// anew.
func TestASilentConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newLinked(t, "")
		time.Sleep(time.Hour)
		if !r.account().Connected.V || r.wa.Dials() != 2 {
			t.Fatalf("%d connections in an hour without faults", r.wa.Dials())
		}
		r.wa.Silence(true)
		began := time.Now()
		for r.account().Connected.V {
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("seen after %s only", took)
		}
		r.wa.Silence(false)
		time.Sleep(2 * time.Minute)
		if !r.account().Connected.V || r.wa.Open() != 1 {
			t.Errorf("%s", r.account().AppendJSON(nil))
		}
		r.Close()
		_ = r.store.Close()
	})
}

// The login is there after a restart, and what waits is sent then.
func TestRestart(t *testing.T) {
	r := newLinked(t, "")
	r.wa.Fail(func(int) (before, after error) { return whatsmeow.ErrNotConnected, nil })
	go func() { _, _ = r.send("1", ann, "hello") }()
	r.until("tried", func() bool { return strings.Contains(r.logged(), "could not be sent yet") })
	r.Close()
	r.wa.Fail(nil)
	r.start("")
	r.until("sent", func() bool { return len(r.wa.Sent()) == 1 })
	if r.wa.Dials() != 3 {
		t.Errorf("%d connections", r.wa.Dials())
	}
}
