package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
)

// ErrCut says that an answer ended before it was complete.
var ErrCut = errors.New("the connection ended in the middle of the answer")

// Garbled says that what came is not what the API promises.
type Garbled struct{ What string }

// Error says what came.
func (e *Garbled) Error() string { return e.What }

// Told is an error that a service tells of inside its stream, as JSON.
type Told struct{ Body []byte }

// Error does not show what was told: see explain.
func (e *Told) Error() string { return "the service told of an error" }

// explain makes of what went wrong what callers act on.
func (s *Service) explain(err error) *llm.Error {
	var (
		known   *llm.Error
		quiet   *silence
		refused *refusal
		told    *Told
		garbled *Garbled
	)
	out := &llm.Error{Provider: s.options.Provider}
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &quiet):
		out.Kind, out.Message, out.Retryable = llm.ErrTimeout, quiet.Error(), true
	case errors.As(err, &refused):
		s.judge(out, refused)
	case errors.As(err, &told):
		s.judge(out, &refusal{body: told.Body})
	case errors.As(err, &garbled):
		out.Kind, out.Message, out.Retryable = llm.ErrAnswer, "the answer makes no sense: "+garbled.What, true
	case errors.Is(err, errTooLong):
		out.Kind, out.Message = llm.ErrAnswer, "the answer is longer than "+strconv.Itoa(maxAnswer>>20)+" MiB"
	case errors.Is(err, ErrCut), isCut(err):
		out.Kind, out.Message, out.Retryable = llm.ErrNetwork, ErrCut.Error(), true
	case isJSON(err):
		out.Kind, out.Message, out.Retryable = llm.ErrAnswer, "the answer makes no sense: a piece of it is not the JSON that the API promises", true
	default:
		out.Kind, out.Retryable = llm.ErrNetwork, true
		out.Message, out.Setting = s.host+" can't be reached: "+bare(err), s.options.URLSetting
	}
	out.Message = s.scrub.clean(out.Message)
	return out
}

func isJSON(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &kind)
}

// isCut tells a connection that broke while it was used from one that never
// was made.
func isCut(err error) bool {
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return false
	}
	text := err.Error()
	return strings.HasSuffix(text, "EOF") || strings.Contains(text, "connection reset") || strings.Contains(text, "broken pipe") || strings.Contains(text, "closed pipe")
}

// bare is what went wrong without the URL, which may hold what nobody is to
// see.
func bare(err error) string {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	return err.Error()
}

// verdict is what a name that services give an error, or a status, stands for.
type verdict struct {
	kind  llm.ErrorKind
	retry bool
	text  string
}

var (
	refusedKey  = verdict{llm.ErrCredentials, false, "the API key was refused"}
	notAllowed  = verdict{llm.ErrCredentials, false, "the API key may not do this"}
	spent       = verdict{llm.ErrQuota, false, "the account has nothing left to spend"}
	tooMany     = verdict{llm.ErrRateLimit, true, "too many requests"}
	overloaded  = verdict{llm.ErrOverloaded, true, "the service is overloaded"}
	failed      = verdict{llm.ErrServer, true, "the service failed"}
	slow        = verdict{llm.ErrTimeout, true, "the service took too long"}
	noModel     = verdict{llm.ErrModel, false, "the service has no such model"}
	tooLong     = verdict{llm.ErrContext, false, "the conversation does not fit the model"}
	refusedThis = verdict{llm.ErrInvalid, false, "the request was refused"}
)

// named are the types and codes that services give errors. OpenRouter gives
// the HTTP status as the code.
var named = map[string]verdict{
	"authentication_error": refusedKey, "invalid_api_key": refusedKey, "invalid_authentication": refusedKey, "401": refusedKey,
	"permission_error": notAllowed, "403": notAllowed,
	"billing_error": spent, "insufficient_quota": spent, "402": spent,
	"rate_limit_error": tooMany, "rate_limit_exceeded": tooMany, "tokens": tooMany, "requests": tooMany, "429": tooMany,
	"overloaded_error": overloaded, "overloaded": overloaded, "service_unavailable": overloaded, "503": overloaded, "529": overloaded,
	"api_error": failed, "server_error": failed, "internal_error": failed, "internal_server_error": failed, "500": failed, "502": failed,
	"timeout_error": slow, "408": slow, "504": slow,
	"not_found_error": noModel, "model_not_found": noModel, "404": noModel,
	"context_length_exceeded": tooLong, "exceed_context_size_error": tooLong, "request_too_large": tooLong,
	"invalid_request_error": refusedThis, "400": refusedThis, "413": refusedThis, "422": refusedThis,
}

// judge explains a refusal.
func (s *Service) judge(out *llm.Error, r *refusal) {
	names, text := read(r.body)
	v, ok := byName(names, r.status)
	if !ok {
		v = byStatus(r.status)
	}
	if v.kind == llm.ErrInvalid && isTooLong(text) {
		v = tooLong
	}
	out.Kind, out.Status, out.Retryable, out.Message = v.kind, r.status, v.retry, v.text
	if r.header != nil {
		out.RetryAfter = retryAfter(r.header, time.Now())
		if r.header.Get("X-Should-Retry") == "false" {
			out.Retryable = false
		}
	}
	elsewhere := func(kind llm.ErrorKind, message string) {
		out.Kind, out.Message, out.Setting, out.Retryable = kind, message, s.options.URLSetting, false
	}
	switch {
	case r.status/100 == 3:
		elsewhere(llm.ErrInvalid, "the service is elsewhere: it answered with a redirect, which is not followed")
		return
	case r.status/100 == 2 && text == "":
		elsewhere(llm.ErrAnswer, "what answered does not speak this API")
		return
	case r.status == http.StatusNotFound && text == "":
		elsewhere(llm.ErrInvalid, "there is no such API at this address")
		return
	case v.kind == llm.ErrCredentials:
		out.Setting = s.options.KeySetting
	}
	// Of a key that was refused the service repeats parts.
	if text != "" && v != refusedKey {
		out.Message += ": " + llm.Clip(s.scrub.clean(text)) // in this order: half a key would not be known
	}
}

// byName finds what the names of an error stand for. Where only the general
// invalid_request_error is known, a status that says more wins.
func byName(names []string, status int) (verdict, bool) {
	general := false
	for _, name := range names {
		v, ok := named[name]
		if ok && v != refusedThis {
			return v, true
		}
		general = general || ok
	}
	if general && (status == 0 || status == http.StatusBadRequest || status == http.StatusOK) {
		return refusedThis, true
	}
	return verdict{}, false
}

func byStatus(status int) verdict {
	if v, ok := named[strconv.Itoa(status)]; ok {
		return v
	}
	switch {
	case status >= 500:
		return failed
	case status == 0, status == http.StatusConflict:
		return failed
	}
	return refusedThis
}

// isTooLong knows how services say that a conversation is too long, where they
// have no name for it.
func isTooLong(text string) bool {
	text = strings.ToLower(text)
	for _, words := range []string{"prompt is too long", "context length", "context window", "context size", "maximum context", "too many tokens"} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// read takes names and text out of the forms in which services tell of errors.
func read(body []byte) (names []string, text string) {
	var told struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &told) != nil {
		if body = bytes.TrimSpace(body); len(body) > 0 && body[0] != '<' && body[0] != '{' {
			return nil, string(body) // a sentence, not a page
		}
		return nil, ""
	}
	var inner struct {
		Type    string          `json:"type"`
		Code    json.RawMessage `json:"code"`
		Message string          `json:"message"`
	}
	switch {
	case json.Unmarshal(told.Error, &inner) == nil:
		code := strings.Trim(string(inner.Code), `"`)
		return []string{code, inner.Type}, inner.Message
	case json.Unmarshal(told.Error, &text) == nil:
		return nil, text
	case told.Message != "":
		return nil, told.Message
	case json.Unmarshal(told.Detail, &text) == nil:
		return nil, text
	}
	return nil, ""
}

// retryAfter is when the service says to come back.
func retryAfter(h http.Header, now time.Time) time.Duration {
	const most = time.Hour
	bound := func(d time.Duration) time.Duration { return min(max(d, 0), most) }
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms >= 0 {
		return bound(time.Duration(min(ms, 1e9)) * time.Millisecond)
	}
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 {
		return bound(time.Duration(min(seconds, 1e6) * float64(time.Second)))
	}
	if at, err := http.ParseTime(value); err == nil {
		return bound(at.Sub(now))
	}
	return 0
}
