package tools

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Channels are what the tools about messengers call.
type Channels interface {
	ChannelsStatus(ctx context.Context, p *protocol.ChannelsStatusParams) (*protocol.ChannelsStatusResult, error)
	Send(ctx context.Context, p *protocol.SendParams) (*protocol.SendResult, error)
	Poll(ctx context.Context, p *protocol.PollParams) (*protocol.PollResult, error)
}

const recipient = `"channel":{"type":"string","description":"Such as telegram; channels_list has them."},` +
	`"accountId":{"type":"string","description":"The account to send from; the channel's default by default."},` +
	`"to":{"type":"string","minLength":1,"description":"Whom to send to, as the channel names people and groups."},`

// ChannelTools are the tools about messengers.
func ChannelTools(c Channels) []Tool {
	t := channelTools{c}
	return []Tool{
		{Name: "channels_list", Needs: protocol.MethodChannelsStatus, Call: t.list,
			Description: "Lists the messengers that this gateway has, and their accounts.",
			Schema:      json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{}}`)},
		{Name: "channel_send", Needs: protocol.MethodSend, Call: t.send,
			Description: "Sends a message to a person or a group through a messenger. The answer to who writes to you is sent by itself: this is for others. When it is not known whether a message arrived, do not send it again.",
			Schema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["channel","to","message"],"properties":{` + recipient +
				`"message":{"type":"string","description":"Markdown."},` +
				`"mediaUrls":{"type":"array","maxItems":20,"items":{"type":"string"},"description":"Addresses of pictures and files to send along."}}}`)},
		{Name: "channel_poll", Needs: protocol.MethodPoll, Call: t.poll,
			Description: "Asks a person or a group a question with options through a messenger.",
			Schema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["channel","to","question","options"],"properties":{` + recipient +
				`"question":{"type":"string","minLength":1},"options":{"type":"array","minItems":2,"maxItems":12,"items":{"type":"string","minLength":1}},` +
				`"maxSelections":{"type":"integer","minimum":1,"maximum":12,"description":"How many options one may choose; 1 by default."}}}`)},
	}
}

type channelTools struct{ channels Channels }

func (t channelTools) list(ctx context.Context, _ *agent.Caller, args json.RawMessage) (*agent.ToolOutput, error) {
	if err := read(args, &struct{}{}); err != nil {
		return nil, err
	}
	found, err := t.channels.ChannelsStatus(ctx, &protocol.ChannelsStatusParams{})
	if err != nil {
		return nil, err
	}
	type row struct {
		Channel   string `json:"channel"`
		AccountID string `json:"accountId"`
		Name      string `json:"name,omitempty"`
		Connected bool   `json:"connected"`
	}
	rows := []row{}
	for _, id := range found.ChannelOrder {
		for _, a := range found.ChannelAccounts[id] {
			rows = append(rows, row{Channel: id, AccountID: a.AccountID, Name: a.Name.V, Connected: a.Connected.V})
		}
	}
	return asJSON(rows)
}

func (t channelTools) send(ctx context.Context, c *agent.Caller, args json.RawMessage) (*agent.ToolOutput, error) {
	p := &protocol.SendParams{}
	if err := keyed(ctx, c, protocol.MethodSend, args, p); err != nil {
		return nil, err
	}
	r, err := t.channels.Send(ctx, p)
	if err != nil {
		return nil, err
	}
	return &agent.ToolOutput{Text: string(r.AppendJSON(nil)), Meta: p.To}, nil
}

func (t channelTools) poll(ctx context.Context, c *agent.Caller, args json.RawMessage) (*agent.ToolOutput, error) {
	p := &protocol.PollParams{}
	if err := keyed(ctx, c, protocol.MethodPoll, args, p); err != nil {
		return nil, err
	}
	r, err := t.channels.Poll(ctx, p)
	if err != nil {
		return nil, err
	}
	return &agent.ToolOutput{Text: string(r.AppendJSON(nil)), Meta: p.To}, nil
}

// keyed reads a tool's arguments as a method's params, with a key that the call
// has for good: a run that goes on after a restart sends nothing twice.
func keyed(ctx context.Context, c *agent.Caller, m protocol.MethodID, args json.RawMessage, into interface {
	DecodeAlias(data []byte, mode wire.Mode) error
}) error {
	members := map[string]any{}
	if err := read(args, &members); err != nil {
		return err
	}
	members["idempotencyKey"] = c.RunID + "/" + callID(ctx)
	data, err := json.Marshal(members)
	if err != nil {
		return err
	}
	if err := into.DecodeAlias(data, wire.Strict); err != nil {
		return errors.New(protocol.InvalidParams(m.String(), err).Message)
	}
	return nil
}
