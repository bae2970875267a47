package nodes

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// NodeInvokeResult takes a node's answer. What nobody waits for any more is
// ignored, and so is an answer to what another node was asked.
func (s *Service) NodeInvokeResult(ctx context.Context, p *protocol.NodeInvokeResultParams) (*protocol.NodeInvokeResultResult, error) {
	peer := server.PeerFrom(ctx)
	if peer == nil || peer.Node() != p.NodeID {
		return nil, errMismatch
	}
	s.mu.Lock()
	k := s.calls[p.ID]
	s.mu.Unlock()
	if k == nil || k.conn.id != p.NodeID || k.conn.proved() && peer.Device == "" || !s.settle(k, answered(p)) {
		return &protocol.NodeInvokeResultResult{Ignored: wire.Some(true)}, nil
	}
	return &protocol.NodeInvokeResultResult{}, nil
}

// answered is a node's answer in memory of its own.
func answered(p *protocol.NodeInvokeResultParams) outcome {
	if !p.Ok {
		if !p.Error.Set || p.Error.IsNil {
			return outcome{err: nodeFailed(nil), answered: true}
		}
		return outcome{err: nodeFailed(p.Error.V.Clone()), answered: true}
	}
	a := &Answer{Payload: wire.Raw("null")}
	switch {
	case p.PayloadJSON.Set && !p.PayloadJSON.IsNil:
		a.Text, a.HasText = strings.Clone(p.PayloadJSON.V), true
		a.Payload = parsed(a.Text)
	case len(p.Payload) > 0:
		a.Payload = bytes.Clone(p.Payload)
	}
	return outcome{answer: a, answered: true}
}

// parsed is JSON text as a value; what is none, or is nested deeper than an
// answer can be, stands as text.
func parsed(text string) wire.Raw {
	if data := []byte(text); json.Valid(data) && depth(data) <= maxNesting {
		return data
	}
	return append(wire.AppendString([]byte(`{"payloadJSON":`), text), '}')
}

// maxNesting is how deep a payload may be, with the frame around it.
const maxNesting = protocol.MaxDepth - 3

// depth is how deep valid JSON is nested.
func depth(data []byte) (deepest int) {
	n, quoted := 0, false
	for k := 0; k < len(data); k++ {
		switch c := data[k]; {
		case quoted && c == '\\':
			k++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			n++
			deepest = max(deepest, n)
		case c == '}' || c == ']':
			n--
		}
	}
	return deepest
}
