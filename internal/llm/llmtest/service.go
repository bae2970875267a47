// Package llmtest has fakes of model services for tests. They speak the real
// wire format of Anthropic's Messages API and of OpenAI's Chat Completions API,
// on loopback or in memory, and can go wrong in all the ways in which services
// do.
//
//	fake := llmtest.New(t, llmtest.OpenAI, llmtest.Reply{Text: []string{"Hel", "lo"}})
//	… models.providers.fake.baseUrl = fake.URL …
//	call := fake.Call(0)
package llmtest

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// API is what a fake speaks.
type API string

// The APIs. Their values are those of models.providers.<name>.api.
const (
	Anthropic API = "anthropic-messages"
	OpenAI    API = "openai-completions"
)

// Key is what a fake takes for a key; with any other one it answers 401.
const Key = "sk-test-0123456789abcdef"

// Service is a fake.
type Service struct {
	URL string // to use as the base URL

	// Transport reaches the fake; for one in memory it is the only way.
	Transport http.RoundTripper

	// Models is what the list of models holds, as JSON objects; only the OpenAI
	// API has one.
	Models []string

	api     API
	mu      sync.Mutex
	replies []Reply
	calls   []*Call
	waiting chan struct{} // closed and replaced with each call
}

// Call is a request that a fake got.
type Call struct {
	Path   string
	Header http.Header
	Body   []byte
	At     time.Time

	// Ended is closed when the exchange is over, whoever ended it.
	Ended chan struct{}
	// Left reports, once Ended is closed, that the client went away before the
	// fake was done.
	Left bool
}

// Field is a member of the request's body, by its path.
func (c *Call) Field(path ...string) any {
	var at any
	if json.Unmarshal(c.Body, &at) != nil {
		return nil
	}
	for _, name := range path {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	return at
}

// New starts a fake on loopback. It answers with the replies in their order,
// and with the last one for ever; without any it says "ok".
func New(t testing.TB, api API, replies ...Reply) *Service {
	s := newService(api, replies)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL, s.Transport = server.URL+s.base(), http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(s.Transport.(*http.Transport).CloseIdleConnections)
	return s
}

// NewInMemory starts a fake that is reached by its Transport alone, without the
// network, so that it works inside testing/synctest. Call the function that it
// returns before the bubble ends.
func NewInMemory(api API, replies ...Reply) (s *Service, stop func()) {
	s = newService(api, replies)
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: s}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	transport := &http.Transport{DialContext: l.dial}
	s.URL, s.Transport = "http://models.test"+s.base(), transport
	return s, func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		serving.Wait()
	}
}

func newService(api API, replies []Reply) *Service {
	if len(replies) == 0 {
		replies = []Reply{{Text: []string{"ok"}}}
	}
	return &Service{api: api, replies: replies, waiting: make(chan struct{})}
}

// base is the path that base URLs of the API end with.
func (s *Service) base() string {
	if s.api == OpenAI {
		return "/v1"
	}
	return ""
}

// Calls counts the requests for answers that came.
func (s *Service) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// Call waits for the request with an index, from 0.
func (s *Service) Call(t testing.TB, index int) *Call {
	t.Helper()
	for {
		s.mu.Lock()
		if index < len(s.calls) {
			defer s.mu.Unlock()
			return s.calls[index]
		}
		waiting := s.waiting
		s.mu.Unlock()
		select {
		case <-waiting:
		case <-t.Context().Done():
			t.Fatalf("call %d did not come", index)
		}
	}
}

// take notes a call and finds its reply.
func (s *Service) take(c *Call) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	close(s.waiting)
	s.waiting = make(chan struct{})
	return s.replies[min(len(s.calls), len(s.replies))-1]
}

// ServeHTTP is the fake's side of the wire.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + r.Header.Get("X-Api-Key"); key != "" && key != Key {
		refuse(w, http.StatusUnauthorized, s.errorBody("authentication_error", "invalid_api_key", "Incorrect API key provided: "+key))
		return
	}
	switch {
	case s.api == Anthropic && r.URL.Path == "/v1/messages", s.api == OpenAI && r.URL.Path == "/v1/chat/completions":
	case s.api == OpenAI && r.URL.Path == "/v1/models":
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"object":"list","data":[`+strings.Join(s.Models, ",")+`]}`)
		return
	default:
		http.NotFound(w, r)
		return
	}
	call := &Call{Path: r.URL.Path, Header: r.Header.Clone(), Body: body, At: time.Now(), Ended: make(chan struct{})}
	defer close(call.Ended)
	defer func() { call.Left = r.Context().Err() != nil }()
	reply := s.take(call)
	p := &player{service: s, w: w, r: r, reply: &reply, model: modelOf(body)}
	p.play()
}

func modelOf(body []byte) string {
	var asked struct{ Model string }
	_ = json.Unmarshal(body, &asked)
	return asked.Model
}

func refuse(w http.ResponseWriter, status int, body string) {
	if json.Valid([]byte(body)) {
		w.Header().Set("Content-Type", "application/json")
	} else {
		w.Header().Set("Content-Type", "text/html")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// errorBody is an error in the API's form.
func (s *Service) errorBody(kind, code, message string) string {
	if s.api == Anthropic {
		return `{"type":"error","error":{"type":` + quote(kind) + `,"message":` + quote(message) + `},"request_id":"req_test"}`
	}
	return `{"error":{"message":` + quote(message) + `,"type":` + quote(kind) + `,"param":null,"code":` + quote(code) + `}}`
}

func quote(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}
