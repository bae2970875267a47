package server_test

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/server"
)

// TestAConnectionThatComesTooLate: an upgrade that began before the end and was
// done after it is closed, and nothing of it stays behind (see TestMain).
func TestAConnectionThatComesTooLate(t *testing.T) {
	s := server.New(server.Options{Admit: server.AdmitFunc(admin)})
	upgrading, over := make(chan struct{}), make(chan struct{})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(&lateHijack{ResponseWriter: w, upgrading: upgrading, over: over}, r)
	}))
	defer h.Close()
	go func() {
		<-upgrading
		if err := s.Shutdown(t.Context(), "gateway stopping", 0); err != nil {
			t.Error(err)
		}
		close(over)
	}()
	ws, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(h.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	_, _, err = ws.Read(t.Context())
	if got := websocket.CloseStatus(err); got != 1012 {
		t.Errorf("closed with %v: %v", got, err)
	}
}

// lateHijack hands the socket over only when the server has ended.
type lateHijack struct {
	http.ResponseWriter
	upgrading, over chan struct{}
}

func (l *lateHijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	close(l.upgrading)
	<-l.over
	return http.NewResponseController(l.ResponseWriter).Hijack()
}
