package devices

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

func TestMain(m *testing.M) { postgrestest.Main(m, 10) }

// world is a service with what is around it.
type world struct {
	*Service
	t      *testing.T
	clock  time.Time
	mu     sync.Mutex
	events []protocol.Event
	peers  []*server.Peer // connected
}

func (w *world) Publish(_ context.Context, e protocol.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
}

func (w *world) Disconnect(match func(*server.Peer) bool, _ string) int {
	before := len(w.peers)
	w.peers = slices.DeleteFunc(w.peers, match)
	return before - len(w.peers)
}

func (w *world) Peers() []*server.Peer { return w.peers }

// told takes the events since the last time.
func (w *world) told() (names []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		names = append(names, e.ID.String())
	}
	w.events = nil
	return names
}

func newWorld(t *testing.T, o store.Options) *world {
	t.Helper()
	st, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, clock: time.UnixMilli(1_700_000_000_000)}
	w.Service = New(st, w, w)
	w.now = func() time.Time { return w.clock }
	return w
}

// eachEngine runs a test on both databases.
func eachEngine(t *testing.T, f func(t *testing.T, w *world)) {
	t.Run("SQLite", func(t *testing.T) { f(t, newWorld(t, store.Options{Dir: t.TempDir()})) })
	t.Run("PostgreSQL", func(t *testing.T) { f(t, newWorld(t, store.Options{URL: postgrestest.URL(t)})) })
}

// request is of a new device.
func request(t *testing.T, role string, scopes ...string) Request {
	t.Helper()
	id, err := device.New()
	if err != nil {
		t.Fatal(err)
	}
	return Request{DeviceID: id.ID(), PublicKey: id.PublicKey(), DisplayName: "Pixel", Platform: "android", ClientID: "app", ClientMode: "ui", Role: role, Scopes: scopes}
}

// pair pairs a new device at once.
func (w *world) pair(role string, scopes ...string) Request {
	w.t.Helper()
	r := request(w.t, role, scopes...)
	if _, err := w.Pair(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) issue(r Request, scopes ...string) string {
	w.t.Helper()
	token, _, err := w.Issue(w.t.Context(), r.DeviceID, r.Role, scopes)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

func (w *world) valid(r Request, token string) bool {
	w.t.Helper()
	found, err := w.Check(w.t.Context(), r.DeviceID, r.Role, token)
	if err != nil {
		w.t.Fatal(err)
	}
	return found != nil
}

// as is a call of a client that holds some scopes.
func (w *world) as(scopes ...string) context.Context {
	return server.WithPeer(w.t.Context(), &server.Peer{Role: protocol.RoleOperator, Scopes: scopes})
}

// itself is a call of a device in that role.
func (w *world) itself(id string) context.Context {
	return server.WithPeer(w.t.Context(), &server.Peer{Role: protocol.RoleDevice, Device: id})
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
