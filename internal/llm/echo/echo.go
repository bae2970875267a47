// Package echo is a model provider without a model: it says back what it was
// told. With it a gateway that nobody gave a key to holds a whole conversation,
// and everything behind a provider can be tried: a line that begins with /echo
// in the message scripts the answer. See Script for what there is to say.
package echo

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
)

// Name is the provider's name, and ModelID that of its only model.
const (
	Name    = "echo"
	ModelID = "echo"
)

// pace is the time between two words, so that one sees them come.
const pace = 15 * time.Millisecond

// maxPieces bounds the pieces of an answer that nobody scripted, so that a long
// message takes no longer than a middling one.
const maxPieces = 200

// Provider is the echo. Its zero value answers without pausing.
type Provider struct {
	Pace time.Duration // between two pieces, unless the message says otherwise
}

var _ llm.Provider = (*Provider)(nil)

// New returns an echo at the pace of a fast model.
func New() *Provider { return &Provider{Pace: pace} }

// Model describes the only model there is.
func Model() llm.Model {
	return llm.Model{ID: ModelID, Name: "Echo (built in, no language model)", Provider: Name,
		Levels:        []llm.Level{llm.LevelOff, llm.LevelMinimal, llm.LevelLow, llm.LevelMedium, llm.LevelHigh, llm.LevelXHigh},
		ContextWindow: 200_000, MaxOutput: 64_000, Reasoning: true, Input: []string{llm.InputText, llm.InputImage}}
}

// Name is "echo".
func (*Provider) Name() string { return Name }

// Stream says back the last message, or does what its script says.
func (p *Provider) Stream(ctx context.Context, r *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
	t := &turn{ctx: ctx, emit: emit, answer: &llm.Answer{Provider: Name, Model: r.Model}}
	err := t.run(p, r)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
		t.answer.Stop = llm.StopAborted
	} else if err != nil {
		t.answer.Stop = llm.StopError
	}
	t.finish(r)
	return t.answer, err
}

// turn is one answer in the making.
type turn struct {
	ctx    context.Context
	emit   func(llm.Delta)
	answer *llm.Answer
	script *Script
	said   int // pieces of the answer itself
}

func (t *turn) run(p *Provider, r *llm.Request) error {
	asked, images, results := conversation(r.Messages)
	script, err := Parse(asked)
	if err != nil {
		return &llm.Error{Provider: Name, Kind: llm.ErrInvalid, Message: err.Error()}
	}
	t.script = script
	if !script.EverySet {
		script.Every = p.Pace
	}
	if err := t.wait(script.Delay); err != nil {
		return err
	}
	if err := t.mishap(); err != nil {
		return err
	}
	if err := t.think(r); err != nil {
		return err
	}
	calls := script.Tools
	if len(results) > script.Again {
		calls = nil // the results were what the calls were for
	}
	if err := t.say(t.text(asked, images, results)); err != nil {
		return err
	}
	if t.said < script.After {
		t.said = script.After // the answer is shorter than that
		if err := t.mishap(); err != nil {
			return err
		}
	}
	t.call(calls, len(results))
	switch {
	case script.Stop != "":
		t.answer.Stop = script.Stop
	case len(calls) > 0:
		t.answer.Stop = llm.StopToolUse
	default:
		t.answer.Stop = llm.StopEnd
	}
	return nil
}

// conversation is the last message of the user, how many images are in it, and
// the messages with results of tools that came after it.
func conversation(messages []llm.Message) (asked string, images int, results []llm.Message) {
	for k := len(messages) - 1; k >= 0; k-- {
		switch m := &messages[k]; m.Role {
		case llm.RoleUser:
			for _, p := range m.Parts {
				if _, is := p.(llm.Image); is {
					images++
				}
			}
			return m.Text(), images, results
		case llm.RoleTool:
			results = append(results, *m)
		}
	}
	return "", 0, results
}

// text is what to say: what the script says, else the results of tools, else
// what was asked. results begins with the latest.
func (t *turn) text(asked string, images int, results []llm.Message) string {
	if len(results) > 0 {
		var texts []string
		for _, p := range results[0].Parts {
			if r, ok := p.(llm.ToolResult); ok {
				texts = append(texts, r.Text)
			}
		}
		return strings.Join(texts, "\n")
	}
	switch s := t.script; {
	case s.Tokens > 0:
		var b strings.Builder
		for k := range s.Tokens {
			b.WriteString("token" + strconv.Itoa(k+1) + " ")
		}
		return strings.TrimSuffix(b.String(), " ")
	case s.Text != "":
		return s.Text
	case !s.Scripted && strings.TrimSpace(asked) != "":
		return asked
	case s.Rest != "":
		return s.Rest
	case len(s.Tools) > 0:
		return ""
	case images > 0:
		return fmt.Sprintf("(images were shown: %d)", images)
	default:
		return "(nothing was said)"
	}
}

// think streams the reasoning, unless it is switched off.
func (t *turn) think(r *llm.Request) error {
	text := t.script.Think
	switch {
	case text == "off", text == "" && r.Thinking == llm.LevelOff:
		return nil
	case text == "":
		text = "No language model is at work here: the built-in echo says back what it was told."
	}
	var said strings.Builder
	defer func() {
		if said.Len() > 0 {
			t.answer.Parts = append(t.answer.Parts, llm.Thinking{Text: said.String()})
		}
	}()
	for k, piece := range pieces(text, maxPieces) {
		if k > 0 {
			if err := t.wait(t.script.Every); err != nil {
				return err
			}
		}
		said.WriteString(piece)
		t.emit(llm.Delta{Kind: llm.DeltaThinking, Text: piece})
	}
	return t.wait(t.script.Every)
}

// say streams the text.
func (t *turn) say(text string) error {
	most := maxPieces
	if t.script.Scripted {
		most = len(text)
	}
	var said strings.Builder
	defer func() {
		if said.Len() > 0 {
			t.answer.Parts = append(t.answer.Parts, llm.Text{Text: said.String()})
		}
	}()
	for k, piece := range pieces(text, most) {
		if k > 0 {
			if err := t.wait(t.script.Every); err != nil {
				return err
			}
		}
		said.WriteString(piece)
		t.said++
		t.emit(llm.Delta{Kind: llm.DeltaText, Text: piece})
		if err := t.mishap(); err != nil {
			return err
		}
	}
	return nil
}

// call asks for tools. round tells calls of later rounds from those before.
func (t *turn) call(calls []Call, round int) {
	for k, c := range calls {
		id := fmt.Sprintf("echo_%d_%d", round+1, k+1)
		t.answer.Parts = append(t.answer.Parts, llm.ToolCall{ID: id, Name: c.Name, Arguments: c.Arguments})
		t.emit(llm.Delta{Kind: llm.DeltaToolCall, Text: c.Name})
	}
}

// mishap is what the script wants to go wrong after as many pieces as there
// are by now.
func (t *turn) mishap() error {
	s := t.script
	if t.said != s.After {
		return nil
	}
	if s.Stall {
		<-t.ctx.Done()
		return context.Cause(t.ctx)
	}
	if s.Error == "" {
		return nil
	}
	f := failures[s.Error]
	return &llm.Error{Provider: Name, Kind: s.Error, Status: f.status, Message: f.message, Retryable: f.retryable, RetryAfter: s.RetryAfter}
}

// wait lets time pass.
func (t *turn) wait(d time.Duration) error {
	if err := t.ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-t.ctx.Done():
		return context.Cause(t.ctx)
	}
}

// finish counts words for tokens.
func (t *turn) finish(r *llm.Request) {
	if t.script == nil || t.script.NoUsage {
		return
	}
	u := llm.Usage{Input: words(r.System)}
	for k := range r.Messages {
		u.Input += wordsOf(r.Messages[k].Parts)
	}
	u.Output = wordsOf(t.answer.Parts)
	t.answer.Usage, t.answer.UsageKnown = u, true
}

func wordsOf(parts []llm.Part) int64 {
	var n int64
	for _, p := range parts {
		switch p := p.(type) {
		case llm.Text:
			n += words(p.Text)
		case llm.Thinking:
			n += words(p.Text)
		case llm.ToolCall:
			n += 1 + words(string(p.Arguments))
		case llm.ToolResult:
			n += words(p.Text)
		}
	}
	return n
}

func words(text string) (n int64) {
	for range strings.FieldsSeq(text) {
		n++
	}
	return n
}

// pieces cuts a text behind its white space, into no more than most pieces.
func pieces(text string, most int) []string {
	var cuts []string
	begin, space := 0, false
	for k, r := range text {
		white := r == ' ' || r == '\n' || r == '\t'
		if space && !white {
			cuts = append(cuts, text[begin:k])
			begin = k
		}
		space = white
	}
	if begin < len(text) {
		cuts = append(cuts, text[begin:])
	}
	if most <= 0 || len(cuts) <= most {
		return cuts
	}
	each := (len(cuts) + most - 1) / most
	var joined []string
	for some := range slices.Chunk(cuts, each) {
		joined = append(joined, strings.Join(some, ""))
	}
	return joined
}
