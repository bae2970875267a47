package telegramtest

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// Chat is where a person writes.
type Chat struct {
	Chat, From map[string]any
	Thread     int
}

// Person is a direct chat with somebody.
func Person(id int64, name string) Chat {
	return Chat{Chat: map[string]any{"id": id, "type": "private", "first_name": name},
		From: map[string]any{"id": id, "is_bot": false, "first_name": name, "username": strings.ToLower(name)}}
}

// In is a person within a group.
func (c Chat) In(group int64, title string) Chat {
	c.Chat = map[string]any{"id": group, "type": "supergroup", "title": title}
	return c
}

// Topic is a topic of the group.
func (c Chat) Topic(id int) Chat {
	c.Thread = id
	return c
}

// Say has a person write; it gives the message's id. more are further members of
// the message.
func (a *API) Say(c Chat, text string, more ...map[string]any) int {
	a.mu.Lock()
	a.messages++
	id := a.messages
	a.mu.Unlock()
	a.Push(map[string]any{"message": Message(id, c, text, more...)})
	return id
}

// Message is a message as updates have it. Names and commands within the text are
// marked as Telegram does.
func Message(id int, c Chat, text string, more ...map[string]any) map[string]any {
	m := map[string]any{"message_id": id, "date": time.Now().Unix(), "chat": c.Chat, "from": c.From, "text": text}
	if c.Thread != 0 {
		m["message_thread_id"], m["is_topic_message"] = c.Thread, true
	}
	var entities []map[string]any
	mark := func(kind, piece string) {
		if at := strings.Index(text, piece); piece != "" && at >= 0 {
			entities = append(entities, map[string]any{"type": kind, "offset": len(utf16.Encode([]rune(text[:at]))), "length": len(utf16.Encode([]rune(piece)))})
		}
	}
	if word, _, _ := strings.Cut(text, " "); strings.HasPrefix(word, "/") {
		mark("bot_command", word)
	} else {
		mark("mention", "@"+Username)
	}
	if entities != nil {
		m["entities"] = entities
	}
	for _, x := range more {
		maps.Copy(m, x)
	}
	return m
}

// Push queues an update; its update_id is given where it has none.
func (a *API) Push(u map[string]any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.nextID++
	if _, set := u["update_id"]; !set {
		u["update_id"] = a.nextID
	}
	body, err := json.Marshal(u)
	if err != nil {
		panic(err)
	}
	a.updates = append(a.updates, update{a.nextID, body})
	a.change()
}

// PushRaw queues an update as it is.
func (a *API) PushRaw(body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.nextID++
	a.updates = append(a.updates, update{a.nextID, json.RawMessage(body)})
	a.change()
}

// Ask has a person write, and gives the answer.
func (a *API) Ask(t testing.TB, c Chat, text string) Sent {
	t.Helper()
	a.Say(c, text)
	return a.Next(t)
}
