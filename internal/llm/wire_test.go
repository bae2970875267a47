package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/anthropic"
	"github.com/gatesmith/gatesmith/internal/llm/exchange"
	"github.com/gatesmith/gatesmith/internal/llm/llmtest"
	"github.com/gatesmith/gatesmith/internal/llm/openai"
)

// What holds for both APIs is tested with both, on the real wire format.

var apis = []llmtest.API{llmtest.Anthropic, llmtest.OpenAI}

type closer interface {
	llm.Provider
	Close()
}

// provider asks a fake.
func provider(s *llmtest.Service, change ...func(*exchange.Options)) closer {
	o := exchange.Options{Provider: "fake", BaseURL: s.URL, Key: llmtest.Key, NeedsKey: true, Transport: s.Transport,
		KeySetting: "FAKE_API_KEY", URLSetting: "models.providers.fake.baseUrl"}
	for _, f := range change {
		f(&o)
	}
	models := func(id string) (llm.Model, bool) {
		return llm.Model{ID: id, Provider: "fake", Reasoning: true, MaxOutput: 64_000}, true
	}
	if strings.HasSuffix(s.URL, "/v1") {
		return openai.New(openai.Options{Options: o, Models: models})
	}
	return anthropic.New(anthropic.Options{Options: o, Models: models})
}

// outcome is what came of one request.
type outcome struct {
	*llm.Answer
	deltas []llm.Delta
	err    error
	took   time.Duration
}

func (o *outcome) failure(t *testing.T) *llm.Error {
	t.Helper()
	var e *llm.Error
	if !errors.As(o.err, &e) {
		t.Fatalf("error %v (%T) is no *llm.Error", o.err, o.err)
	}
	return e
}

func ask(ctx context.Context, p llm.Provider, r *llm.Request) *outcome {
	o := &outcome{}
	begin := time.Now()
	o.Answer, o.err = p.Stream(ctx, r, func(d llm.Delta) { o.deltas = append(o.deltas, d) })
	o.took = time.Since(begin)
	return o
}

func hello() *llm.Request {
	return &llm.Request{Model: "m-1", System: "be brief", Messages: []llm.Message{llm.UserText("hello")}}
}

// play asks a fake in memory, where time is not real.
func play(t *testing.T, test func(t *testing.T, api llmtest.API)) {
	for _, api := range apis {
		t.Run(string(api), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, api) })
		})
	}
}

// run asks a fake once that answers with the replies.
func run(t *testing.T, api llmtest.API, r *llm.Request, replies ...llmtest.Reply) (*outcome, *llmtest.Service) {
	t.Helper()
	s, stop := llmtest.NewInMemory(api, replies...)
	defer stop()
	p := provider(s)
	defer p.Close()
	return ask(t.Context(), p, r), s
}

func TestAnswer(t *testing.T) {
	for _, api := range apis {
		t.Run(string(api), func(t *testing.T) {
			s := llmtest.New(t, api, llmtest.Reply{
				Thinking: []string{"let me ", "see"}, Text: []string{"Hello", ", ", "you"},
				Usage: llmtest.Usage{Input: 12, Output: 7, CacheRead: 100, CacheWrite: 30},
			})
			p := provider(s)
			defer p.Close()
			o := ask(t.Context(), p, hello())
			if o.err != nil {
				t.Fatal(o.err)
			}
			if o.Text() != "Hello, you" || o.Thinking() != "let me see" || o.Stop != llm.StopEnd || o.Provider != "fake" || o.Model != "m-1" {
				t.Errorf("%+v", o.Answer)
			}
			if want := (llm.Usage{Input: 12, Output: 7, CacheRead: 100, CacheWrite: 30}); !o.UsageKnown || o.Usage != want {
				t.Errorf("usage %+v, want %+v", o.Usage, want)
			}
			want := []llm.Delta{{Kind: llm.DeltaThinking, Text: "let me "}, {Kind: llm.DeltaThinking, Text: "see"},
				{Kind: llm.DeltaText, Text: "Hello"}, {Kind: llm.DeltaText, Text: ", "}, {Kind: llm.DeltaText, Text: "you"}}
			if !reflect.DeepEqual(o.deltas, want) {
				t.Errorf("streamed %v", o.deltas)
			}
			call := s.Call(t, 0)
			if call.Field("stream") != true || call.Field("model") != "m-1" {
				t.Errorf("asked %s", call.Body)
			}
			if api == llmtest.Anthropic {
				if o.Parts[0].(llm.Thinking).Signature != "c2lnbmVk" {
					t.Errorf("signature lost: %+v", o.Parts[0])
				}
				if call.Header.Get("X-Api-Key") != llmtest.Key || call.Header.Get("Anthropic-Version") == "" {
					t.Errorf("headers %v", call.Header)
				}
			} else if call.Header.Get("Authorization") != "Bearer "+llmtest.Key {
				t.Errorf("headers %v", call.Header)
			}
		})
	}
}

func TestToolCallsInPieces(t *testing.T) {
	play(t, func(t *testing.T, api llmtest.API) {
		r := hello()
		r.Tools = []llm.Tool{{Name: "web.search", Description: "Searches", Schema: json.RawMessage(`{"type":"object","properties":{"q":{"type":"string"}},"required":["q"],"$defs":{}}`)}, {Name: "clock"}}
		o, s := run(t, api, r, llmtest.Reply{
			Text: []string{"Looking."},
			Tools: []llmtest.Tool{
				{ID: "call_1", Name: "web_search", Arguments: []string{`{"q`, `":"gate`, `s"}`}},
				{ID: "call_2", Name: "clock"},
				{ID: "call_3", Name: "clock", Arguments: []string{`{"zone":`}},
			},
		})
		if o.err != nil || o.Stop != llm.StopToolUse {
			t.Fatalf("%v, stop %s", o.err, o.Stop)
		}
		calls := o.ToolCalls()
		if len(calls) != 3 || calls[0].Name != "web.search" || string(calls[0].Arguments) != `{"q":"gates"}` || calls[0].ID != "call_1" || calls[0].Fault != "" {
			t.Fatalf("%+v", calls)
		}
		if string(calls[1].Arguments) != "{}" || calls[1].Fault != "" {
			t.Errorf("without arguments: %+v", calls[1])
		}
		if string(calls[2].Arguments) != "{}" || !strings.Contains(calls[2].Fault, "not valid JSON") {
			t.Errorf("with faulty arguments: %+v", calls[2])
		}
		var announced []string
		for _, d := range o.deltas {
			if d.Kind == llm.DeltaToolCall {
				announced = append(announced, d.Text)
			}
		}
		if strings.Join(announced, " ") != "web.search clock clock" {
			t.Errorf("announced %v", announced)
		}
		tools, _ := s.Call(t, 0).Field("tools").([]any)
		text, _ := json.Marshal(tools)
		if len(tools) != 2 || !strings.Contains(string(text), `"web_search"`) || !strings.Contains(string(text), `"$defs"`) {
			t.Errorf("tools %s", text)
		}
	})
}

func TestFailuresBeforeTheAnswer(t *testing.T) {
	for _, test := range []struct {
		name    string
		reply   llmtest.Reply
		kind    llm.ErrorKind
		calls   int // requests until it is given up
		retry   bool
		setting string
	}{
		{"401", llmtest.Reply{Status: 401, Kind: "authentication_error"}, llm.ErrCredentials, 1, false, "FAKE_API_KEY"},
		{"403", llmtest.Reply{Status: 403, Kind: "permission_error"}, llm.ErrCredentials, 1, false, "FAKE_API_KEY"},
		{"402", llmtest.Reply{Status: 402, Kind: "billing_error"}, llm.ErrQuota, 1, false, ""},
		{"quota as 429", llmtest.Reply{Status: 429, Kind: "insufficient_quota"}, llm.ErrQuota, 1, false, ""},
		{"429", llmtest.Reply{Status: 429, Kind: "rate_limit_error"}, llm.ErrRateLimit, 4, true, ""},
		{"429 not to be repeated", llmtest.Reply{Status: 429, Kind: "rate_limit_error", Header: map[string]string{"x-should-retry": "false"}}, llm.ErrRateLimit, 1, false, ""},
		{"500", llmtest.Reply{Status: 500, Kind: "api_error"}, llm.ErrServer, 4, true, ""},
		{"502 with a page", llmtest.Reply{Status: 502, Body: "<html>Bad gateway</html>"}, llm.ErrServer, 4, true, ""},
		{"503", llmtest.Reply{Status: 503, Body: "busy"}, llm.ErrOverloaded, 4, true, ""},
		{"529", llmtest.Reply{Status: 529, Kind: "overloaded_error"}, llm.ErrOverloaded, 4, true, ""},
		{"overloaded in the stream", llmtest.Reply{Fault: llmtest.FaultTold, Kind: "overloaded_error"}, llm.ErrOverloaded, 4, true, ""},
		{"400", llmtest.Reply{Status: 400, Kind: "invalid_request_error"}, llm.ErrInvalid, 1, false, ""},
		{"too long", llmtest.Reply{Status: 400, Body: `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 250000 tokens > 200000 maximum"}}`}, llm.ErrContext, 1, false, ""},
		{"too long by code", llmtest.Reply{Status: 400, Body: `{"error":{"message":"no","type":"invalid_request_error","code":"context_length_exceeded"}}`}, llm.ErrContext, 1, false, ""},
		{"no such model", llmtest.Reply{Status: 404, Kind: "not_found_error"}, llm.ErrModel, 1, false, ""},
		{"no such API", llmtest.Reply{Status: 404, Body: "<html>404</html>"}, llm.ErrInvalid, 1, false, "models.providers.fake.baseUrl"},
		{"a page", llmtest.Reply{Status: 200, Body: "<html>Welcome</html>"}, llm.ErrAnswer, 1, false, "models.providers.fake.baseUrl"},
		{"an error as 200", llmtest.Reply{Status: 200, Body: `{"error":{"message":"slow down","code":429}}`}, llm.ErrRateLimit, 4, true, ""},
		{"redirect", llmtest.Reply{Status: 307, Header: map[string]string{"Location": "http://elsewhere.test/"}}, llm.ErrInvalid, 1, false, "models.providers.fake.baseUrl"},
		{"disconnect", llmtest.Reply{Text: []string{"x"}, Fault: llmtest.FaultDisconnect}, llm.ErrNetwork, 4, true, ""},
		{"malformed", llmtest.Reply{Text: []string{"x"}, Fault: llmtest.FaultMalformed}, llm.ErrAnswer, 4, true, ""},
		{"too early an end", llmtest.Reply{Text: []string{"x"}, Fault: llmtest.FaultEnd}, llm.ErrNetwork, 4, true, ""},
		{"stall", llmtest.Reply{Text: []string{"x"}, Fault: llmtest.FaultStall}, llm.ErrTimeout, 4, true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			play(t, func(t *testing.T, api llmtest.API) {
				o, s := run(t, api, hello(), test.reply)
				e := o.failure(t)
				if e.Kind != test.kind || e.Retryable != test.retry || e.Setting != test.setting || e.Provider != "fake" || e.Message == "" {
					t.Errorf("%+v", e)
				}
				if s.Calls() != test.calls {
					t.Errorf("%d requests, want %d", s.Calls(), test.calls)
				}
				if o.Answer == nil || o.Stop != llm.StopError || len(o.Parts) > 0 || len(o.deltas) > 0 {
					t.Errorf("%+v", o.Answer)
				}
			})
		})
	}
}

func TestFailuresInTheAnswer(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault llmtest.Fault
		kind  llm.ErrorKind
	}{
		{"disconnect", llmtest.FaultDisconnect, llm.ErrNetwork},
		{"end", llmtest.FaultEnd, llm.ErrNetwork},
		{"malformed", llmtest.FaultMalformed, llm.ErrAnswer},
		{"told", llmtest.FaultTold, llm.ErrOverloaded},
		{"stall", llmtest.FaultStall, llm.ErrTimeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			play(t, func(t *testing.T, api llmtest.API) {
				o, s := run(t, api, hello(), llmtest.Reply{Text: []string{"one ", "two ", "three"}, Fault: test.fault, After: 2})
				e := o.failure(t)
				if e.Kind != test.kind || !e.Retryable {
					t.Errorf("%+v", e)
				}
				if o.Text() != "one two " || o.Stop != llm.StopError {
					t.Errorf("what had come is lost: %+v", o.Answer)
				}
				if s.Calls() != 1 {
					t.Errorf("%d requests: what was begun is not repeated", s.Calls())
				}
				if test.fault == llmtest.FaultStall && (o.took != exchange.DefaultIdle || !strings.Contains(e.Message, "2m")) {
					t.Errorf("took %s: %s", o.took, e.Message)
				}
			})
		})
	}
}

func TestRepeatedUntilItSucceeds(t *testing.T) {
	play(t, func(t *testing.T, api llmtest.API) {
		o, s := run(t, api, hello(),
			llmtest.Reply{Status: 500},
			llmtest.Reply{Status: 429, Kind: "rate_limit_error", Header: map[string]string{"retry-after": "7"}},
			llmtest.Reply{Text: []string{"at last"}},
		)
		if o.err != nil || o.Text() != "at last" || s.Calls() != 3 {
			t.Fatalf("%v %q after %d requests", o.err, o.Text(), s.Calls())
		}
		first, second := s.Call(t, 1).At.Sub(s.Call(t, 0).At), s.Call(t, 2).At.Sub(s.Call(t, 1).At)
		if first < 250*time.Millisecond || first > 500*time.Millisecond || second < 7*time.Second || second > 8*time.Second {
			t.Errorf("repeated after %s and %s", first, second)
		}
	})
}

func TestRetryAfterThatIsTooLong(t *testing.T) {
	play(t, func(t *testing.T, api llmtest.API) {
		o, s := run(t, api, hello(), llmtest.Reply{Status: 429, Kind: "rate_limit_error", Header: map[string]string{"retry-after": "120"}})
		if e := o.failure(t); e.RetryAfter != 2*time.Minute || !e.Retryable || s.Calls() != 1 || o.took > time.Second {
			t.Errorf("%+v after %d requests, %s", e, s.Calls(), o.took)
		}
	})
}

func TestSlowFirstToken(t *testing.T) {
	play(t, func(t *testing.T, api llmtest.API) {
		o, s := run(t, api, hello(), llmtest.Reply{Delay: exchange.DefaultFirst - time.Second, Text: []string{"slow", "ly"}, Every: exchange.DefaultIdle - time.Second})
		if o.err != nil || o.Text() != "slowly" || s.Calls() != 1 {
			t.Errorf("%v %q after %d requests", o.err, o.Text(), s.Calls())
		}
		o, s = run(t, api, hello(), llmtest.Reply{Delay: exchange.DefaultFirst + time.Second})
		if e := o.failure(t); e.Kind != llm.ErrTimeout || !strings.Contains(e.Message, "5m") || s.Calls() != 4 {
			t.Errorf("%+v after %d requests", e, s.Calls())
		}
	})
}

func TestCancelEndsTheExchange(t *testing.T) {
	for _, api := range apis {
		t.Run(string(api), func(t *testing.T) {
			s := llmtest.New(t, api, llmtest.Reply{Text: []string{"one ", "two"}, Fault: llmtest.FaultStall, After: 1})
			p := provider(s)
			defer p.Close()
			why := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			o := &outcome{}
			o.Answer, o.err = p.Stream(ctx, hello(), func(d llm.Delta) { cancel(why) })
			if !errors.Is(o.err, why) || o.Stop != llm.StopAborted || o.Text() != "one " {
				t.Errorf("%v %+v", o.err, o.Answer)
			}
			call := s.Call(t, 0)
			select {
			case <-call.Ended:
			case <-t.Context().Done():
			}
			if !call.Left {
				t.Error("the service was not told")
			}
			if api == llmtest.Anthropic && (!o.UsageKnown || o.Usage.Input != 10) {
				t.Errorf("what was used by then is lost: %+v", o.Usage)
			}
		})
	}
}

func TestCancelEndsTheWait(t *testing.T) {
	play(t, func(t *testing.T, api llmtest.API) {
		s, stop := llmtest.NewInMemory(api, llmtest.Reply{Status: 429, Kind: "rate_limit_error", Header: map[string]string{"retry-after": "20"}})
		defer stop()
		p := provider(s)
		defer p.Close()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		o := ask(ctx, p, hello())
		if !errors.Is(o.err, context.Canceled) || o.Stop != llm.StopAborted || o.took != 3*time.Second {
			t.Errorf("%v after %s", o.err, o.took)
		}
		// With a deadline that comes before the repeat there is no use in waiting.
		ctx, cancel = context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		o = ask(ctx, p, hello())
		if e := o.failure(t); e.Kind != llm.ErrRateLimit || o.took > time.Second {
			t.Errorf("%v after %s", o.err, o.took)
		}
	})
}

func TestMissingUsage(t *testing.T) {
	play(t, func(t *testing.T, api llmtest.API) {
		o, _ := run(t, api, hello(), llmtest.Reply{Text: []string{"x"}, NoUsage: true})
		if o.err != nil || o.UsageKnown || o.Usage != (llm.Usage{}) {
			t.Errorf("%v %+v", o.err, o.Answer)
		}
	})
}

func TestStopReasons(t *testing.T) {
	play(t, func(t *testing.T, api llmtest.API) {
		length, refusal := "max_tokens", "refusal"
		if api == llmtest.OpenAI {
			length, refusal = "length", "content_filter"
		}
		for stop, want := range map[string]llm.StopReason{length: llm.StopLength, refusal: llm.StopRefusal, "something new": llm.StopEnd} {
			if o, _ := run(t, api, hello(), llmtest.Reply{Text: []string{"x"}, Stop: stop}); o.err != nil || o.Stop != want {
				t.Errorf("%s: %v %s", stop, o.err, o.Stop)
			}
		}
		o, _ := run(t, api, hello(), llmtest.Reply{Tools: []llmtest.Tool{{ID: "c", Name: "clock", Arguments: []string{`{"zo`}}}, Stop: length})
		if o.err != nil || o.Stop != llm.StopLength || len(o.ToolCalls()) > 0 {
			t.Errorf("a call that was cut off: %v %+v", o.err, o.Answer)
		}
	})
}

func TestWithoutKey(t *testing.T) {
	play(t, func(t *testing.T, api llmtest.API) {
		s, stop := llmtest.NewInMemory(api)
		defer stop()
		p := provider(s, func(o *exchange.Options) { o.Key = "" })
		defer p.Close()
		o := ask(t.Context(), p, hello())
		if e := o.failure(t); e.Kind != llm.ErrCredentials || e.Setting != "FAKE_API_KEY" || s.Calls() != 0 || !strings.Contains(e.Error(), "fake: there is no API key: set FAKE_API_KEY") {
			t.Errorf("%v after %d requests", e, s.Calls())
		}
	})
}

func TestUnreachable(t *testing.T) {
	for _, api := range apis {
		s := llmtest.New(t, api)
		p := provider(s, func(o *exchange.Options) {
			// Port 1 of loopback: nobody listens there.
			o.BaseURL, o.Retries, o.Transport = "http://user:hunter2@127.0.0.1:1", -1, nil
		})
		o := ask(t.Context(), p, hello())
		e := o.failure(t)
		if e.Kind != llm.ErrNetwork || e.Setting != "models.providers.fake.baseUrl" || !strings.Contains(e.Message, "http://127.0.0.1:1 can't be reached") || strings.Contains(e.Error(), "hunter2") {
			t.Errorf("%s: %+v", api, e)
		}
		p.Close()
	}
}

// Services repeat keys in what they say of errors, and so do proxies with
// headers.
func TestErrorsHoldNoSecrets(t *testing.T) {
	const secret, header = "sk-ant-very-secret-key-123456", "Basic dXNlcjpodW50ZXIy"
	for _, reply := range []llmtest.Reply{
		{Status: 400, Body: `{"error":{"message":"key ` + secret + ` with ` + header + ` and dXNlcjpodW50ZXIy is no good, see http://bob:pw12345@host/"}}`},
		{Status: 500, Body: "failed for Authorization: Bearer " + secret},
		{Status: 401, Body: `{"error":{"message":"Incorrect API key provided: sk-ant-v********3456"}}`},
		{Status: 400, Body: strings.Repeat("x", 290) + secret},
	} {
		play(t, func(t *testing.T, api llmtest.API) {
			// The fake takes one key only: this one goes past its check as it
			// looks at the usual headers.
			s, stop := llmtest.NewInMemory(api, reply)
			defer stop()
			p := provider(s, func(o *exchange.Options) {
				o.Key = secret
				o.Headers = map[string]string{"Authorization": "Bearer " + llmtest.Key, "X-Api-Key": "", "Proxy-Auth": header}
				o.Retries = -1
			})
			defer p.Close()
			o := ask(t.Context(), p, hello())
			e := o.failure(t)
			for _, bad := range []string{secret, secret[:8], header, "dXNlcjpodW50ZXIy", "pw12345", "3456"} {
				if strings.Contains(e.Error(), bad) {
					t.Errorf("%q shows %q", e.Error(), bad)
				}
			}
			if len(e.Error()) > 500 {
				t.Errorf("%d bytes", len(e.Error()))
			}
		})
	}
}

func TestConfiguredHeaders(t *testing.T) {
	play(t, func(t *testing.T, api llmtest.API) {
		s, stop := llmtest.NewInMemory(api)
		defer stop()
		p := provider(s, func(o *exchange.Options) { o.Headers = map[string]string{"X-Title": "gatesmith"} })
		defer p.Close()
		if o := ask(t.Context(), p, hello()); o.err != nil {
			t.Fatal(o.err)
		}
		if got := s.Call(t, 0).Header.Get("X-Title"); got != "gatesmith" {
			t.Errorf("%q", got)
		}
	})
}

// A server that leaves the key unread keeps none: 401 names what to set.
func TestWrongKey(t *testing.T) {
	play(t, func(t *testing.T, api llmtest.API) {
		s, stop := llmtest.NewInMemory(api)
		defer stop()
		p := provider(s, func(o *exchange.Options) { o.Key = "sk-wrong-key-000000" })
		defer p.Close()
		o := ask(t.Context(), p, hello())
		if e := o.failure(t); e.Kind != llm.ErrCredentials || e.Status != http.StatusUnauthorized || e.Setting != "FAKE_API_KEY" || strings.Contains(e.Error(), "sk-wrong") {
			t.Errorf("%v", e)
		}
	})
}

// BenchmarkStream is a whole answer of 20 pieces from a fake on loopback, the
// fake's own work included.
func BenchmarkStream(b *testing.B) {
	for _, api := range apis {
		b.Run(string(api), func(b *testing.B) {
			s := llmtest.New(b, api, llmtest.Reply{Text: llmtest.Words(strings.Repeat("word ", 19) + "word")})
			p := provider(s)
			defer p.Close()
			r := hello()
			for b.Loop() {
				if o := ask(b.Context(), p, r); o.err != nil || len(o.deltas) != 20 {
					b.Fatal(o.err, len(o.deltas))
				}
			}
		})
	}
}
