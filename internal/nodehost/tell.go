package nodehost

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// tell has the gateway leave a note for the agent of a session, where the caller
// named one: who waits for the answer hears all of it by that.
func (h *Host) tell(p *runParams, event protocol.NodeEventParamsEvent, more map[string]any) {
	if p.SessionKey == "" {
		return
	}
	payload := map[string]any{"sessionKey": p.SessionKey, "command": strings.Join(p.Command, " ")}
	if p.RunID != "" {
		payload["runId"] = p.RunID
	}
	for name, value := range more {
		payload[name] = value
	}
	data, err := json.Marshal(payload)
	if err != nil {
		return // plain values always encode
	}
	ctx, cancel := context.WithTimeout(h.ctx, answerWithin)
	defer cancel()
	if _, err := h.client.NodeEvent(ctx, &protocol.NodeEventParams{Event: event, Payload: data}); err != nil && h.ctx.Err() == nil {
		h.log.Warn("the gateway was not told of a program", "event", string(event), "error", err)
	}
}
