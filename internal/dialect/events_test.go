package dialect_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/dialect"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func said(run, text, delta string, media ...string) protocol.Event {
	p := &protocol.AgentEventAssistant{RunID: run, Seq: 1, Ts: 1, Data: protocol.AgentAssistantData{Text: text, MediaURLs: media}}
	if delta != "" {
		p.Data.Delta = wire.Some(delta)
	}
	return protocol.NewEventAgent(p)
}

// Whatever is joined, increments still add up to the text that the last event
// holds.
func TestIncrementsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringN(1, 5, 20), 1, 10).Draw(t, "parts")
		text, got := "", ""
		var waiting *protocol.Event
		for k, part := range parts {
			text += part
			e := said("r", text, part)
			if waiting != nil {
				e, _ = dialect.Rules{}.Merge(*waiting, e)
			}
			waiting = &e
			if k == len(parts)-1 || rapid.Bool().Draw(t, "sent") {
				p := waiting.Payload.(*protocol.AgentEventAssistant)
				got += p.Data.Delta.V
				if got != p.Data.Text || got != text {
					t.Fatalf("increments give %q, the text is %q", got, p.Data.Text)
				}
				waiting = nil
			}
		}
	})
}

func TestMerge(t *testing.T) {
	for _, c := range []struct {
		name         string
		older, newer protocol.Event
		delta        wire.Opt[string]
		media        []string
		more         int
	}{
		{"increments", said("r", "a", "a"), said("r", "abc", "bc"), wire.Some("abc"), nil, 1},
		{"the older whole", said("r", "a", ""), said("r", "abc", "bc"), wire.Opt[string]{}, nil, 0},
		{"the newer whole", said("r", "a", "a"), said("r", "abc", ""), wire.Opt[string]{}, nil, 0},
		{"media", said("r", "a", "a", "u:1", "u:2"), said("r", "ab", "b", "u:2"), wire.Some("ab"), []string{"u:2", "u:1"}, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := string(c.older.Payload.AppendJSON(nil)) + string(c.newer.Payload.AppendJSON(nil))
			e, more := dialect.Rules{}.Merge(c.older, c.newer)
			p := e.Payload.(*protocol.AgentEventAssistant)
			if p.Data.Delta != c.delta || !slices.Equal(p.Data.MediaURLs, c.media) || more != c.more {
				t.Errorf("got %+v and %d more", p.Data, more)
			}
			if after := string(c.older.Payload.AppendJSON(nil)) + string(c.newer.Payload.AppendJSON(nil)); after != before {
				t.Errorf("merging changed its arguments: %s, before %s", after, before)
			}
		})
	}
}

// Only text grows; all else of a run is kept and keeps its place.
func TestForms(t *testing.T) {
	for _, c := range []struct {
		e           protocol.Event
		about, form string
	}{
		{said("r", "a", "a"), "r", "assistant"},
		{protocol.NewEventAgent(&protocol.AgentEventThinking{RunID: "r"}), "r", "thinking"},
		{protocol.NewEventAgent(&protocol.AgentEventTool{RunID: "r"}), "r", ""},
		{protocol.NewEventAgent(&protocol.AgentEventLifecycle{RunID: "r"}), "r", ""},
		{protocol.NewEventAgent(&protocol.AgentEventCompaction{RunID: "r"}), "r", ""},
		{protocol.NewEventAgent(&protocol.AgentEventError{RunID: "r"}), "r", ""},
		{protocol.NewEventAgent(&protocol.AgentEventFieldUnknown{RunID: "r"}), "r", ""},
		{protocol.NewEventTick(&protocol.Tick{}), "", ""},
	} {
		if about, form := (dialect.Rules{}).Form(c.e); about != c.about || form != c.form {
			t.Errorf("%T: %q %q", c.e.Payload, about, form)
		}
	}
}

func TestReasoningIsWithheldFromTheField(t *testing.T) {
	think := protocol.NewEventAgent(&protocol.AgentEventThinking{RunID: "r"})
	rules := dialect.Rules{}
	if !rules.Withheld(protocol.DialectField, think) || rules.Withheld(protocol.DialectCanonical, think) || rules.Withheld(protocol.DialectField, said("r", "a", "a")) {
		t.Error("the wrong events are withheld")
	}
}
