// Package telegramtest is Telegram's Bot API for tests: a server on loopback that
// has one bot, to which tests write as people do, and that says what the bot sent.
//
//	api := telegramtest.New(t)
//	… a gateway with botToken: api.Token, baseUrl: api.URL …
//	api.Say(telegramtest.Person(7, "Ada"), "hello")
//	answer := api.Next(t)
package telegramtest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Username is the bot's.
const Username = "gatesmith_bot"

// BotID is the bot's.
const BotID = 4242

// Sent is a message that the bot sent.
type Sent struct {
	Method    string // sendMessage, sendPhoto, …
	Chat      string // as the bot named it
	Text      string // or caption, or question
	MessageID int
	Params    map[string]string
	Files     map[string][]byte
}

// API is a Bot API.
type API struct {
	URL, Token string
	server     *httptest.Server

	mu       sync.Mutex
	changed  chan struct{} // closed when something has
	revoked  bool
	updates  []update
	nextID   int64
	messages int
	sent     []Sent
	seen     int // of sent, by Next
	faults   map[string][]Fault
	calls    map[string]int
	files    map[string][]byte
	webhook  map[string]string
	offset   int64
	closed   chan struct{}
}

type update struct {
	id   int64
	body json.RawMessage
}

// New starts a Bot API that ends with the test.
func New(t testing.TB) *API {
	a := &API{Token: fmt.Sprintf("%d:AAtest-token_of-a-bot", BotID), changed: make(chan struct{}), nextID: 1000, messages: 1, faults: map[string][]Fault{},
		calls: map[string]int{}, files: map[string][]byte{}, closed: make(chan struct{})}
	a.server = httptest.NewServer(a)
	a.URL = a.server.URL
	t.Cleanup(func() {
		close(a.closed)
		a.server.CloseClientConnections()
		a.server.Close()
	})
	return a
}

// change wakes those who wait; the lock is held.
func (a *API) change() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// Await waits until something is so; it fails the test when that takes too long.
func (a *API) Await(t testing.TB, what string, so func() bool) {
	t.Helper()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	for {
		a.mu.Lock()
		changed := a.changed
		a.mu.Unlock()
		if so() {
			return
		}
		select {
		case <-changed:
		case <-late.C:
			t.Fatalf("telegram: %s does not happen; sent so far: %+v", what, a.Sent())
		}
	}
}

// Sent lists what the bot sent.
func (a *API) Sent() []Sent {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Sent(nil), a.sent...)
}

// Next waits for the next message that the bot sends.
func (a *API) Next(t testing.TB) Sent {
	t.Helper()
	var s Sent
	a.Await(t, "a message", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.seen == len(a.sent) {
			return false
		}
		s = a.sent[a.seen]
		a.seen++
		return true
	})
	return s
}

// Calls is how often a method was called.
func (a *API) Calls(method string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[method]
}

// Confirmed is the number up to which the bot has confirmed updates.
func (a *API) Confirmed() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.offset
}

// Pending is how many updates wait for the bot.
func (a *API) Pending() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.updates)
}

// Revoke makes the token invalid.
func (a *API) Revoke() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.revoked = true
	a.change()
}

// File keeps a file that messages may name.
func (a *API) File(id string, data []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.files[id] = data
}

// Webhook is what the bot set with setWebhook.
func (a *API) Webhook() map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.webhook)
}

// ServeHTTP is the API.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path, ok := strings.CutPrefix(r.URL.Path, "/file/bot"+a.Token+"/"); ok {
		a.mu.Lock()
		data, known := a.files[path]
		a.mu.Unlock()
		if !known {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
		return
	}
	token, method, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	a.mu.Lock()
	a.calls[method]++
	bad := token != a.Token || a.revoked
	var fault Fault
	if list := a.faults[method]; len(list) > 0 && !bad {
		fault, a.faults[method] = list[0], list[1:]
	}
	a.change()
	a.mu.Unlock()
	if bad {
		refuse(w, http.StatusUnauthorized, "Unauthorized", nil)
		return
	}
	answer := func() any { return a.call(r, method) }
	if fault != nil {
		fault(w, r, func() { _ = answer() })
		return
	}
	switch v := answer().(type) {
	case *refusal:
		refuse(w, v.code, v.description, nil)
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "result": v})
	}
}

type refusal struct {
	code        int
	description string
}

func refuse(w http.ResponseWriter, code int, description string, parameters map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	answer := map[string]any{"ok": false, "error_code": code, "description": description}
	if parameters != nil {
		answer["parameters"] = parameters
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// params reads a call's, however they are written.
func params(r *http.Request) (map[string]string, map[string][]byte) {
	values, files := map[string]string{}, map[string][]byte{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var raw map[string]json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&raw)
		for name, v := range raw {
			values[name] = strings.Trim(string(v), `"`)
		}
		return values, files
	}
	if err := r.ParseMultipartForm(32 << 20); err != nil {
		return values, files
	}
	for name, v := range r.MultipartForm.Value {
		values[name] = v[0]
	}
	for name, v := range r.MultipartForm.File {
		if f, err := v[0].Open(); err == nil {
			files[name], _ = io.ReadAll(f)
			_ = f.Close()
		}
	}
	return values, files
}

// call does what a method does.
func (a *API) call(r *http.Request, method string) any {
	values, files := params(r)
	switch method {
	case "getMe":
		return map[string]any{"id": BotID, "is_bot": true, "first_name": "Gatesmith", "username": Username, "can_join_groups": true, "can_read_all_group_messages": false}
	case "getUpdates":
		return a.poll(r, values)
	case "setWebhook":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.webhook = values
		a.change()
		return true
	case "deleteWebhook":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.webhook = nil
		return true
	case "getWebhookInfo":
		a.mu.Lock()
		defer a.mu.Unlock()
		return map[string]any{"url": a.webhook["url"], "has_custom_certificate": false, "pending_update_count": len(a.updates)}
	case "getFile":
		a.mu.Lock()
		defer a.mu.Unlock()
		data, known := a.files[values["file_id"]]
		if !known {
			return &refusal{400, "Bad Request: invalid file_id"}
		}
		return map[string]any{"file_id": values["file_id"], "file_unique_id": "u", "file_size": len(data), "file_path": values["file_id"]}
	}
	if strings.HasPrefix(method, "send") {
		return a.take(method, values, files)
	}
	return &refusal{404, "Not Found: method not found"}
}

// take keeps a message that the bot sends.
func (a *API) take(method string, values map[string]string, files map[string][]byte) any {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := Sent{Method: method, Chat: values["chat_id"], Params: values, Files: files}
	for _, name := range []string{"text", "caption", "question"} {
		if values[name] != "" {
			s.Text = values[name]
		}
	}
	if s.Chat == "" {
		return &refusal{400, "Bad Request: chat_id is empty"}
	}
	a.messages++
	s.MessageID = a.messages
	a.sent = append(a.sent, s)
	a.change()
	id, _ := strconv.ParseInt(s.Chat, 10, 64)
	m := map[string]any{"message_id": s.MessageID, "date": time.Now().Unix(), "chat": map[string]any{"id": id, "type": "private"}, "text": s.Text}
	if method == "sendPoll" {
		m["poll"] = map[string]any{"id": strconv.Itoa(5000 + s.MessageID), "question": s.Text, "options": []any{}}
	}
	return m
}

// poll gives updates, and waits for them.
func (a *API) poll(r *http.Request, values map[string]string) any {
	offset, _ := strconv.ParseInt(values["offset"], 10, 64)
	seconds, _ := strconv.Atoi(values["timeout"])
	late := time.NewTimer(time.Duration(seconds) * time.Second)
	defer late.Stop()
	for {
		a.mu.Lock()
		if a.webhook["url"] != "" {
			a.mu.Unlock()
			return &refusal{409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
		}
		for len(a.updates) > 0 && a.updates[0].id < offset {
			a.updates = a.updates[1:]
		}
		if offset > a.offset {
			a.offset = offset
			a.change()
		}
		list := []json.RawMessage{}
		for _, u := range a.updates {
			list = append(list, u.body)
		}
		changed, revoked := a.changed, a.revoked
		a.mu.Unlock()
		if revoked {
			return &refusal{401, "Unauthorized"}
		}
		if len(list) > 0 {
			return list
		}
		select {
		case <-changed:
		case <-late.C:
			return list
		case <-r.Context().Done():
			return list
		case <-a.closed:
			return list
		}
	}
}
