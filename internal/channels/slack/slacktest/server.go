// Package slacktest is a workspace of Slack for tests: a server that speaks as much
// of the real Web API and of Socket Mode as a bot needs, and that fails when told
// to.
//
// It is strict where Slack is: tokens have to be the right ones, texts not too
// long, buttons in the message that they are clicked in. What it sends to the bot
// it keeps until that is acknowledged, and brings it again in the next connection.
package slacktest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Who and what is in the workspace.
const (
	BotToken = "xoxb-1-bot"
	AppToken = "xapp-1-app"
	Team     = "T0TEAM"
	Bot      = "U0BOT"
	BotID    = "B0BOT"
	Ada      = "U0ADA"
	Bob      = "U0BOB"
	General  = "C0GENERAL" // a channel, in which the bot is
	Secret   = "C0SECRET"  // another, in which it is not
	Three    = "G0THREE"   // a chat of several people
	AdaChat  = "D0ADA"     // the bot's with Ada
	Crowd    = "U0CROWD"   // begins the ids of as many others as are wanted, whose chats begin with D0CROWD
)

// Message is a message in the workspace.
type Message struct {
	Chat, TS, Thread, User, Text string
	Blocks                       json.RawMessage
	Metadata                     json.RawMessage
	Files                        []string
	OnlyFor                      string // whom it is shown, where not everybody
	Updates                      int
	Unfurls                      bool
}

// File is a file in the workspace.
type File struct {
	ID, Name, MIME string
	Data           []byte
	External       string // address, of one that Slack does not have
	chat, ts       string
	shared         bool
}

// Fault is how a call fails.
type Fault struct {
	Error      string // an answer that is not ok
	Status     int    // of HTTP
	RetryAfter string
	Body       string        // instead of an answer
	Drop       bool          // the connection breaks without an answer
	Hang       time.Duration // before the answer, which then does not come
	Done       bool          // what was asked is done all the same
	Until      <-chan struct{}
	Then       func() // is called behind that
	Not        bool   // it does not fail at all
}

// Server is the workspace.
type Server struct {
	URL string // of the Web API, ending in /api

	http *httptest.Server

	mu       sync.Mutex
	changed  chan struct{} // closed at each change
	revoked  string        // the error that tokens have
	messages []*Message
	files    map[string]*File
	faults   map[string][]Fault
	calls    map[string]int
	last     int64 // of timestamps, in microseconds
	number   int
	link     *link
	links    int // connections so far
	pending  []*envelope
	acked    map[string]int
	deaf     bool // nothing is sent any more
	now      func() time.Time
	pings    time.Duration
}

// New starts a workspace that is there until the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	s := Make()
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL + "/api"
	t.Cleanup(func() {
		s.Close()
		s.http.Close()
	})
	return s
}

// Make gives a workspace that another server is to serve.
func Make() *Server {
	return &Server{changed: make(chan struct{}), files: map[string]*File{}, faults: map[string][]Fault{}, calls: map[string]int{}, acked: map[string]int{},
		now: time.Now, pings: 2 * time.Second}
}

// Close ends the connection.
func (s *Server) Close() {
	s.mu.Lock()
	l := s.link
	s.deaf = true
	s.mu.Unlock()
	if l != nil {
		l.end()
	}
}

// change tells those who wait. The lock is held.
func (s *Server) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// patience is more than it takes to look an unclear message up, 30 seconds later,
// and to send it again.
const patience = time.Minute

// Await waits until something is so.
func (s *Server) Await(t testing.TB, what string, so func() bool) {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	look := time.NewTicker(10 * time.Millisecond) // at what is not the server's
	defer look.Stop()
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if so() {
			return
		}
		select {
		case <-changed:
		case <-look.C:
		case <-timer.C:
			t.Fatalf("not so after %s: %s", patience, what)
		}
	}
}

// Fail has the next calls of a method fail.
func (s *Server) Fail(method string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[method] = append(s.faults[method], faults...)
}

// Revoke has Slack refuse the tokens with an error from now on; "" has it take them.
func (s *Server) Revoke(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = why
	s.change()
}

// Calls is how often a method was called.
func (s *Server) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// From lists what somebody said, oldest first.
func (s *Server) From(user string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	for _, m := range s.messages {
		if m.User == user {
			out = append(out, *m)
		}
	}
	return out
}

// AwaitBot waits until the bot has said so many messages, and gives them.
func (s *Server) AwaitBot(t testing.TB, n int) []Message {
	t.Helper()
	s.Await(t, fmt.Sprintf("the bot has said %d messages", n), func() bool { return len(s.From(Bot)) >= n })
	return s.From(Bot)
}

// Put puts a file into the workspace.
func (s *Server) Put(f *File) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	f.ID = fmt.Sprintf("F0FILE%d", s.number)
	s.files[f.ID] = f
	return f.ID
}

// File gives a file.
func (s *Server) File(id string) *File {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[id]
}

// stamp gives the timestamp of a new message. The lock is held.
func (s *Server) stamp() string {
	s.last = max(s.last+1, s.now().UnixMicro())
	return fmt.Sprintf("%d.%06d", s.last/1e6, s.last%1e6)
}

// kindOf is a chat's type as events have it.
func kindOf(chat string) string {
	switch chat[0] {
	case 'D':
		return "im"
	case 'G':
		return "mpim"
	}
	return "channel"
}

// find gives a message. The lock is held.
func (s *Server) find(chat, ts string) *Message {
	k := slices.IndexFunc(s.messages, func(m *Message) bool { return m.Chat == chat && m.TS == ts && m.OnlyFor == "" })
	if k < 0 {
		return nil
	}
	return s.messages[k]
}

// ServeHTTP serves the Web API, files, and the socket.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		s.call(w, r, strings.TrimPrefix(r.URL.Path, "/api/"))
	case r.URL.Path == "/link":
		s.serveLink(w, r)
	case strings.HasPrefix(r.URL.Path, "/upload/"):
		s.call(w, r, "upload")
	case strings.HasPrefix(r.URL.Path, "/files/"):
		s.call(w, r, "download")
	default:
		http.NotFound(w, r)
	}
}

// Heal has the calls of a method not fail any more.
func (s *Server) Heal(method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.faults, method)
}
