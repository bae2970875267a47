//go:build whatsapp

// Package whatsapptest stands for WhatsApp in tests, on the other side of the
// channel's client: it speaks in the library's own types and events, and does not
// try to encrypt anything.
package whatsapptest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels/whatsapp"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

// Who is who.
var (
	Own    = types.JID{User: "491700000001", Server: types.DefaultUserServer, Device: 7} // the gateway's device
	OwnLID = types.JID{User: "100000000000001", Server: types.HiddenUserServer, Device: 7}
	Ann    = types.NewJID("491700000002", types.DefaultUserServer)
	AnnLID = types.NewJID("100000000000002", types.HiddenUserServer)
	Team   = types.NewJID("120363000000000001", types.GroupServer)
)

// Codes are those that a device shows that is not linked.
var Codes = []string{"2@first,a,b,c", "2@second,a,b,c", "2@third,a,b,c"}

// Sent is a message that arrived at WhatsApp.
type Sent struct {
	To      types.JID
	ID      types.MessageID
	Message *waE2E.Message
	Times   int // that it was sent
}

// Server is WhatsApp.
type Server struct {
	t    testing.TB
	work sync.WaitGroup

	mu      sync.Mutex
	open    []*client
	dials   int
	sent    []*Sent
	files   map[string][]byte
	waiting []*events.Message // not taken over yet
	fault   func(try int) (before, after error)
	tries   int
	silent  bool
	refuse  any // event with which a connection is refused
	logouts int
}

// New starts WhatsApp for a test.
func New(t testing.TB) *Server {
	s := &Server{t: t, files: map[string][]byte{}}
	t.Cleanup(s.work.Wait)
	return s
}

// Dial is for whatsapp.Kind.
func (s *Server) Dial(device *store.Device, _ *slog.Logger) whatsapp.Client {
	return &client{server: s, device: device}
}

// Dials tells how many connections there were.
func (s *Server) Dials() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

// Open tells how many connections there are.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// Logouts tells how often a device said goodbye.
func (s *Server) Logouts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logouts
}

// Silence has WhatsApp answer nothing, or answer again.
func (s *Server) Silence(silent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = silent
}

// Refuse has connections end with an event; nil: no more.
func (s *Server) Refuse(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = event
}

// Fail decides about each call to send a message: before it arrived, or after.
func (s *Server) Fail(f func(try int) (before, after error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.tries = f, 0
}

// Sent lists what arrived, once each.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Sent
	for _, m := range s.sent {
		out = append(out, *m)
	}
	return out
}

// Scan scans the code that a device shows.
func (s *Server) Scan() {
	s.t.Helper()
	c := s.last()
	if c == nil || c.device.ID != nil {
		s.t.Fatal("no device shows a code")
	}
	Link(s.t, c.device)
	c.tell(&events.PairSuccess{ID: Own, LID: OwnLID, Platform: "android"})
	c.tell(&events.ManualLoginReconnect{})
}

// Link makes a device a linked one.
func Link(t testing.TB, d *store.Device) {
	t.Helper()
	own := Own
	d.ID, d.LID, d.Platform = &own, OwnLID, "android"
	d.Account = &waAdv.ADVSignedDeviceIdentity{Details: []byte("details"), AccountSignature: make([]byte, 64), AccountSignatureKey: make([]byte, 32), DeviceSignature: make([]byte, 64)}
	if err := d.Save(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// Tell tells the connected device of an event.
func (s *Server) Tell(event any) {
	s.t.Helper()
	c := s.last()
	if c == nil {
		s.t.Fatalf("no device is connected that could be told of %T", event)
	}
	c.tell(event)
}

// Say brings a message, now or when a device is connected, until it is taken over.
func (s *Server) Say(m *events.Message) {
	s.mu.Lock()
	s.waiting = append(s.waiting, m)
	s.mu.Unlock()
	if c := s.last(); c != nil && c.device.ID != nil {
		c.bring()
	}
}

// Waiting tells how many messages were not taken over.
func (s *Server) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}

// File leaves a file, and gives the keys of a picture with it.
func (s *Server) File(data []byte, mime string) *waE2E.ImageMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	up := s.keep(data)
	return &waE2E.ImageMessage{Mimetype: &mime, URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength}
}

// Stored gives a file by its path.
func (s *Server) Stored(path string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[path]
}

func (s *Server) keep(data []byte) whatsmeow.UploadResponse {
	path := fmt.Sprintf("/v/%d", len(s.files)+1)
	s.files[path] = data
	sum := sha256.Sum256(data)
	return whatsmeow.UploadResponse{URL: "https://mmg.invalid" + path, DirectPath: path, MediaKey: make([]byte, 32), FileEncSHA256: sum[:], FileSHA256: sum[:], FileLength: uint64(len(data))}
}

func (s *Server) last() *client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) == 0 {
		return nil
	}
	return s.open[len(s.open)-1]
}

// admit takes a connection, in place of one that the same device has.
func (s *Server) admit(c *client) (first any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dials++
	for _, other := range s.open {
		s.t.Errorf("a second connection is opened while there is one")
		s.work.Go(func() { other.tell(&events.StreamReplaced{}) })
	}
	s.open = append(s.open, c)
	switch {
	case s.silent:
		return nil
	case s.refuse != nil:
		return s.refuse
	case c.device.ID == nil:
		return &events.QR{Codes: slices.Clone(Codes)}
	}
	return &events.Connected{}
}

// receive takes a message.
func (s *Server) receive(to types.JID, id types.MessageID, m *waE2E.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	var before, after error
	if s.fault != nil {
		before, after = s.fault(s.tries)
	}
	if before != nil {
		return before
	}
	for _, known := range s.sent {
		if known.ID == id && known.To == to {
			known.Times++
			return after
		}
	}
	s.sent = append(s.sent, &Sent{to, id, m, 1})
	return after
}

// at is when things are said here.
func at() time.Time { return time.Unix(1_790_000_000, 0) }
