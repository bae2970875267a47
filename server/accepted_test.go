package server_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// runs accepts every message, and its runs end when they are let.
type runs struct {
	protocol.UnimplementedAgent
	end chan struct{}
}

func (r runs) Agent(ctx context.Context, p *protocol.AgentParams, accept func(*protocol.AgentAccepted)) (*protocol.AgentResult, error) {
	accept(&protocol.AgentAccepted{RunID: string(p.IdempotencyKey)})
	select {
	case <-r.end:
		return &protocol.AgentResult{RunID: string(p.IdempotencyKey), Summary: "completed", Result: protocol.AgentRunResult{Payloads: []protocol.AgentRunPayload{}}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestAcceptedCallsKeepNobodyOut: calls that have their early answer take no
// place of those in flight, and their final answers come all the same.
func TestAcceptedCallsKeepNobodyOut(t *testing.T) {
	end := make(chan struct{})
	_, url := start(t, server.Options{Handlers: &protocol.Handlers{Agent: runs{end: end}, Voice: voice{}}, MaxInFlight: 2})
	c := dial(t, url+"/")
	c.read() // the challenge
	c.send(`{"type":"req","id":"c","method":"connect","params":` + bare + `}`)
	c.read()
	for k := range 5 {
		c.send(fmt.Sprintf(`{"type":"req","id":"a%d","method":"agent","params":{"message":"x","idempotencyKey":"k%d"}}`, k, k))
	}
	c.send(`{"type":"req","id":"last","method":"voicewake.get"}`)
	accepted := 0
	for last := false; accepted < 5 || !last; {
		switch v := c.read(); {
		case v["id"] == "last":
			last = true
		case v["payload"].(map[string]any)["status"] == "accepted":
			accepted++
		default:
			t.Fatalf("an answer too early: %v", v)
		}
	}
	close(end)
	for range 5 {
		if v := c.read(); v["payload"].(map[string]any)["status"] != "ok" {
			t.Errorf("final answer: %v", v)
		}
	}
}
