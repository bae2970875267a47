package telegramtest

import (
	"io"
	"net/http"
)

// Fault answers a call in place of the API. take does what the API would have done.
type Fault func(w http.ResponseWriter, r *http.Request, take func())

// Fail has the next calls of a method go wrong, one fault each.
func (a *API) Fail(method string, faults ...Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults[method] = append(a.faults[method], faults...)
}

// Refuse answers with an error of the API.
func Refuse(code int, description string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ func()) {
		_, _ = io.Copy(io.Discard, r.Body)
		refuse(w, code, description, nil)
	}
}

// TooMany wants to be left alone for so many seconds.
func TooMany(seconds int) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ func()) {
		_, _ = io.Copy(io.Discard, r.Body)
		refuse(w, http.StatusTooManyRequests, "Too Many Requests: retry later", map[string]any{"retry_after": seconds})
	}
}

// Moved says that a group has another id now.
func Moved(to int64) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ func()) {
		_, _ = io.Copy(io.Discard, r.Body)
		refuse(w, http.StatusBadRequest, "Bad Request: group chat was upgraded to a supergroup chat", map[string]any{"migrate_to_chat_id": to})
	}
}

// Broken is what stands before the API, and fails.
func Broken(status int) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ func()) {
		_, _ = io.Copy(io.Discard, r.Body)
		http.Error(w, "<html>Bad Gateway</html>", status)
	}
}

// Malformed takes the call, and gives an answer that nobody can read.
func Malformed(w http.ResponseWriter, _ *http.Request, take func()) {
	take()
	_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":`)
}

// Unread cuts the connection without having read the call.
func Unread(w http.ResponseWriter, _ *http.Request, _ func()) { cut(w) }

// Unanswered takes the call, and cuts the connection.
func Unanswered(w http.ResponseWriter, _ *http.Request, take func()) {
	take()
	cut(w)
}

// Silent holds the call until the caller gives up.
func Silent(_ http.ResponseWriter, r *http.Request, _ func()) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// Late takes the call, and gives no answer until the caller gives up.
func Late(_ http.ResponseWriter, r *http.Request, take func()) {
	take()
	<-r.Context().Done()
}

func cut(w http.ResponseWriter) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = c.Close()
	}
}
