// Package dialect holds the conversions between the two dialects that are more
// than a name, so that services know one form only: canonical params come in,
// and the published form of events goes out.
package dialect

import (
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Adapter implements protocol.Adapter. It keeps no state: each event holds all
// that its other form needs.
type Adapter struct{}

var _ protocol.Adapter = Adapter{}

// AdaptAgentParams turns the field's timeout, in seconds, into milliseconds.
func (Adapter) AdaptAgentParams(_ protocol.Dialect, p *protocol.AgentParams) error {
	if p.Timeout.Set {
		p.Timeout.V = min(p.Timeout.V, wire.MaxInt/1000) * 1000
	}
	return nil
}

// AdaptWizardNextParams turns the field's answer into a step id and a response.
func (Adapter) AdaptWizardNextParams(_ protocol.Dialect, p *protocol.WizardNextParams) error {
	if !p.Answer.Set {
		return nil
	}
	p.StepID = wire.Some(p.Answer.V.StepID)
	response := []byte("{}")
	if v := p.Answer.V.Value; v != nil {
		response = append(append([]byte(`{"value":`), v...), '}')
	}
	p.Response = response
	p.Answer = wire.Opt[protocol.WizardAnswer]{}
	return nil
}

// AdaptCronAddParams writes the channel small, as the field does. Its looser forms
// are brought into this one before; see Loosen.
func (Adapter) AdaptCronAddParams(_ protocol.Dialect, p *protocol.CronAddParams) error {
	if turn, ok := p.Payload.(*protocol.CronPayloadAgentTurn); ok {
		turn.Channel.V = protocol.CronPayloadAgentTurnChannel(strings.ToLower(string(turn.Channel.V)))
	}
	return nil
}

// AdaptCronRemoveParams takes the job's id by either name.
func (Adapter) AdaptCronRemoveParams(_ protocol.Dialect, p *protocol.CronRemoveParams) error {
	jobID(&p.ID, &p.JobID)
	return nil
}

// AdaptCronRunParams takes the job's id by either name.
func (Adapter) AdaptCronRunParams(_ protocol.Dialect, p *protocol.CronRunParams) error {
	jobID(&p.ID, &p.JobID)
	return nil
}

// AdaptCronRunsParams takes the job's id by either name.
func (Adapter) AdaptCronRunsParams(_ protocol.Dialect, p *protocol.CronRunsParams) error {
	jobID(&p.ID, &p.JobID)
	return nil
}

// AdaptCronUpdateParams takes the job's id by either name.
func (Adapter) AdaptCronUpdateParams(_ protocol.Dialect, p *protocol.CronUpdateParams) error {
	jobID(&p.ID, &p.JobID)
	return nil
}

func jobID(id, alias *wire.Opt[string]) {
	if alias.Set && !id.Set {
		*id, *alias = *alias, wire.Opt[string]{}
	}
}

// AgentEventFieldToCanonical turns the text streams into the guide's. Numbers
// begin at 0 there and at 1 in the field.
func (Adapter) AgentEventFieldToCanonical(p protocol.AgentEventField) protocol.AgentEvent {
	switch e := p.(type) {
	case *protocol.AgentEventAssistant:
		return &protocol.AgentEventMessage{RunID: e.RunID, Seq: e.Seq - 1, Ts: e.Ts, SessionKey: e.SessionKey,
			Data: protocol.AgentMessageData{Role: protocol.AgentMessageDataRoleAssistant, Content: e.Data.Text}}
	case *protocol.AgentEventThinking:
		c := *e
		c.Seq--
		return &c
	case *protocol.AgentEventLifecycle:
		c := *e
		c.Seq--
		return &c
	case *protocol.AgentEventTool:
		c := *e
		c.Seq--
		return &c
	case *protocol.AgentEventCompaction:
		c := *e
		c.Seq--
		return &c
	case *protocol.AgentEventError:
		return e
	}
	return nil
}

// ChatEventFieldToCanonical turns content blocks into plain text.
func (Adapter) ChatEventFieldToCanonical(p *protocol.ChatEventField) *protocol.ChatEvent {
	c := &protocol.ChatEvent{RunID: p.RunID, SessionKey: p.SessionKey, Seq: max(0, p.Seq-1), State: p.State,
		ErrorMessage: p.ErrorMessage, Error: p.Error, Usage: p.Usage, StopReason: p.StopReason}
	if m := p.Message; m.Set {
		c.Message = wire.Some(protocol.ChatMessage{Role: protocol.ChatMessageRole(m.V.Role), Content: Text(m.V.Content),
			Timestamp: m.V.Timestamp, StopReason: m.V.StopReason, Usage: m.V.Usage})
	}
	return c
}

// Text joins the text of a message's content.
func Text(content protocol.MessageContent) string {
	if content.Kind == protocol.MessageContentIsString {
		return content.String
	}
	var b strings.Builder
	for _, block := range content.Array {
		if t, ok := block.(*protocol.TextBlock); ok {
			b.WriteString(t.Text)
		}
	}
	return b.String()
}
