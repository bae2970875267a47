package tools

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// messenger notes what it is to send.
type messenger struct {
	sent  []*protocol.SendParams
	asked []*protocol.PollParams
}

func (*messenger) ChannelsStatus(context.Context, *protocol.ChannelsStatusParams) (*protocol.ChannelsStatusResult, error) {
	return &protocol.ChannelsStatusResult{ChannelOrder: []string{"telegram", "slack"}, ChannelAccounts: map[string][]protocol.ChannelAccount{
		"telegram": {{AccountID: "default", Name: wire.Some("Family"), Connected: wire.Some(true)}}, "slack": {},
	}}, nil
}

func (m *messenger) Send(_ context.Context, p *protocol.SendParams) (*protocol.SendResult, error) {
	if p.Channel.V == "slack" {
		return nil, protocol.Errorf(protocol.CodeNotLinked, "Slack is not linked")
	}
	m.sent = append(m.sent, p)
	return &protocol.SendResult{RunID: p.IdempotencyKey, MessageID: "7", Channel: p.Channel.V}, nil
}

func (m *messenger) Poll(_ context.Context, p *protocol.PollParams) (*protocol.PollResult, error) {
	m.asked = append(m.asked, p)
	return &protocol.PollResult{RunID: p.IdempotencyKey, MessageID: "8", Channel: p.Channel.V}, nil
}

func TestChannelTools(t *testing.T) {
	m := &messenger{}
	box := New(Options{Own: ChannelTools(m), Config: func() *protocol.ToolsConfig {
		return &protocol.ToolsConfig{Sources: wire.Some(protocol.ToolSourcesConfig{})}
	}})
	who := caller(agent.FromOperator, "operator.write")
	ask := func(tool, args string) (string, error) {
		out, err := box.Call(t.Context(), who, llm.ToolCall{ID: "c1", Name: tool, Arguments: json.RawMessage(args)})
		if err != nil {
			return "", err
		}
		return out.Text, nil
	}
	if out, err := ask("channels_list", `{}`); err != nil || out != `[{"channel":"telegram","accountId":"default","name":"Family","connected":true}]` {
		t.Errorf("%q %v", out, err)
	}
	for range 2 { // a run that was interrupted asks again
		if out, err := ask("channel_send", `{"channel":"telegram","to":"123","message":"Dinner","mediaUrls":["https://example.com/a.png"]}`); err != nil || !strings.Contains(out, `"messageId":"7"`) {
			t.Fatalf("%q %v", out, err)
		}
	}
	if a, b := m.sent[0], m.sent[1]; a.IdempotencyKey != b.IdempotencyKey || a.IdempotencyKey != who.RunID+"/c1" || a.To != "123" || a.Message != "Dinner" || len(a.MediaURLs) != 1 {
		t.Errorf("%+v, then %+v", a, b)
	}
	if _, err := ask("channel_poll", `{"channel":"telegram","to":"123","question":"When?","options":["six","seven"],"maxSelections":2}`); err != nil || len(m.asked) != 1 || m.asked[0].MaxSelections.V != 2 {
		t.Errorf("%+v %v", m.asked, err)
	}
	for _, c := range []struct{ tool, args, want string }{
		{"channel_send", `{"channel":"slack","to":"C1","message":"x"}`, "not linked"},
		{"channel_send", `{"channel":"telegram","message":"x"}`, "invalid send params: must have required property 'to'"},
		{"channel_send", `{"channel":"telegram","to":"1","message":"x","colour":1}`, "unexpected property 'colour'"},
		{"channel_poll", `{"channel":"telegram","to":"1","question":"q","options":["one"]}`, "invalid poll params: at /options"},
		{"channels_list", `{"x":1}`, "the arguments are not right"},
	} {
		if _, err := ask(c.tool, c.args); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v", c.tool, c.args, err)
		}
	}
	who = caller(agent.FromOperator, "operator.read")
	if _, err := ask("channel_send", `{"channel":"telegram","to":"1","message":"x"}`); err == nil || len(m.sent) != 2 {
		t.Errorf("whoever may only read sends: %v", err)
	}
}
