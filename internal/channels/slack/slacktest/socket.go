package slacktest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// envelope is what is sent through the socket.
type envelope struct {
	ID   string
	body object
}

// link is the bot's connection.
type link struct {
	conn   *websocket.Conn
	ctx    context.Context
	cancel context.CancelFunc
	writes sync.Mutex
	wg     sync.WaitGroup
}

func (l *link) end() {
	l.cancel()
	_ = l.conn.CloseNow()
	l.wg.Wait()
}

func (l *link) write(text []byte) {
	l.writes.Lock()
	defer l.writes.Unlock()
	ctx, cancel := context.WithTimeout(l.ctx, 5*time.Second)
	defer cancel()
	_ = l.conn.Write(ctx, websocket.MessageText, text)
}

// serveLink is the socket: it greets, pings, brings what was not acknowledged, and
// reads what is.
func (s *Server) serveLink(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	l := &link{conn: conn}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	s.mu.Lock()
	if s.deaf {
		s.mu.Unlock()
		_ = conn.CloseNow()
		return
	}
	s.link = l
	s.links++
	text, _ := json.Marshal(object{"type": "hello", "num_connections": 1, "connection_info": object{"app_id": "A0APP"}, "debug_info": object{"host": "test"}})
	l.write(text)
	for k, e := range s.pending {
		e.body["retry_attempt"], e.body["retry_reason"] = 1, "timeout"
		s.put(s.pending[k])
	}
	every := s.pings
	l.wg.Add(2)
	s.change()
	s.mu.Unlock()
	go func() {
		defer l.wg.Done()
		s.ping(l, every)
	}()
	defer l.wg.Done()
	defer l.cancel()
	for {
		_, text, err := conn.Read(l.ctx)
		if err != nil {
			_ = conn.CloseNow()
			s.mu.Lock()
			if s.link == l {
				s.link = nil
			}
			s.change()
			s.mu.Unlock()
			return
		}
		var ack struct {
			ID string `json:"envelope_id"`
		}
		if json.Unmarshal(text, &ack) != nil || ack.ID == "" {
			continue
		}
		s.mu.Lock()
		s.acked[ack.ID]++
		s.pending = slices.DeleteFunc(s.pending, func(e *envelope) bool { return e.ID == ack.ID })
		s.change()
		s.mu.Unlock()
	}
}

func (s *Server) ping(l *link, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-tick.C:
		}
		s.mu.Lock()
		deaf := s.deaf
		s.mu.Unlock()
		if !deaf {
			ctx, cancel := context.WithTimeout(l.ctx, every)
			_ = l.conn.Ping(ctx)
			cancel()
		}
	}
}

// put writes an envelope to the connection, if there is one. The lock is held.
func (s *Server) put(e *envelope) {
	if s.link == nil || s.deaf {
		return
	}
	text, err := json.Marshal(e.body)
	if err == nil {
		s.link.write(text)
	}
}

// send sends an envelope, and keeps it until it is acknowledged. The lock is held.
func (s *Server) send(body object) string {
	s.number++
	e := &envelope{ID: fmt.Sprintf("envelope-%d", s.number), body: body}
	body["envelope_id"] = e.ID
	s.pending = append(s.pending, e)
	s.put(e)
	return e.ID
}

func eventsAPI(event object) object {
	return object{"type": "events_api", "accepts_response_payload": false, "retry_attempt": 0, "retry_reason": "",
		"payload": object{"type": "event_callback", "team_id": Team, "api_app_id": "A0APP", "event_id": fmt.Sprintf("Ev%v", event["ts"]), "event_time": 1,
			"authorizations": []object{{"team_id": Team, "user_id": Bot, "is_bot": true}}, "event": event}}
}

// Say has somebody say something, and gives the message's timestamp. More members
// of the event may be given, which go before those it has.
func (s *Server) Say(user, chat, text string, more ...map[string]any) (ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &Message{Chat: chat, TS: s.stamp(), User: user, Text: text}
	event := object{"type": "message", "user": user, "text": text, "ts": m.TS, "event_ts": m.TS, "channel": chat, "channel_type": kindOf(chat), "team": Team}
	for _, x := range more {
		for k, v := range x {
			event[k] = v
		}
	}
	m.Thread, _ = event["thread_ts"].(string)
	s.messages = append(s.messages, m)
	s.send(eventsAPI(event))
	return m.TS
}

// Event sends any event of the Events API, and gives the envelope's id.
func (s *Server) Event(event map[string]any) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.send(eventsAPI(event))
}

// Send sends an envelope of any other type.
func (s *Server) Send(kind string, payload any) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.send(object{"type": kind, "payload": payload})
}

// Raw sends a text that may be none of Slack's.
func (s *Server) Raw(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != nil {
		s.link.write([]byte(text))
	}
}

// Click has somebody click at the n-th button of a message. At "" it happens now.
func (s *Server) Click(t testing.TB, user, chat, ts string, n int, at string) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(chat, ts)
	var buttons []object
	if m != nil {
		buttons = m.buttons(t)
	}
	if n >= len(buttons) {
		t.Fatalf("the message %s in %s has %d buttons", ts, chat, len(buttons))
	}
	if at == "" {
		at = s.stamp()
	}
	click := buttons[n]
	click["action_ts"] = at
	return s.send(object{"type": "interactive", "accepts_response_payload": true, "payload": object{"type": "block_actions", "user": object{"id": user, "team_id": Team},
		"team": object{"id": Team}, "channel": object{"id": chat}, "container": object{"type": "message", "message_ts": ts, "channel_id": chat},
		"message": object{"ts": ts, "text": m.Text}, "actions": []object{click}}})
}

// Buttons is how many buttons a message has.
func (m *Message) Buttons(t testing.TB) int { return len(m.buttons(t)) }

func (m *Message) buttons(t testing.TB) []object {
	t.Helper()
	var blocks []struct {
		ID        string `json:"block_id"`
		Accessory struct {
			Type, Value string
			ID          string `json:"action_id"`
		} `json:"accessory"`
	}
	if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
		t.Fatalf("the message has no blocks: %v", err)
	}
	var out []object
	for _, b := range blocks {
		if b.Accessory.Type == "button" {
			out = append(out, object{"type": "button", "block_id": b.ID, "action_id": b.Accessory.ID, "value": b.Accessory.Value})
		}
	}
	return out
}

// Acked is how often an envelope was acknowledged.
func (s *Server) Acked(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acked[id]
}

// Pending is how many envelopes wait to be acknowledged.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.pending)
}

// Links is how often the bot has connected.
func (s *Server) Links() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.links
}

// Connected reports whether the bot is connected.
func (s *Server) Connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link != nil
}

// Disconnect tells the bot to connect anew, as Slack does every few hours, and
// ends the connection.
func (s *Server) Disconnect(reason string) {
	s.mu.Lock()
	l := s.link
	s.link = nil
	s.change()
	s.mu.Unlock()
	if l != nil {
		text, _ := json.Marshal(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "test"}})
		l.write(text)
		_ = l.conn.Close(websocket.StatusGoingAway, "")
	}
}

// Cut breaks the connection.
func (s *Server) Cut() {
	s.mu.Lock()
	l := s.link
	s.link = nil
	s.change()
	s.mu.Unlock()
	if l != nil {
		_ = l.conn.CloseNow()
	}
}

// Fall has the connection stay open and nothing come through it any more; Rise ends
// that, for new connections as well.
func (s *Server) Fall() { s.setDeaf(true) }

// Rise has things be sent again.
func (s *Server) Rise() { s.setDeaf(false) }

func (s *Server) setDeaf(v bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = v
	s.change()
}
