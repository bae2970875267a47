package agent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// box is a toolbox of functions.
type box map[string]func(ctx context.Context, c *Caller, args string) (*ToolOutput, error)

func (b box) List(context.Context, *Caller) []llm.Tool {
	var out []llm.Tool
	for name := range b {
		out = append(out, llm.Tool{Name: name})
	}
	slices.SortFunc(out, func(a, b llm.Tool) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (b box) Call(ctx context.Context, c *Caller, call llm.ToolCall) (*ToolOutput, error) {
	f := b[call.Name]
	if f == nil {
		return nil, errors.New("there is no tool " + call.Name)
	}
	return f(ctx, c, string(call.Arguments))
}

func (b box) Shown(call llm.ToolCall) json.RawMessage {
	return json.RawMessage(strings.ReplaceAll(string(call.Arguments), "s3cret", "…"))
}

// callsFirst asks for tools, and then answers with what they gave.
func callsFirst(calls ...llm.ToolCall) func(context.Context, *llm.Request, func(llm.Delta)) (*llm.Answer, error) {
	return func(ctx context.Context, r *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
		last := r.Messages[len(r.Messages)-1]
		if last.Role != llm.RoleTool {
			emit(llm.Delta{Kind: llm.DeltaText, Text: "Let me see."})
			parts := []llm.Part{llm.Text{Text: "Let me see."}}
			for _, c := range calls {
				parts = append(parts, c)
			}
			return &llm.Answer{Parts: parts, Stop: llm.StopToolUse, UsageKnown: true, Usage: llm.Usage{Input: 1, Output: 1}}, nil
		}
		var texts []string
		for _, p := range last.Parts {
			texts = append(texts, p.(llm.ToolResult).Text)
		}
		return says("It is "+strings.Join(texts, " and "))(ctx, r, emit)
	}
}

func TestTools(t *testing.T) {
	r := newRig(t)
	var caller *Caller
	r.tools = box{
		"add": func(_ context.Context, c *Caller, args string) (*ToolOutput, error) {
			caller = c
			return &ToolOutput{Text: "5 of " + args}, nil
		},
		"panic": func(context.Context, *Caller, string) (*ToolOutput, error) { panic("no") },
		"long": func(context.Context, *Caller, string) (*ToolOutput, error) {
			return &ToolOutput{Text: strings.Repeat("ж", 300)}, nil
		},
	}
	r.config.Tools.V.MaxOutputBytes = wire.Some(int64(256))
	r.run()
	r.model.reply = callsFirst(llm.ToolCall{ID: "c1", Name: "add", Arguments: json.RawMessage(`{"a":2}`)}, llm.ToolCall{ID: "c2", Name: "panic", Arguments: json.RawMessage(`{}`)},
		llm.ToolCall{ID: "c3", Name: "none", Arguments: json.RawMessage(`{}`)}, llm.ToolCall{ID: "c4", Name: "long", Arguments: json.RawMessage(`{}`)}, llm.ToolCall{ID: "c5", Name: "add", Arguments: json.RawMessage(`{}`), Fault: "not JSON"})
	req := request("k", "main", "add")
	req.Change = func(e *protocol.SessionEntry) { e.VerboseLevel = wire.Some(protocol.VerboseLevelOn) }
	req.Source = Source{Origin: FromOperator, Scopes: []string{"operator.read"}}
	o := r.wait(r.start(req))
	text := o.Result.Payloads[0].Text
	for _, want := range []string{"Let me see.\n\nIt is 5 of {\"a\":2} and ", "Error: the tool panic failed unexpectedly", "there is no tool none", "[cut: 256 of 600 bytes are shown]", "the arguments of add are not right: not JSON"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	if caller.RunID != "k" || caller.SessionKey != "agent:main:main" || caller.AgentID != "main" || !slices.Equal(caller.Source.Scopes, []string{"operator.read"}) {
		t.Errorf("caller %+v", caller)
	}
	got := r.transcript("main")
	if len(got) != 8 || !strings.HasPrefix(got[2], "toolResult: 5 of") {
		t.Errorf("transcript %q", got)
	}
	if lines := r.events.lines("k"); !slices.Contains(lines, `tool add {"a":2}`) {
		// The session is new, so its level counts from the next run on.
		o = r.wait(r.start(request("k2", "main", "add")))
		if lines = r.events.lines("k2"); !slices.Contains(lines, `tool add {"a":2}`) {
			t.Errorf("no event tells of a tool: %q, %v", lines, o)
		}
	}
}

func TestTheNumberOfStepsIsBounded(t *testing.T) {
	r := newRig(t)
	calls := 0
	r.tools = box{"again": func(context.Context, *Caller, string) (*ToolOutput, error) {
		calls++
		return &ToolOutput{Text: "once more"}, nil
	}}
	r.config.Tools.V.MaxSteps = wire.Some(int64(3))
	r.run()
	r.model.reply = func(ctx context.Context, q *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
		if len(q.Tools) == 0 {
			return says("enough")(ctx, q, emit)
		}
		return &llm.Answer{Parts: []llm.Part{llm.ToolCall{ID: "c", Name: "again", Arguments: json.RawMessage(`{}`)}}, Stop: llm.StopToolUse}, nil
	}
	if o := r.wait(r.start(request("k", "main", "go"))); o.State != OK || calls != 3 {
		t.Errorf("%+v after %d calls", o, calls)
	}
}

// What a tool waits for does not count as its time, and everybody is told of it,
// also who does not follow tools.
func TestAToolWaitsForPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.tools = box{
			"asks": func(ctx context.Context, _ *Caller, _ string) (*ToolOutput, error) {
				Unhurried(ctx, func() {
					Tell(ctx, wire.Raw(`{"waits":true}`))
					time.Sleep(time.Hour) // of the bubble
				})
				return &ToolOutput{Text: "allowed"}, ctx.Err()
			},
			"dawdles": func(ctx context.Context, _ *Caller, _ string) (*ToolOutput, error) {
				Unhurried(ctx, func() { time.Sleep(time.Hour) })
				<-ctx.Done()
				return nil, ctx.Err()
			},
		}
		r.run()
		r.model.reply = callsFirst(llm.ToolCall{ID: "c1", Name: "asks", Arguments: json.RawMessage(`{"key":"s3cret"}`)}, llm.ToolCall{ID: "c2", Name: "dawdles", Arguments: json.RawMessage(`{}`)})
		q := request("k", "main", "go")
		q.Timeout = 24 * time.Hour
		x := r.start(q)
		<-x.Done()
		o := x.Outcome()
		if o.State != OK || !strings.Contains(o.Result.Payloads[0].Text, "It is allowed and Error: dawdles: "+errToolTime.Error()) {
			t.Errorf("%+v", o.Result)
		}
		lines := r.events.lines("k")
		if !slices.Contains(lines, `tool asks update {"waits":true}`) || slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "s3cret") }) {
			t.Errorf("%q", lines)
		}
	})
}

func TestAStopReachesATool(t *testing.T) {
	r := newRig(t)
	began := make(chan struct{})
	r.tools = box{"slow": func(ctx context.Context, _ *Caller, _ string) (*ToolOutput, error) {
		close(began)
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	r.run()
	r.model.reply = callsFirst(llm.ToolCall{ID: "c1", Name: "slow", Arguments: json.RawMessage(`{}`)})
	x := r.start(request("k", "main", "go"))
	<-began
	r.Stop(func(*Run) bool { return true }, protocol.ChatStopReasonRpc)
	if o := r.wait(x); o.State != Aborted {
		t.Errorf("%+v", o)
	}
	// The call has no result; the next run makes up for it, as providers want.
	r.model.reply = echoes
	r.wait(r.start(request("k2", "main", "and now")))
	asked := r.model.asked()
	messages := asked[len(asked)-1].Messages
	if m := messages[2]; m.Role != llm.RoleTool || m.Parts[0].(llm.ToolResult).Text != interrupted {
		t.Errorf("messages %+v", messages)
	}
}

func TestCompaction(t *testing.T) {
	r := newRig(t).run()
	summaries := 0
	r.model.reply = func(ctx context.Context, q *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
		if q.System == summarySystem {
			summaries++
			return &llm.Answer{Parts: []llm.Part{llm.Text{Text: "they counted to two"}}, Stop: llm.StopEnd}, nil
		}
		a, err := echoes(ctx, q, emit)
		a.Usage = llm.Usage{Input: 790, Output: 20} // of a window of 1000
		return a, err
	}
	r.wait(r.start(request("1", "main", "one")))
	r.wait(r.start(request("2", "main", "two")))
	if summaries != 1 {
		t.Fatalf("%d summaries", summaries)
	}
	got := r.transcript("main")
	if len(got) != 3 || !strings.Contains(got[0], "they counted to two") || got[1] != "user: two" || got[2] != "assistant: you said two" {
		t.Errorf("what the model sees: %q", got)
	}
	if n := strings.Count(strings.Join(r.events.lines("2"), "\n"), "compaction"); n != 2 {
		t.Errorf("%d events of compaction", n)
	}
}

func TestCompactionWhenTheProviderSaysSo(t *testing.T) {
	r := newRig(t).run()
	r.wait(r.start(request("1", "main", "one")))
	refused := false
	r.model.reply = func(ctx context.Context, q *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
		switch {
		case q.System == summarySystem:
			return &llm.Answer{Parts: []llm.Part{llm.Text{Text: "short"}}, Stop: llm.StopEnd}, nil
		case !refused:
			refused = true
			return &llm.Answer{}, &llm.Error{Provider: "first", Kind: llm.ErrContext, Message: "too long"}
		}
		return echoes(ctx, q, emit)
	}
	if o := r.wait(r.start(request("2", "main", "two"))); o.State != OK || o.Result.Payloads[0].Text != "you said two" {
		t.Errorf("%+v", o)
	}
}

func TestResume(t *testing.T) {
	r := newRig(t)
	tried := 0
	r.tools = box{"slow": func(ctx context.Context, _ *Caller, _ string) (*ToolOutput, error) {
		tried++
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	r.run()
	inTool := make(chan struct{})
	ask := callsFirst(llm.ToolCall{ID: "c1", Name: "slow", Arguments: json.RawMessage(`{}`)})
	r.model.reply = func(ctx context.Context, q *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
		switch q.Messages[len(q.Messages)-1].Text() {
		case "use the tool":
			defer close(inTool)
			return ask(ctx, q, emit)
		case "think":
			return waits(ctx, q, emit)
		}
		return ask(ctx, q, emit)
	}
	r.start(request("tool", "a", "use the tool"))
	<-inTool
	r.start(request("thinking", "b", "think"))
	r.start(request("waiting", "b", "wait your turn"))
	r.halt()

	r.model.reply = func(ctx context.Context, q *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
		if last := q.Messages[len(q.Messages)-1]; last.Role == llm.RoleTool {
			return says("after "+last.Parts[0].(llm.ToolResult).Text)(ctx, q, emit)
		}
		return echoes(ctx, q, emit)
	}
	r.run()
	for _, id := range []string{"tool", "thinking", "waiting"} {
		w, err := r.AgentWait(t.Context(), &protocol.AgentWaitParams{RunID: id, TimeoutMs: wire.Some(int64(20000))})
		if err != nil || w.Status != protocol.AgentWaitResultStatusOk {
			t.Errorf("%s: %+v, %v", id, w, err)
		}
	}
	equal(t, "the session that waited", r.transcript("b"), []string{"user: think", "assistant: you said think", "user: wait your turn", "assistant: you said wait your turn"})
	a := r.transcript("a")
	if got := a[len(a)-1]; got != "assistant: after "+interrupted && got != "assistant: after "+"Error: context canceled" {
		t.Errorf("the session with the tool: %q", a)
	}
	if tried > 1 {
		t.Error("the tool was called again, though it may have been done")
	}
}

func TestARunThatEndsTheProcessIsGivenUp(t *testing.T) {
	r := newRig(t)
	asked := make(chan struct{})
	r.model.reply = func(ctx context.Context, q *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
		asked <- struct{}{}
		return waits(ctx, q, emit)
	}
	r.run()
	r.start(request("k", "main", "x"))
	for range maxAttempts - 1 {
		<-asked
		r.halt()
		r.run()
	}
	<-asked
	r.halt()
	r.run()
	w, err := r.AgentWait(t.Context(), &protocol.AgentWaitParams{RunID: "k"})
	if err != nil || w.Status != protocol.AgentWaitResultStatusError {
		t.Errorf("%+v, %v", w, err)
	}
	if got := r.transcript("main"); len(got) != 2 || !strings.Contains(got[1], "it was given up") {
		t.Errorf("transcript %q", got)
	}
}
