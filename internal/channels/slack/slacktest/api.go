package slacktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

type object = map[string]any

// failure is an answer that is not ok.
func failure(why string) object { return object{"ok": false, "error": why} }

// call answers a call, or lets it fail as was told.
func (s *Server) call(w http.ResponseWriter, r *http.Request, method string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	s.calls[method]++
	var fault *Fault
	if list := s.faults[method]; len(list) > 0 {
		fault, s.faults[method] = &list[0], list[1:]
	}
	s.change()
	s.mu.Unlock()
	if fault == nil || fault.Not {
		s.answer(w, r, method)
		return
	}
	if fault.Done {
		s.answer(httptest.NewRecorder(), r, method)
	}
	if fault.Then != nil {
		fault.Then()
	}
	switch {
	case fault.Until != nil:
		select {
		case <-fault.Until:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	case fault.Hang > 0:
		select {
		case <-time.After(fault.Hang):
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	case fault.Drop:
		panic(http.ErrAbortHandler)
	}
	if fault.RetryAfter != "" {
		w.Header().Set("Retry-After", fault.RetryAfter)
	}
	if fault.Status != 0 {
		w.WriteHeader(fault.Status)
	}
	if fault.Error != "" {
		write(w, failure(fault.Error))
		return
	}
	_, _ = io.WriteString(w, fault.Body)
}

func write(w http.ResponseWriter, v object) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// methods are what the Web API has here.
var methods = map[string]func(s *Server, r *http.Request) object{
	"auth.test": (*Server).authTest, "users.info": (*Server).usersInfo,
	"conversations.info": (*Server).conversationsInfo, "conversations.open": (*Server).conversationsOpen,
	"conversations.history": (*Server).history, "conversations.replies": (*Server).history,
	"chat.postMessage": (*Server).post, "chat.postEphemeral": (*Server).post, "chat.update": (*Server).update,
	"files.info": (*Server).filesInfo, "files.getUploadURLExternal": (*Server).uploadURL, "files.completeUploadExternal": (*Server).complete,
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.change()
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token == "" {
		token = r.FormValue("token")
	}
	want := BotToken
	if method == "apps.connections.open" {
		want = AppToken
	}
	switch {
	case s.revoked != "" && (method == "upload" || method == "download"), token != want && (method == "upload" || method == "download"):
		w.WriteHeader(http.StatusForbidden)
		return
	case s.revoked != "":
		write(w, failure(s.revoked))
		return
	case token != want:
		write(w, failure("invalid_auth"))
		return
	}
	switch f, ok := methods[method]; {
	case ok:
		write(w, f(s, r))
	case method == "apps.connections.open":
		s.number++
		write(w, object{"ok": true, "url": fmt.Sprintf("ws://%s/link?ticket=%d", r.Host, s.number)})
	case method == "upload":
		s.upload(w, r)
	case method == "download":
		f := s.files[strings.TrimPrefix(r.URL.Path, "/files/")]
		if f == nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", f.MIME)
		_, _ = w.Write(f.Data)
	default:
		write(w, failure("unknown_method"))
	}
}

func (s *Server) authTest(*http.Request) object {
	return object{"ok": true, "url": "https://example.slack.com/", "team": "Example", "user": "gatesmith", "team_id": Team, "user_id": Bot, "bot_id": BotID}
}

var people = map[string]object{
	Ada: {"id": Ada, "team_id": Team, "name": "ada", "real_name": "Ada Lovelace", "profile": object{"display_name": "Ada", "real_name": "Ada Lovelace"}},
	Bob: {"id": Bob, "team_id": Team, "name": "bob", "real_name": "Bob Builder", "profile": object{"display_name": "", "real_name": "Bob Builder"}},
}

func (s *Server) usersInfo(r *http.Request) object {
	u, ok := people[r.FormValue("user")]
	if id := r.FormValue("user"); strings.HasPrefix(id, Crowd) {
		u, ok = object{"id": id, "team_id": Team, "name": strings.ToLower(id)}, true
	}
	if !ok {
		return failure("user_not_found")
	}
	return object{"ok": true, "user": u}
}

var rooms = map[string]object{
	General: {"id": General, "name": "general", "is_channel": true},
	Three:   {"id": Three, "name": "mpdm-ada--bob--gatesmith-1", "is_mpim": true},
	AdaChat: {"id": AdaChat, "is_im": true, "user": Ada},
	Secret:  {"id": Secret, "name": "secret", "is_channel": true},
}

func (s *Server) conversationsInfo(r *http.Request) object {
	c, ok := rooms[r.FormValue("channel")]
	if !ok {
		return failure("channel_not_found")
	}
	return object{"ok": true, "channel": c}
}

func (s *Server) conversationsOpen(r *http.Request) object {
	user := r.FormValue("users")
	if _, ok := people[user]; !ok && !strings.HasPrefix(user, Crowd) {
		return failure("user_not_found")
	}
	return object{"ok": true, "channel": object{"id": "D" + strings.TrimPrefix(user, "U")}}
}

func (s *Server) exists(chat string) string {
	_, known := rooms[chat]
	switch {
	case chat == Secret:
		return "not_in_channel"
	case !known && chat != "D0BOB" && !strings.HasPrefix(chat, "D"+Crowd[1:]):
		return "channel_not_found"
	}
	return ""
}

// json gives a member of a call that is JSON itself.
func jsonOf(r *http.Request, name string) (json.RawMessage, bool) {
	text := r.FormValue(name)
	return json.RawMessage(text), text == "" || json.Valid([]byte(text))
}

func (s *Server) post(r *http.Request) object {
	chat, text := r.FormValue("channel"), r.FormValue("text")
	blocks, ok := jsonOf(r, "blocks")
	metadata, ok2 := jsonOf(r, "metadata")
	if why := s.exists(chat); why != "" {
		return failure(why)
	}
	switch {
	case !ok || !ok2:
		return failure("invalid_json")
	case text == "" && len(blocks) == 0:
		return failure("no_text")
	case utf8.RuneCountInString(text) > 40_000:
		return failure("msg_too_long")
	}
	m := &Message{Chat: chat, TS: s.stamp(), Thread: r.FormValue("thread_ts"), User: Bot, Text: text, Blocks: blocks, Metadata: metadata, OnlyFor: r.FormValue("user"),
		Unfurls: r.FormValue("unfurl_links") != "false"}
	s.messages = append(s.messages, m)
	if m.OnlyFor != "" {
		return object{"ok": true, "message_ts": m.TS}
	}
	// The bot hears of what it said itself.
	s.send(eventsAPI(object{"type": "message", "user": Bot, "bot_id": BotID, "text": text, "ts": m.TS, "channel": chat, "channel_type": kindOf(chat)}))
	return object{"ok": true, "channel": chat, "ts": m.TS, "message": object{"text": text, "ts": m.TS}}
}

func (s *Server) update(r *http.Request) object {
	m := s.find(r.FormValue("channel"), r.FormValue("ts"))
	blocks, ok := jsonOf(r, "blocks")
	switch {
	case m == nil || m.User != Bot:
		return failure("message_not_found")
	case !ok:
		return failure("invalid_blocks_format")
	}
	m.Text, m.Blocks = r.FormValue("text"), blocks
	m.Updates++
	return object{"ok": true, "channel": m.Chat, "ts": m.TS, "text": m.Text}
}

func (s *Server) history(r *http.Request) object {
	chat, thread, oldest := r.FormValue("channel"), r.FormValue("ts"), r.FormValue("oldest")
	if why := s.exists(chat); why != "" {
		return failure(why)
	}
	var found []object
	for _, m := range s.messages {
		if m.Chat != chat || m.OnlyFor != "" || m.Thread != thread && m.TS != thread || m.TS <= oldest {
			continue
		}
		x := object{"type": "message", "user": m.User, "text": m.Text, "ts": m.TS}
		if len(m.Metadata) > 0 && r.FormValue("include_all_metadata") == "1" {
			x["metadata"] = m.Metadata
		}
		found = append(found, x)
	}
	if thread == "" {
		slices.Reverse(found) // a chat has the newest first, a thread the oldest
	}
	limit, _ := strconv.Atoi(r.FormValue("limit"))
	from, _ := strconv.Atoi(r.FormValue("cursor"))
	from = min(from, len(found))
	to := min(from+max(1, min(limit, 3)), len(found)) // pages are small here, so that they are turned
	next := ""
	if to < len(found) {
		next = strconv.Itoa(to)
	}
	return object{"ok": true, "messages": append([]object{}, found[from:to]...), "has_more": next != "", "response_metadata": object{"next_cursor": next}}
}

func (s *Server) filesInfo(r *http.Request) object {
	f := s.files[r.FormValue("file")]
	if f == nil {
		return failure("file_not_found")
	}
	base := "http://" + r.Host
	x := object{"id": f.ID, "name": f.Name, "mimetype": f.MIME, "size": len(f.Data), "url_private": base + "/files/" + f.ID, "url_private_download": base + "/files/" + f.ID}
	if f.External != "" {
		x["is_external"], x["url_private"] = true, f.External
	}
	if f.shared {
		x["shares"] = object{"public": object{f.chat: []object{{"ts": f.ts}}}}
	}
	return object{"ok": true, "file": x}
}

func (s *Server) uploadURL(r *http.Request) object {
	n, err := strconv.Atoi(r.FormValue("length"))
	if err != nil || n <= 0 || r.FormValue("filename") == "" {
		return failure("invalid_arguments")
	}
	s.number++
	f := &File{ID: fmt.Sprintf("F0FILE%d", s.number), Name: r.FormValue("filename")}
	s.files[f.ID] = f
	return object{"ok": true, "upload_url": "http://" + r.Host + "/upload/" + f.ID, "file_id": f.ID}
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	f := s.files[strings.TrimPrefix(r.URL.Path, "/upload/")]
	body, _, err := r.FormFile("file")
	if f == nil || err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	defer body.Close()
	f.Data, _ = io.ReadAll(body)
	_, _ = io.WriteString(w, "OK")
}

func (s *Server) complete(r *http.Request) object {
	var files []struct{ ID, Title string }
	if json.Unmarshal([]byte(r.FormValue("files")), &files) != nil || len(files) == 0 {
		return failure("invalid_arguments")
	}
	chat := r.FormValue("channel_id")
	if why := s.exists(chat); why != "" {
		return failure(why)
	}
	m := &Message{Chat: chat, TS: s.stamp(), Thread: r.FormValue("thread_ts"), User: Bot, Text: r.FormValue("initial_comment")}
	var done []object
	for _, x := range files {
		f := s.files[x.ID]
		if f == nil || f.Data == nil {
			return failure("file_not_found")
		}
		f.chat, f.ts, f.shared = chat, m.TS, true
		m.Files = append(m.Files, f.ID)
		done = append(done, object{"id": f.ID, "title": x.Title})
	}
	s.messages = append(s.messages, m)
	return object{"ok": true, "files": done}
}
