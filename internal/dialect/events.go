package dialect

import (
	"slices"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// Rules are the rules of events that the schema's tables cannot say.
type Rules struct{}

var _ server.EventRules = Rules{}

// Withheld keeps the model's reasoning from clients in the field, which know no
// such stream.
func (Rules) Withheld(d protocol.Dialect, e protocol.Event) bool {
	_, thinking := e.Payload.(*protocol.AgentEventThinking)
	return thinking && d == protocol.DialectField
}

// Form lets the text of a run grow in a queue: what was said and thought is
// joined until something else happens in the run, so that tools and the like
// keep their place in the text.
func (Rules) Form(e protocol.Event) (about, form string) {
	switch p := e.Payload.(type) {
	case *protocol.AgentEventAssistant:
		return p.RunID, "assistant"
	case *protocol.AgentEventThinking:
		return p.RunID, "thinking"
	case *protocol.AgentEventLifecycle:
		return p.RunID, ""
	case *protocol.AgentEventTool:
		return p.RunID, ""
	case *protocol.AgentEventCompaction:
		return p.RunID, ""
	case *protocol.AgentEventError:
		return p.RunID, ""
	case *protocol.AgentEventFieldUnknown:
		return p.RunID, ""
	}
	return "", ""
}

// Merge gives the newer event what the older one had added to the text. A text
// that came without an increment is a new beginning: what follows it cannot be
// told as an increment either.
func (Rules) Merge(older, newer protocol.Event) (protocol.Event, int) {
	o, isText := older.Payload.(*protocol.AgentEventAssistant)
	n, isToo := newer.Payload.(*protocol.AgentEventAssistant)
	if !isText || !isToo {
		return newer, 0
	}
	joined := *n
	more := 0
	switch {
	case !n.Data.Delta.Set:
	case !o.Data.Delta.Set:
		joined.Data.Delta = wire.Opt[string]{}
	default:
		joined.Data.Delta = wire.Some(o.Data.Delta.V + n.Data.Delta.V)
		more = len(o.Data.Delta.V)
	}
	for _, url := range o.Data.MediaURLs {
		if !slices.Contains(joined.Data.MediaURLs, url) {
			joined.Data.MediaURLs = append(slices.Clone(joined.Data.MediaURLs), url)
			more += len(url) + 3
		}
	}
	return protocol.Event{ID: newer.ID, Payload: &joined}, more
}
