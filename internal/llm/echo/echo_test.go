package echo_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/echo"
)

// ask returns the answer to one message and what was streamed of it.
func ask(t *testing.T, r *llm.Request) (a *llm.Answer, streamed []llm.Delta, err error) {
	t.Helper()
	a, err = (&echo.Provider{}).Stream(t.Context(), r, func(d llm.Delta) { streamed = append(streamed, d) })
	return a, streamed, err
}

func said(deltas []llm.Delta, kind llm.DeltaKind) string {
	var b strings.Builder
	for _, d := range deltas {
		if d.Kind == kind {
			b.WriteString(d.Text)
		}
	}
	return b.String()
}

func user(text string) *llm.Request {
	return &llm.Request{Model: echo.ModelID, Messages: []llm.Message{llm.UserText(text)}}
}

func TestSaysBack(t *testing.T) {
	a, deltas, err := ask(t, user("hello, you there"))
	if err != nil {
		t.Fatal(err)
	}
	if a.Text() != "hello, you there" || a.Text() != said(deltas, llm.DeltaText) {
		t.Errorf("text %q, streamed %q", a.Text(), said(deltas, llm.DeltaText))
	}
	if a.Thinking() == "" || a.Thinking() != said(deltas, llm.DeltaThinking) {
		t.Errorf("thinking %q, streamed %q", a.Thinking(), said(deltas, llm.DeltaThinking))
	}
	if a.Stop != llm.StopEnd || !a.UsageKnown || a.Usage.Input != 3 || a.Usage.Output <= 3 || a.Provider != "echo" || a.Model != "echo" {
		t.Errorf("%+v", a)
	}
}

func TestImagesAlone(t *testing.T) {
	r := user(" ")
	r.Messages[0].Parts = append(r.Messages[0].Parts, llm.Image{}, llm.Image{})
	if a, _, err := ask(t, r); err != nil || a.Text() != "(images were shown: 2)" {
		t.Errorf("%v %q", err, a.Text())
	}
}

func TestThinkingOff(t *testing.T) {
	r := user("hello")
	r.Thinking = llm.LevelOff
	a, deltas, err := ask(t, r)
	if err != nil || a.Thinking() != "" || len(deltas) != 1 {
		t.Errorf("%v %+v %v", err, a, deltas)
	}
}

func TestLongMessageComesInFewPieces(t *testing.T) {
	text := strings.Repeat("word ", 10_000)
	a, deltas, err := ask(t, user(text))
	if err != nil || a.Text() != text {
		t.Fatalf("%v: %d bytes", err, len(a.Text()))
	}
	if len(deltas) > 250 {
		t.Errorf("%d pieces", len(deltas))
	}
}

func TestScripts(t *testing.T) {
	for _, test := range []struct{ name, message, text, thinking string }{
		{"tokens", "/echo tokens=3 think=off", "token1 token2 token3", ""},
		{"text and thinking", `/echo text="two words" think="let me \"see\""`, "two words", `let me "see"`},
		{"the rest", "before\n/echo think=off\nafter", "before\nafter", ""},
		{"nothing", "/echo think=off", "(nothing was said)", ""},
		{"not a directive", "/echoes are fine", "/echoes are fine", "No language model is at work here: the built-in echo says back what it was told."},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, _, err := ask(t, user(test.message))
			if err != nil || a.Text() != test.text || a.Thinking() != test.thinking {
				t.Errorf("%v: %q, thinking %q", err, a.Text(), a.Thinking())
			}
		})
	}
}

func TestFaultyScripts(t *testing.T) {
	for _, test := range []struct{ message, want string }{
		{"/echo loud", "stall"},
		{"/echo volume=11", `does not know "volume"`},
		{"/echo delay=soon", "a duration such as"},
		{"/echo delay=99h", "at most"},
		{"/echo tokens=-1", "a number from 0"},
		{"/echo error=bad", "overloaded"},
		{`/echo text="open`, "quotes"},
		{"/echo tool=x {", "JSON"},
		{"/echo tool=", "name of a tool"},
	} {
		a, _, err := ask(t, user(test.message))
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != llm.ErrInvalid || e.Retryable || !strings.Contains(e.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.message, err, test.want)
		}
		if a == nil || a.Stop != llm.StopError {
			t.Errorf("%s: %+v", test.message, a)
		}
	}
}

func TestTool(t *testing.T) {
	r := user(`/echo tool=weather {"city": "Kyiv"} tool=clock think=off again=1`)
	a, deltas, err := ask(t, r)
	if err != nil || a.Stop != llm.StopToolUse {
		t.Fatalf("%v %+v", err, a)
	}
	calls := a.ToolCalls()
	if len(calls) != 2 || calls[0].Name != "weather" || string(calls[0].Arguments) != `{"city": "Kyiv"}` || calls[1].Name != "clock" || string(calls[1].Arguments) != "{}" {
		t.Fatalf("%+v", calls)
	}
	if got := said(deltas, llm.DeltaToolCall); got != "weatherclock" {
		t.Errorf("announced %q", got)
	}
	ids := map[string]bool{calls[0].ID: true, calls[1].ID: true}
	answered := func(text string) {
		r.Messages = append(r.Messages, a.Message(), llm.Message{Role: llm.RoleTool, Parts: []llm.Part{llm.ToolResult{CallID: calls[0].ID, Name: "weather", Text: text}}})
	}

	answered("sunny")
	if a, _, err = ask(t, r); err != nil || a.Stop != llm.StopToolUse || len(a.ToolCalls()) != 2 {
		t.Fatalf("again: %v %+v", err, a)
	}
	for _, c := range a.ToolCalls() {
		if ids[c.ID] {
			t.Errorf("the id %s comes twice", c.ID)
		}
	}
	answered("rainy")
	if a, _, err = ask(t, r); err != nil || a.Stop != llm.StopEnd || a.Text() != "rainy" {
		t.Errorf("after the results: %v %+v", err, a)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		message string
		kind    llm.ErrorKind
		text    string
		retry   bool
		after   time.Duration
	}{
		{"/echo error=overloaded retryAfter=2s", llm.ErrOverloaded, "", true, 2 * time.Second},
		{"/echo error=server tokens=9 after=2 think=off", llm.ErrServer, "token1 token2 ", true, 0},
		{"/echo error=context text=short after=50 think=off", llm.ErrContext, "short", false, 0},
		{"/echo error=credentials", llm.ErrCredentials, "", false, 0},
	} {
		a, _, err := ask(t, user(test.message))
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != test.kind || e.Retryable != test.retry || e.RetryAfter != test.after {
			t.Errorf("%s: %+v", test.message, err)
		}
		if a.Text() != test.text || a.Stop != llm.StopError {
			t.Errorf("%s: %+v", test.message, a)
		}
	}
}

func TestTiming(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var at []time.Duration
		_, err := echo.New().Stream(t.Context(), user("/echo tokens=3 delay=200ms every=5ms think=off"), func(llm.Delta) { at = append(at, time.Since(begin)) })
		if err != nil || len(at) != 3 || at[0] != 205*time.Millisecond && at[0] != 200*time.Millisecond || at[2]-at[1] != 5*time.Millisecond {
			t.Errorf("%v %v", err, at)
		}
		begin, at = time.Now(), nil
		if _, err = echo.New().Stream(t.Context(), user("one two three"), func(llm.Delta) { at = append(at, time.Since(begin)) }); err != nil || time.Since(begin) < 100*time.Millisecond || time.Since(begin) > time.Second {
			t.Errorf("unscripted: %v, %v", err, at)
		}
	})
}

func TestAbort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("enough")
		for _, message := range []string{"/echo stall", "/echo tokens=100 every=1s", "/echo delay=1h"} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(2500*time.Millisecond, func() { cancel(why) })
			a, err := echo.New().Stream(ctx, user(message), func(llm.Delta) {})
			if !errors.Is(err, why) || a.Stop != llm.StopAborted {
				t.Errorf("%s: %v %+v", message, err, a)
			}
		}
		a, _ := echo.New().Stream(t.Context(), user("/echo tokens=1 usage=off stop=length"), func(llm.Delta) {})
		if a.UsageKnown || a.Stop != llm.StopLength {
			t.Errorf("%+v", a)
		}
	})
}

// Whatever a message says, the echo answers or refuses; it does not panic.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"hello", "/echo tool=x {\"a\":1} stall", "/echo text=\"a\\\"b\" every=1ms", "/echo =\"", "/echo a=\"b\"c=d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, message string) {
		s, err := echo.Parse(message)
		if (s == nil) == (err == nil) {
			t.Fatalf("%v, %v", s, err)
		}
		if err == nil {
			for _, c := range s.Tools {
				if !json.Valid(c.Arguments) {
					t.Errorf("%s: arguments %q", message, c.Arguments)
				}
			}
		}
	})
}
