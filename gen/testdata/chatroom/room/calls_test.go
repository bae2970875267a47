package room_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/testdata/chatroom/room"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// club serves both groups.
type club struct{ room.UnimplementedTalk }

func (club) Say(_ context.Context, p *room.SayParams, accept func(*room.SayAccepted)) (*room.SayResult, error) {
	accept(&room.SayAccepted{Place: 3})
	switch p.Text {
	case "closed":
		e := room.Errorf(room.CodeClosed, "room %s is closed", p.Room)
		e.Payload = &room.SayFailure{Kept: true}
		return nil, e
	case "nothing":
		return nil, nil
	}
	return &room.SayResult{Comment: room.Comment{ID: p.Key, At: "now", Text: p.Text}}, nil
}

func (club) History(context.Context, *room.HistoryParams) ([]room.Comment, error) {
	return nil, nil
}

func (club) Topic(_ context.Context, p *room.TopicParams) (*room.TopicResult, error) {
	topic, set := p.Topic.Get()
	if !set {
		return nil, nil
	}
	return &room.TopicResult{Topic: topic}, nil
}

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		name  string
		want  room.MethodID
		alias bool
	}{
		{"say", room.MethodSay, false}, {"speak", room.MethodSay, true}, {"rooms.topic", room.MethodTopic, false},
		{"Say", room.MethodUnknown, false}, {"", room.MethodUnknown, false},
	} {
		if got, alias := room.LookupMethod(c.name); got != c.want || alias != c.alias {
			t.Errorf("LookupMethod(%q) = %v, %v", c.name, got, alias)
		}
	}
	if room.LookupEvent("room.deed") != room.EventRoomDeed || room.LookupEvent("room.did") != room.EventUnknown {
		t.Error("LookupEvent")
	}
	if room.MethodUnknown.Info() != nil || room.MethodUnknown.String() != "unknown" {
		t.Error("an unknown method has no info")
	}
	say := room.MethodSay.Info()
	if say.KeyMember != "key" || !say.Retryable || !say.Early || say.WaitMember != "patience" || !say.Writes || len(say.FinalIn) != 1 {
		t.Errorf("say: %+v", say)
	}
	if name := room.MethodSay.NameIn(room.DialectCanonical); name != "say" {
		t.Errorf("say is advertised as %s", name)
	}
}

func TestAccess(t *testing.T) {
	grants := map[string]room.Grant{
		"visitor": room.GrantOf(room.RoleVisitor, []string{"room.keep"}),
		"mute":    room.GrantOf(room.RoleMember, nil),
		"reader":  room.GrantOf(room.RoleMember, []string{"room.read", "room.fly"}),
		"poster":  room.GrantOf(room.RoleMember, []string{"room.post"}),
		"keeper":  room.GrantOf(room.RoleMember, []string{"room.keep"}),
	}
	for _, c := range []struct {
		who    string
		method room.MethodID
		want   string
	}{
		{"visitor", room.MethodHistory, ""},
		{"visitor", room.MethodSay, "unauthorized role: visitor"},
		{"visitor", room.MethodUnknown, "unauthorized role: visitor"},
		{"mute", room.MethodHistory, "missing scope: room.read"},
		{"reader", room.MethodHistory, ""},
		{"reader", room.MethodSay, "missing scope: room.post"},
		{"poster", room.MethodHistory, ""},
		{"poster", room.MethodTopic, "missing scope: room.keep"},
		{"keeper", room.MethodSay, ""},
		{"keeper", room.MethodUnknown, ""},
		{"keeper", room.MethodUnknown + 7, ""},
		{"poster", room.MethodUnknown, "missing scope: room.keep"},
	} {
		got := ""
		if d := room.AllowMethod(c.method, grants[c.who]); d != nil {
			got = d.Error()
		}
		if got != c.want {
			t.Errorf("%s calls %v: %q, want %q", c.who, c.method, got, c.want)
		}
	}
	if !room.AllowEvent(room.EventRoomDeed, grants["visitor"]) || room.AllowEvent(room.EventRoomDeed, grants["mute"]) || room.AllowEvent(room.EventUnknown, grants["keeper"]) {
		t.Error("AllowEvent")
	}
}

func TestCall(t *testing.T) {
	h := &room.Handlers{Talk: club{}, Rooms: club{}}
	call := func(h *room.Handlers, method room.MethodID, params string) (early, result string, err error) {
		t.Helper()
		p, refusal := room.DecodeAliasParams(method, []byte(params), wire.Strict)
		if refusal != nil {
			t.Fatal(refusal)
		}
		out, err := h.Call(context.Background(), method, p, []byte("> "), func(b []byte) { early = string(b) })
		return early, string(out), err
	}
	early, result, err := call(h, room.MethodSay, `{"room":"hall","key":"k","text":"hi"}`)
	if early != `{"place":3}` || result != `> {"comment":{"id":"k","at":"now","by":null,"text":"hi","best":null}}` || err != nil {
		t.Errorf("say: %s, %s, %v", early, result, err)
	}
	early, result, err = call(h, room.MethodSay, `{"room":"hall","key":"k","text":"closed"}`)
	var e *room.Error
	if early == "" || result != "> " || !errors.As(err, &e) || e.Code != room.CodeClosed || string(e.Payload.AppendJSON(nil)) != `{"kept":true}` || room.Retryable(e.Code) {
		t.Errorf("say into a closed room: %s, %s, %v", early, result, err)
	}
	if _, _, err = call(h, room.MethodSay, `{"room":"hall","key":"k","text":"nothing"}`); err == nil || !strings.Contains(err.Error(), "say gave no result") {
		t.Errorf("a handler without result: %v", err)
	}
	if _, result, err = call(h, room.MethodHistory, `{"room":"hall"}`); result != "> []" || err != nil {
		t.Errorf("history: %s, %v", result, err)
	}
	if _, result, err = call(h, room.MethodTopic, `null`); result != "> null" || err != nil {
		t.Errorf("topic: %s, %v", result, err)
	}
	if _, result, err = call(h, room.MethodTopic, `{"topic":"cats"}`); result != `> {"topic":"cats"}` || err != nil {
		t.Errorf("topic: %s, %v", result, err)
	}
	if _, _, err = call(&room.Handlers{Talk: club{}}, room.MethodTopic, `{}`); !errors.As(err, &e) || e.Code != room.CodeLater {
		t.Errorf("a group that is not offered: %v", err)
	}
	if _, err = h.Call(context.Background(), room.MethodSay, &room.TopicParams{}, nil, nil); err == nil {
		t.Error("params of another method are taken")
	}
	if _, err = h.Call(context.Background(), room.MethodUnknown, nil, nil, nil); err == nil {
		t.Error("an unknown method is called")
	}
	if got := (&room.Handlers{Rooms: club{}}).Methods(room.DialectCanonical); strings.Join(got, " ") != "rooms.history rooms.topic" {
		t.Errorf("offered: %s", got)
	}
}

func TestDefaults(t *testing.T) {
	var p room.SayParams
	if err := p.DecodeAlias([]byte(`{"room":"hall","key":"k","text":"hi","aloud":false}`), wire.Strict); err != nil {
		t.Fatal(err)
	}
	if p.Mood.V != room.MoodCalm || p.Patience.V != 1000 || p.Volume.V != 0.5 || p.Signature.V != "—" || p.Language.V != room.SayParamsLanguageEn || p.Mood.Set {
		t.Errorf("defaults: %+v", p)
	}
	if p.Aloud.V || !p.Aloud.Set {
		t.Error("a default took the place of what was sent")
	}
	if got := string(p.AppendJSON(nil)); got != `{"room":"hall","key":"k","text":"hi","aloud":false}` {
		t.Errorf("defaults are written: %s", got)
	}
}

func TestLenient(t *testing.T) {
	var c room.Comment
	text := `{"id":7,"at":"x"}`
	if err := c.DecodeAlias([]byte(text), wire.Lenient); err == nil {
		t.Error("a wrong kind is accepted")
	}
	text = `{"id":"not a uuid","at":null,"new":[{}],"likes":{"a":{"weight":99,"mood":5}},"blocks":[{"kind":"rule"}]}`
	if err := c.DecodeAlias([]byte(text), wire.Lenient); err != nil || c.ID != "not a uuid" || c.At != "" || c.Likes["a"].Weight != 99 {
		t.Errorf("%v %+v", err, c)
	}
	if err := c.DecodeAlias([]byte(text), wire.Strict); err == nil {
		t.Error("strict mode accepts it too")
	}
	deed, err := room.DecodeAliasDeed([]byte(`{"deed":"dance","steps":[1]}`), wire.Lenient)
	if u, ok := deed.(*room.UnknownDeed); err != nil || !ok || u.Deed != "dance" || u.Extra.Get("steps").String() != "[1]" {
		t.Errorf("%v %+v", err, deed)
	}
	if _, err := room.DecodeAliasBlock([]byte(`{"kind":"table"}`), wire.Lenient); err == nil {
		t.Error("a closed union takes any tag")
	}
}

func TestRequest(t *testing.T) {
	poster := room.GrantOf(room.RoleMember, []string{"room.post"})
	var q room.Request
	decode := func(text string) error { return q.DecodeAlias([]byte(text), poster) }
	good := `{"room":"hall","key":"k","text":"hi"}`
	for _, text := range []string{
		`{"sort":"call","ref":"1","do":"say","with":` + good + `}`,
		`{"with":` + good + `,"do":"speak","ref":"1","sort":"call"}`,
	} {
		if err := decode(text); err != nil || q.Method != room.MethodSay || q.Denied != nil || q.Frame.Ref != "1" || string(q.Params.AppendJSON(nil)) != good {
			t.Errorf("%s: %v %+v", text, err, q)
		}
	}
	if err := decode(`{"sort":"call","ref":"1","do":"rooms.topic","with":5}`); err != nil || q.Denied == nil || q.Params != nil {
		t.Errorf("denied: %v %+v", err, q)
	}
	if err := decode(`{"sort":"call","ref":"1","do":"fly"}`); err != nil || q.Method != room.MethodUnknown || q.Denied == nil {
		t.Errorf("unknown: %v %+v", err, q)
	}
	var fault *room.FrameError
	if err := decode(`{"sort":"call","ref":"9","do":"say","by":"me"}`); !errors.As(err, &fault) || fault.ID != "9" {
		t.Errorf("bad envelope: %v", err)
	}
	if err := decode(`{"sort":"cry","ref":"","do":"say"}`); !errors.As(err, &fault) || fault.ID != wire.InvalidID {
		t.Errorf("bad envelope without id: %v", err)
	}
	var e *room.Error
	err := decode(`{"sort":"call","ref":"1","do":"say","with":{"room":"Hall"}}`)
	if !errors.As(err, &e) || e.Code != room.CodeMalformed || !strings.HasPrefix(e.Message, "invalid say params: ") {
		t.Errorf("bad params: %v", err)
	}
	var details struct{ Issues []struct{ Path, Rule string } }
	if err := json.Unmarshal(e.Details.AppendJSON(nil), &details); err != nil || len(details.Issues) != 3 || details.Issues[2].Path != "/room" {
		t.Errorf("details: %v %+v", err, details)
	}
}

func TestEvent(t *testing.T) {
	deed, err := room.UnmarshalDeed([]byte(`{"deed":"enter"}`))
	if err != nil {
		t.Fatal(err)
	}
	e := room.NewEventRoomDeed(&room.RoomDeed{Room: "hall", Who: wire.Some("ada"), Phase: room.RoomDeedPhaseTyping, Deed: deed})
	if e.Delivery() != room.DeliverLatest || e.LatestKey() != "hall\x00ada" {
		t.Errorf("%v %q", e.Delivery(), e.LatestKey())
	}
	if got := string(e.PayloadIn(room.DialectCanonical, nil).AppendJSON(nil)); got != `{"room":"hall","who":"ada","phase":"typing","deed":{"deed":"enter"}}` {
		t.Error(got)
	}
	rumour := room.NewEventRoomDeed(&room.RoomDeed{Phase: room.RoomDeedPhaseRumour})
	done := room.NewEventRoomDeed(&room.RoomDeed{Phase: room.RoomDeedPhaseDone})
	if rumour.Delivery() != room.DeliverDropIfSlow || done.Delivery() != room.DeliverOrdered {
		t.Error("delivery by phase")
	}
	info := room.EventRoomDeed.Info()
	if !info.Broadcast || !info.Peer || info.Adapted || room.EventUnknown.Info() != nil {
		t.Errorf("%+v", info)
	}
	p, err := room.DecodeAliasPayload(room.EventRoomDeed, room.DialectCanonical, []byte(`{"room":"hall","phase":"done","deed":{"deed":"wave"}}`), wire.Strict)
	if err != nil || p.(*room.RoomDeed).Deed.(*room.UnknownDeed).Deed != "wave" {
		t.Errorf("%v %v", p, err)
	}
}

// clock makes seconds of minutes.
type clock struct{}

func (clock) AdaptTopicParams(from room.Dialect, p *room.TopicParams) error {
	if from != room.DialectCanonical || p.Minutes.V > 60 {
		return errors.New("too long")
	}
	p.Seconds = wire.Some(p.Minutes.V * 60)
	return nil
}

func TestAdapter(t *testing.T) {
	p := &room.TopicParams{Minutes: wire.Some(int64(2))}
	if err := room.AdaptParams(clock{}, room.DialectCanonical, room.MethodTopic, p); err != nil || p.Seconds.V != 120 {
		t.Errorf("%v %+v", err, p)
	}
	p.Minutes.V = 100
	if err := room.AdaptParams(clock{}, room.DialectCanonical, room.MethodTopic, p); err == nil {
		t.Error("the adapter's error is lost")
	}
	if err := room.AdaptParams(clock{}, room.DialectCanonical, room.MethodSay, &room.SayParams{}); err != nil {
		t.Error(err)
	}
}

// TestManyMembers: the bits of members beyond the 64th count like the others.
func TestManyMembers(t *testing.T) {
	base := `"optionAa":true,"optionGd":null,"optionGh":"x"`
	for _, c := range []struct{ text, want string }{
		{`{` + base + `,"optionGj":[1]}`, ""},
		{`{` + base + `,"optionAb":1,"optionGi":2.5}`, ""},
		{`{` + base + `,"optionAb":1}`, "anyOf"},
		{`{"optionAa":true,"optionGd":null,"optionGj":[]}`, "required"},
		{`{` + base + `,"optionGj":[1],"optionGh":"y"}`, "duplicate"},
		{`{` + base + `,"optionGj":[1],"optionGk":1}`, "additionalProperties"},
	} {
		var o room.Options
		rule := ""
		if err := o.UnmarshalJSON([]byte(c.text)); err != nil {
			rule = err.(wire.Issues)[0].Rule
		}
		if rule != c.want {
			t.Errorf("%s: %q, want %q", c.text, rule, c.want)
		}
	}
}
