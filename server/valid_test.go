package server_test

import (
	"context"
	"testing"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// What let a connection in may have ended while it was being made, when nobody
// could find the connection to close it.
func TestRightEndsDuringHandshake(t *testing.T) {
	asked := make(chan int, 1)
	var s *server.Server
	s, url := start(t, server.Options{Admit: server.AdmitFunc(func(ctx context.Context, a *server.Attempt) (*server.Admission, error) {
		admission, err := admin(ctx, a)
		admission.Valid = func(context.Context) bool {
			asked <- len(s.Peers())
			return false
		}
		return admission, err
	})})
	c := dial(t, url+server.GuidePath)
	c.send(bare)
	for {
		_, _, err := c.ws.Read(t.Context())
		if err == nil {
			continue
		}
		if code := websocket.CloseStatus(err); code != 1008 {
			t.Errorf("closed with %v", err)
		}
		break
	}
	if n := <-asked; n != 1 {
		t.Errorf("asked while %d connections could be found, want 1", n)
	}
}

func TestWithPeer(t *testing.T) {
	p := &server.Peer{Role: protocol.RoleNode}
	ctx := server.WithPeer(t.Context(), p)
	ran := false
	server.After(ctx, func() { ran = true })
	if server.PeerFrom(ctx) != p || server.PeerFrom(t.Context()) != nil || !ran {
		t.Error("the context does not carry the peer")
	}
}
