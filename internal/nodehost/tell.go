package nodehost

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// tell has the gateway leave a note for the agent of a session about a program
// whose caller did not wait for its end: by the answer he would have heard more.
func (h *Host) tell(p *runParams, res *runResult) {
	if p.SessionKey == "" {
		return
	}
	data, err := json.Marshal(map[string]any{"sessionKey": p.SessionKey, "runId": p.RunID, "command": strings.Join(p.Command, " "),
		"exitCode": res.ExitCode, "timedOut": res.TimedOut, "output": tail(res.Stdout + res.Stderr)})
	if err != nil {
		return // plain values always encode
	}
	ctx, cancel := context.WithTimeout(h.ctx, answerWithin)
	defer cancel()
	if _, err := h.client.NodeEvent(ctx, &protocol.NodeEventParams{Event: protocol.NodeEventParamsEventExecFinished, Payload: data}); err != nil && h.ctx.Err() == nil {
		h.log.Warn("the gateway was not told of a program", "error", err)
	}
}
