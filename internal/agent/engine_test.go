package agent

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/usage"
	"github.com/gatesmith/gatesmith/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answerer is a model provider whose answers a test gives.
type answerer struct {
	name  string
	reply func(ctx context.Context, r *llm.Request, emit func(llm.Delta)) (*llm.Answer, error)

	mu       sync.Mutex
	requests []*llm.Request
}

func (a *answerer) Name() string { return a.name }

func (a *answerer) Stream(ctx context.Context, r *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
	a.mu.Lock()
	a.requests = append(a.requests, r)
	a.mu.Unlock()
	return a.reply(ctx, r, emit)
}

func (a *answerer) asked() []*llm.Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.requests)
}

// says answers with a text, in words.
func says(text string) func(context.Context, *llm.Request, func(llm.Delta)) (*llm.Answer, error) {
	return func(_ context.Context, _ *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
		for _, word := range strings.SplitAfter(text, " ") {
			emit(llm.Delta{Kind: llm.DeltaText, Text: word})
		}
		return &llm.Answer{Parts: []llm.Part{llm.Text{Text: text}}, Stop: llm.StopEnd, UsageKnown: true, Usage: llm.Usage{Input: 10, Output: 5}}, nil
	}
}

// echoes answers with the last message.
func echoes(ctx context.Context, r *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
	return says("you said "+r.Messages[len(r.Messages)-1].Text())(ctx, r, emit)
}

// waits answers nothing until its context ends.
func waits(ctx context.Context, _ *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
	emit(llm.Delta{Kind: llm.DeltaText, Text: "half an "})
	<-ctx.Done()
	return &llm.Answer{Parts: []llm.Part{llm.Text{Text: "half an "}}, Stop: llm.StopAborted}, context.Cause(ctx)
}

// recorder keeps what is published.
type recorder struct {
	mu     sync.Mutex
	events []protocol.Event
}

func (r *recorder) Publish(_ context.Context, e protocol.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// lines words the events of a run, one a line.
func (r *recorder) lines(run string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, e := range r.events {
		switch p := e.Payload.(type) {
		case *protocol.AgentEventAssistant:
			if p.RunID == run {
				out = append(out, "assistant "+p.Data.Text)
			}
		case *protocol.AgentEventThinking:
			if p.RunID == run {
				out = append(out, "thinking "+p.Data.Content)
			}
		case *protocol.AgentEventLifecycle:
			if p.RunID == run {
				out = append(out, lifecycleLine(p.Data))
			}
		case *protocol.AgentEventTool:
			if p.RunID == run {
				out = append(out, toolLine(p.Data))
			}
		case *protocol.AgentEventCompaction:
			if p.RunID == run {
				out = append(out, "compaction")
			}
		case *protocol.ChatEventField:
			if p.RunID == run {
				out = append(out, chatLine(p))
			}
		}
	}
	return out
}

func lifecycleLine(d protocol.AgentLifecycleData) string {
	switch d := d.(type) {
	case *protocol.AgentLifecycleStart:
		return "start"
	case *protocol.AgentLifecycleEnd:
		if d.Aborted.V {
			return "end aborted"
		}
		return "end"
	case *protocol.AgentLifecycleError:
		return "error " + d.Error
	}
	return "?"
}

func toolLine(d protocol.AgentToolData) string {
	switch d := d.(type) {
	case *protocol.AgentToolStart:
		return "tool " + d.Name + " " + string(d.Args)
	case *protocol.AgentToolUpdate:
		return "tool " + d.Name + " update " + string(d.PartialResult)
	case *protocol.AgentToolResult:
		return "result " + string(d.Result)
	}
	return "?"
}

func chatLine(p *protocol.ChatEventField) string {
	text := ""
	if p.Message.Set {
		text = " " + sessions.Text(&p.Message.V)
	}
	return "chat " + string(p.State) + text + p.ErrorMessage.V + string(p.StopReason.V)
}

// rig is an engine on a real database.
type rig struct {
	*Service
	t        *testing.T
	dir      string
	store    *store.Store
	sessions *sessions.Service
	events   *recorder
	model    *answerer
	second   *answerer
	config   *protocol.Config
	tools    Toolbox
	limits   Limits
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, dir: t.TempDir(), model: &answerer{name: "first", reply: echoes}, second: &answerer{name: "second", reply: says("the second one")},
		events: &recorder{}, limits: Limits{Concurrent: 8, Queued: 1000}}
	r.config = new(protocol.Config)
	if err := r.config.DecodeAlias([]byte(`{"agents":{"defaults":{}},"tools":{},"agent":{}}`), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.halt() })
	return r
}

// run starts the engine on what is in the state folder.
func (r *rig) run() *rig {
	r.t.Helper()
	st, err := store.Open(r.t.Context(), store.Options{Dir: r.dir})
	if err != nil {
		r.t.Fatal(err)
	}
	r.store = st
	r.sessions = sessions.New(st, sessions.Options{Keys: func() sessions.Keys { return sessions.Keys{DefaultAgent: "main"} }})
	catalogue, err := llm.NewCatalogue(llm.Contents{
		Models:    []llm.Model{{ID: "m", Provider: "first", ContextWindow: 1000, Price: llm.Price{Input: 1, Output: 2}}, {ID: "m2", Provider: "second", ContextWindow: 1000}},
		Providers: map[string]llm.Provider{"first": r.model, "second": r.second}, Default: "first/m"})
	if err != nil {
		r.t.Fatal(err)
	}
	r.Service = New(Options{Store: st, Sessions: r.sessions, Usage: usage.New(st, usage.Options{}), Models: llm.NewRegistry(catalogue), Events: r.events, Tools: r.tools,
		Limits: func() Limits { return r.limits }}, NewRoster(r.config, r.dir, r.dir))
	if err := r.Resume(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// halt ends the engine as a stop of the gateway does.
func (r *rig) halt() {
	if r.Service != nil {
		r.Close()
		r.store.Close()
		r.Service = nil
	}
}

func request(id, session, message string) Request {
	return Request{ID: id, Kind: KindChat, Params: []byte(message), Session: "agent:main:" + session, Said: session, Message: message, Source: Source{Origin: FromOperator}}
}

// start asks for a run and releases it.
func (r *rig) start(req Request) *Run {
	r.t.Helper()
	x, err := r.Start(r.t.Context(), req)
	if err != nil {
		r.t.Fatal(err)
	}
	if x.New {
		x.Run.Release()
	}
	return x.Run
}

func (r *rig) wait(x *Run) *Outcome {
	r.t.Helper()
	select {
	case <-x.Done():
		return x.Outcome()
	case <-time.After(20 * time.Second):
		r.t.Fatalf("run %s does not end", x.ID)
		return nil
	}
}

// transcript words a session's messages.
func (r *rig) transcript(session string) []string {
	r.t.Helper()
	var out []string
	err := r.store.Read(r.t.Context(), func(q store.Querier) error {
		s, err := r.sessions.Get(r.t.Context(), q, "agent:main:"+session)
		if err != nil || s == nil {
			return err
		}
		messages, err := r.sessions.Context(r.t.Context(), q, s.Entry.SessionID)
		for k := range messages {
			out = append(out, string(messages[k].Role)+": "+sessions.Text(&messages[k]))
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got  %s\n want %s", what, strings.Join(got, "\n      "), strings.Join(want, "\n      "))
	}
}

func TestRun(t *testing.T) {
	r := newRig(t).run()
	o := r.wait(r.start(request("k1", "main", "hello there")))
	if o.State != OK || o.Result == nil || o.Result.Payloads[0].Text != "you said hello there" {
		t.Fatalf("outcome %+v", o)
	}
	lines := r.events.lines("k1")
	if lines[0] != "start" || lines[len(lines)-2] != "end" || lines[len(lines)-1] != "chat final you said hello there" {
		t.Errorf("events %q", lines)
	}
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "chat delta you ") }) {
		t.Errorf("no text so far was told: %q", lines)
	}
	equal(t, "transcript", r.transcript("main"), []string{"user: hello there", "assistant: you said hello there"})
}

func TestRepeats(t *testing.T) {
	r := newRig(t).run()
	gate := make(chan struct{})
	r.model.reply = func(ctx context.Context, q *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
		<-gate
		return echoes(ctx, q, emit)
	}
	x := r.start(request("k1", "main", "hello"))
	again, err := r.Start(t.Context(), request("k1", "main", "hello"))
	if err != nil || again.New || again.Run != x {
		t.Fatalf("a repeat while it runs: %+v, %v", again, err)
	}
	if _, err := r.Start(t.Context(), request("k1", "main", "other")); err == nil || !strings.Contains(err.Error(), "was used before with other params") {
		t.Errorf("other params: %v", err)
	}
	close(gate)
	r.wait(x)
	for _, when := range []string{"after the end", "after a restart"} {
		again, err := r.Start(t.Context(), request("k1", "main", "hello"))
		if err != nil || again.Outcome == nil || again.Outcome.State != OK || again.Outcome.Result.Payloads[0].Text != "you said hello" {
			t.Fatalf("%s: %+v, %v", when, again, err)
		}
		if _, err := r.Start(t.Context(), request("k1", "main", "other")); err == nil {
			t.Errorf("%s: other params were taken", when)
		}
		r.halt()
		r.run()
	}
	if n := len(r.model.asked()); n != 1 {
		t.Errorf("the model was asked %d times", n)
	}
	equal(t, "transcript", r.transcript("main"), []string{"user: hello", "assistant: you said hello"})
}

func TestSameKeyAtOnce(t *testing.T) {
	r := newRig(t).run()
	var wg sync.WaitGroup
	var mu sync.Mutex
	fresh := 0
	for range 20 {
		wg.Go(func() {
			x, err := r.Start(t.Context(), request("k1", "main", "hello"))
			if err != nil {
				t.Error(err)
				return
			}
			if x.New {
				mu.Lock()
				fresh++
				mu.Unlock()
				x.Run.Release()
			}
			if x.Run != nil {
				<-x.Run.Done()
			}
		})
	}
	wg.Wait()
	if fresh != 1 || len(r.model.asked()) != 1 {
		t.Errorf("%d runs, the model was asked %d times", fresh, len(r.model.asked()))
	}
}

func TestMessagesDuringARunAreAnsweredInOrder(t *testing.T) {
	r := newRig(t).run()
	gate := make(chan struct{})
	r.model.reply = func(ctx context.Context, q *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
		<-gate
		return echoes(ctx, q, emit)
	}
	var runs []*Run
	for _, text := range []string{"one", "two", "three"} {
		runs = append(runs, r.start(request(text, "main", text)))
	}
	other := r.start(request("elsewhere", "other", "hi"))
	close(gate)
	for _, x := range append(runs, other) {
		if o := r.wait(x); o.State != OK {
			t.Fatalf("%s: %+v", x.ID, o)
		}
	}
	equal(t, "transcript", r.transcript("main"), []string{"user: one", "assistant: you said one", "user: two", "assistant: you said two", "user: three", "assistant: you said three"})
}

func TestAbort(t *testing.T) {
	r := newRig(t).run()
	spoken := make(chan struct{})
	r.model.reply = func(ctx context.Context, q *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
		return waits(ctx, q, func(d llm.Delta) { emit(d); close(spoken) })
	}
	going, waiting := r.start(request("going", "main", "one")), r.start(request("waiting", "main", "two"))
	<-spoken
	stopped := r.Stop(func(x *Run) bool { return x.Session == "agent:main:main" }, protocol.ChatStopReasonRpc)
	if len(stopped) != 2 {
		t.Fatalf("%d were stopped", len(stopped))
	}
	for _, x := range []*Run{going, waiting} {
		if o := r.wait(x); o.State != Aborted || o.Error != nil {
			t.Errorf("%s: %+v", x.ID, o)
		}
		lines := r.events.lines(x.ID)
		if got := lines[len(lines)-1]; got != "chat aborted"+"rpc" {
			t.Errorf("%s: last event %q", x.ID, got)
		}
	}
	equal(t, "transcript", r.transcript("main"), []string{"user: one", "assistant: half an "})
	r.model.reply = echoes
	r.wait(r.start(request("next", "main", "three")))
}

func TestTimeLimit(t *testing.T) {
	r := newRig(t).run()
	r.model.reply = waits
	req := request("slow", "main", "one")
	req.Timeout = 30 * time.Millisecond
	o := r.wait(r.start(req))
	if o.State != TimedOut || string(o.Error.Code) != protocol.CodeAgentTimeout || o.Error.RetryAfterMs.V != 5000 || !o.Error.Retryable.V {
		t.Fatalf("%+v", o)
	}
	lines := r.events.lines("slow")
	equal(t, "last events", lines[len(lines)-2:], []string{"error Agent response timeout", "chat errorAgent response timeout"})
}

func TestFailures(t *testing.T) {
	r := newRig(t).run()
	for name, c := range map[string]struct {
		err       error
		message   string
		retryable bool
	}{
		"overloaded": {&llm.Error{Provider: "first", Kind: llm.ErrOverloaded, Message: "busy", Retryable: true, RetryAfter: 3 * time.Second}, "Error: first: busy", true},
		"no key":     {&llm.Error{Provider: "first", Kind: llm.ErrCredentials, Message: "no key", Setting: "FIRST_API_KEY"}, "FIRST_API_KEY", false},
		"else":       {errors.New("odd"), "Error: odd", true},
	} {
		t.Run(name, func(t *testing.T) {
			r.model.reply = func(context.Context, *llm.Request, func(llm.Delta)) (*llm.Answer, error) { return &llm.Answer{}, c.err }
			o := r.wait(r.start(request(name, name, "x")))
			if o.State != Failed || !strings.Contains(o.Error.Message, c.message) || o.Error.Retryable.V != c.retryable {
				t.Errorf("%+v %+v", o, o.Error)
			}
			var as *protocol.Error
			if err := o.Failure(name); !errors.As(err, &as) || as.Payload == nil || as.Final == c.retryable {
				t.Errorf("as an error of a call: %+v", as)
			}
			var got *Outcome
			got, err := r.outcome(t.Context(), name)
			if err != nil || got.Error == nil || got.Error.Message != o.Error.Message {
				t.Errorf("as the database has it: %+v, %v", got, err)
			}
		})
	}
}

func TestFallback(t *testing.T) {
	r := newRig(t)
	r.config.Agents.V.Defaults.V.Fallbacks = []string{"nobody/knows", "second/m2"}
	r.run()
	r.model.reply = func(context.Context, *llm.Request, func(llm.Delta)) (*llm.Answer, error) {
		return &llm.Answer{}, &llm.Error{Provider: "first", Kind: llm.ErrServer, Message: "broken"}
	}
	o := r.wait(r.start(request("k", "main", "x")))
	if o.State != OK || o.Result.Payloads[0].Text != "the second one" || o.Result.Meta.AgentMeta.V.Provider != "second" {
		t.Errorf("%+v", o)
	}
}

func TestLimits(t *testing.T) {
	r := newRig(t)
	r.limits = Limits{Concurrent: 1, Queued: 1}
	r.run()
	r.model.reply = waits
	r.start(request("a", "a", "x"))
	r.start(request("b", "b", "x"))
	_, err := r.Start(t.Context(), request("c", "c", "x"))
	var e *protocol.Error
	if !errors.As(err, &e) || e.Code != protocol.CodeUnavailable || e.RetryAfter == 0 {
		t.Errorf("a third run: %v", err)
	}
	r.Stop(func(*Run) bool { return true }, protocol.ChatStopReasonStop)
}

// That a reply could not be delivered is known to the next process, too.
func TestUndeliveredIsKept(t *testing.T) {
	r := newRig(t).run()
	req := request("r1", "s", "hello")
	req.Deliver = true
	first := r.wait(r.start(req))
	if first.State != OK || first.Undelivered == nil {
		t.Fatalf("%+v", first)
	}
	r.halt()
	r.run()
	ticket, err := r.Start(t.Context(), req)
	if err != nil || ticket.New || ticket.Outcome == nil {
		t.Fatalf("%+v %v", ticket, err)
	}
	again := ticket.Outcome
	var told *protocol.Error
	if again.State != OK || again.Error != nil || again.Result == nil || !errors.As(again.Undelivered, &told) || told.Code != protocol.CodeNotLinked || told.Error() != first.Undelivered.Error() {
		t.Errorf("%+v", again)
	}
}
