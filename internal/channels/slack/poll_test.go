package slack

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/slack/slacktest"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func (r *rig) poll(key string, choices, hours int64, options ...string) *protocol.PollResult {
	r.Helper()
	p := &protocol.PollParams{To: slacktest.General, Question: "Lunch <now>?", Options: options, MaxSelections: wire.Some(choices), Channel: wire.Some(protocol.ChannelID("slack")),
		IdempotencyKey: protocol.IdempotencyKey(key)}
	if hours > 0 {
		p.DurationHours = wire.Some(hours)
	}
	res, err := r.Poll(r.Context(), p)
	if err != nil {
		r.Fatal(err)
	}
	return res
}

// message gives a message of the bot's as it is now.
func (r *rig) message(ts string) slacktest.Message {
	r.Helper()
	list := r.api.From(slacktest.Bot)
	k := slices.IndexFunc(list, func(m slacktest.Message) bool { return m.TS == ts })
	if k < 0 {
		r.Fatalf("there is no message %s", ts)
	}
	return list[k]
}

func (r *rig) shows(ts string, texts ...string) {
	r.Helper()
	r.api.Await(r, "the poll shows "+strings.Join(texts, ", "), func() bool {
		m := r.message(ts)
		return !slices.ContainsFunc(texts, func(x string) bool { return !strings.Contains(string(m.Blocks), x) && !strings.Contains(m.Text, x) })
	})
}

func TestPoll(t *testing.T) { onBoth(t, open, testPoll) }

func testPoll(t *testing.T, r *rig) {
	r.connected()
	res := r.poll("p1", 1, 0, "Soup & bread", "Salad")
	ts := res.MessageID
	m := r.message(ts)
	if res.PollID.V != ts || res.ChannelID.V != slacktest.General || m.Buttons(t) != 2 || m.Text != "Poll: Lunch &lt;now&gt;?\n• Soup &amp; bread (0)\n• Salad (0)" {
		t.Errorf("%+v, %+v", res, m)
	}
	vote := func(user string, option int, at string) {
		t.Helper()
		id := r.api.Click(t, user, slacktest.General, ts, option, at)
		r.api.Await(t, "the click is acknowledged", func() bool { return r.api.Acked(id) == 1 })
	}
	vote(slacktest.Ada, 0, "1712345678.000100")
	vote(slacktest.Bob, 1, "1712345678.000200")
	r.shows(ts, "bread (1)", "Salad (1)", "2 voters", "50 %")
	vote(slacktest.Bob, 0, "1712345678.000300") // changes his mind
	r.shows(ts, "bread (2)", "Salad (0)", "2 voters")
	vote(slacktest.Bob, 1, "1712345678.000250") // comes late: it was before
	vote(slacktest.Bob, 0, "1712345678.000300") // comes twice: takes nothing back
	vote(slacktest.Ada, 0, "1712345679.000100") // takes it back
	r.shows(ts, "bread (1)", "Salad (0)", `1 voter"`)
	// A poll that nobody knows, and a click at what is no poll.
	x := r.api.Send("interactive", map[string]any{"type": "block_actions", "user": map[string]any{"id": slacktest.Bob}, "container": map[string]any{"channel_id": slacktest.General},
		"actions": []any{map[string]any{"action_id": actionPrefix + "0", "value": "gone", "action_ts": "1712345679.000100"}, map[string]any{"action_id": "other"}}})
	y := r.api.Send("interactive", map[string]any{"type": "view_submission", "user": "?"})
	r.api.Await(t, "the acknowledgements", func() bool { return r.api.Acked(x) == 1 && r.api.Acked(y) == 1 })
	r.hinted(slacktest.Bob, "This poll is over.")
}

func (r *rig) hinted(person, text string) {
	r.Helper()
	r.api.Await(r, "the hint "+text, func() bool {
		return slices.ContainsFunc(r.api.From(slacktest.Bot), func(m slacktest.Message) bool {
			return m.OnlyFor == person && strings.Contains(m.Text, text)
		})
	})
}

func TestPollOfSeveralChoices(t *testing.T) {
	r := newRig(t, open)
	r.connected()
	ts := r.poll("p1", 2, 3, "a", "b", "c").MessageID
	r.shows(ts, "up to 2 choices each", "open until")
	for k := range 3 {
		r.api.Click(t, slacktest.Ada, slacktest.General, ts, k, "")
	}
	r.hinted(slacktest.Ada, "at most 2 options")
	r.shows(ts, "a (1)", "b (1)", "c (0)", "1 voter ")
	r.api.Click(t, slacktest.Ada, slacktest.General, ts, 1, "")
	r.api.Click(t, slacktest.Ada, slacktest.General, ts, 2, "")
	r.shows(ts, "a (1)", "b (0)", "c (1)", "1 voter ")
}

// Votes outlive the process, come through while the message cannot be changed, and
// are shown later.
func TestPollIsDurable(t *testing.T) { onBoth(t, open, testPollIsDurable) }

func testPollIsDurable(t *testing.T, r *rig) {
	r.connected()
	ts := r.poll("p1", 1, 2, "a", "b").MessageID
	r.api.Fail("chat.update", slices.Repeat([]slacktest.Fault{{Status: 429, RetryAfter: "60"}}, 20)...)
	r.api.Click(t, slacktest.Ada, slacktest.General, ts, 0, "")
	r.api.Await(t, "an update is tried", func() bool { return r.api.Calls("chat.update") == 1 })
	r.api.Click(t, slacktest.Bob, slacktest.General, ts, 0, "")
	r.api.Click(t, slacktest.Bob, slacktest.General, ts, 0, "")
	r.quiet()
	r.Close()
	if n := r.api.Calls("chat.update"); n != 1 {
		t.Errorf("%d calls although Slack wants to be left alone", n)
	}
	if m := r.message(ts); strings.Contains(m.Text, "a (1)") {
		t.Errorf("%+v", m)
	}
	r.api.Heal("chat.update")
	r.start(open)
	r.shows(ts, "a (1)", "1 voter")

	// When it is closed, the buttons go away, once.
	err := r.store.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE slack_polls SET closes_at_ms = ?`, time.Now().UnixMilli())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	id := r.api.Click(t, slacktest.Bob, slacktest.General, ts, 1, "")
	r.api.Await(t, "the acknowledgement", func() bool { return r.api.Acked(id) == 1 })
	r.hinted(slacktest.Bob, "This poll is closed.")
	r.shows(ts, "a (1)", "b (0)", "1 voter · closed")
	m := r.message(ts)
	if m.Buttons(t) != 0 {
		t.Errorf("%d buttons", m.Buttons(t))
	}
	r.api.Await(t, "that it is closed is written down", func() (closed bool) {
		err := r.store.Read(t.Context(), func(q store.Querier) error {
			return q.QueryRowContext(t.Context(), `SELECT closed = 1 FROM slack_polls`).Scan(&closed)
		})
		return err == nil && closed
	})
	before := r.api.Calls("chat.update")
	r.Close()
	r.start(open)
	r.connected()
	r.poll("p2", 1, 0, "a", "b")
	if n := r.api.Calls("chat.update"); n != before {
		t.Errorf("%d updates of what is as it should be", n-before)
	}
}

func TestPollThatDoesNotFit(t *testing.T) {
	a := &account{}
	for _, p := range []channels.Poll{{Question: strings.Repeat("x", maxQuestion+1), Options: []string{"a", "b"}}, {Question: "x", Options: []string{"a", strings.Repeat("😀", maxOption/2+1)}}} {
		if _, err := a.Split(&channels.Message{Poll: &p}); err == nil {
			t.Errorf("%d characters were taken", len(p.Question))
		}
	}
}

func TestNewer(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"2.000001", "1.000002", true}, {"1.000002", "1.000001", true}, {"1.000001", "1.000001", false}, {"10.000000", "9.000000", true}, {"9.000000", "10.000000", false}, {"1.000001", "", true}} {
		if newer(c.a, c.b) != c.want {
			t.Errorf("%s, %s", c.a, c.b)
		}
	}
}
