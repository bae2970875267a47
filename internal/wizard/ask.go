package wizard

import (
	"context"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// Asker puts questions to whoever does the setup. An error is the end of the
// wizard: pass it on.
type Asker struct {
	run  *run
	hide func(secrets ...string)
	peer *server.Peer // who answered last
}

// Question is what is asked.
type Question struct {
	Name    string // stays the same from run to run, for programs that answer
	Title   string
	Text    string
	Options []Option // to choose from
	Initial string   // what is answered when a person just goes on; never a secret
	Sample  string   // stands in an empty field
	Secret  bool     // the answer is shown to nobody
	Wrong   string   // what was wrong with the answer before, "" the first time
	Open    bool     // of Choose: a text that is not among the options is right as well
	// Check says what is wrong with a text, and "" of one that is right.
	Check func(text string) string
}

// Option is one of several to choose from.
type Option struct{ Value, Label, Hint string }

// step is the question as clients get it.
func (q *Question) step(kind protocol.WizardStepType) *protocol.WizardStep {
	s := &protocol.WizardStep{Type: kind, Name: wire.Some(q.Name)}
	text := q.Text
	if q.Wrong != "" {
		text = strings.TrimSpace(q.Wrong + "\n\n" + text)
	}
	s.Message = wire.Some(text)
	for to, value := range map[*wire.Opt[string]]string{&s.Title: q.Title, &s.Placeholder: q.Sample} {
		if value != "" {
			*to = wire.Some(value)
		}
	}
	for _, o := range q.Options {
		option := protocol.WizardOption{Value: wire.AppendString(nil, o.Value), Label: o.Label}
		if o.Hint != "" {
			option.Hint = wire.Some(o.Hint)
		}
		s.Options = append(s.Options, option)
	}
	if q.Initial != "" {
		s.InitialValue = wire.AppendString(nil, q.Initial)
	}
	if q.Secret {
		s.Sensitive = wire.Some(true)
	}
	return s
}

func (a *Asker) ask(ctx context.Context, step *protocol.WizardStep) (wire.Raw, error) {
	r, err := a.run.ask(ctx, step)
	if r.peer != nil {
		a.peer = r.peer
	}
	return r.value, err
}

// Note shows a text.
func (a *Asker) Note(ctx context.Context, name, title, text string) error {
	q := Question{Name: name, Title: title, Text: text}
	_, err := a.ask(ctx, q.step(protocol.WizardStepTypeNote))
	return err
}

// Confirm asks for yes or no.
func (a *Asker) Confirm(ctx context.Context, q Question, initial bool) (bool, error) {
	step := q.step(protocol.WizardStepTypeConfirm)
	step.InitialValue = wire.AppendBool(nil, initial)
	value, err := a.ask(ctx, step)
	return truth(value), err
}

// Choose asks for one of the options, until one of them is chosen.
func (a *Asker) Choose(ctx context.Context, q Question) (string, error) {
	for {
		value, err := a.ask(ctx, q.step(protocol.WizardStepTypeSelect))
		if err != nil {
			return "", err
		}
		text, ok := textOf(value)
		if ok && (q.offers(text) || q.Open && text != "") {
			return text, nil
		}
		q.Wrong = q.refuse(text)
	}
}

// ChooseAny asks for any of the options.
func (a *Asker) ChooseAny(ctx context.Context, q Question) ([]string, error) {
	for {
		value, err := a.ask(ctx, q.step(protocol.WizardStepTypeMultiselect))
		if err != nil {
			return nil, err
		}
		chosen, ok := textsOf(value)
		unknown := slices.IndexFunc(chosen, func(c string) bool { return !q.offers(c) })
		if ok && unknown < 0 {
			return chosen, nil
		}
		q.Wrong = noText
		if unknown >= 0 {
			q.Wrong = q.refuse(chosen[unknown])
		}
	}
}

func (q *Question) offers(value string) bool {
	return slices.ContainsFunc(q.Options, func(o Option) bool { return o.Value == value })
}

// maxRepeated bounds what of a wrong answer is repeated, in bytes.
const maxRepeated = 100

// refuse says what there was to choose from.
func (q *Question) refuse(value string) string {
	known := make([]string, len(q.Options))
	for k, o := range q.Options {
		known[k] = o.Value
	}
	if len(value) > maxRepeated {
		value = strings.ToValidUTF8(value[:maxRepeated], "") + "…"
	}
	return `"` + value + `" is not among the options: choose one of ` + strings.Join(known, ", ") + "."
}

// Line asks for a line of text, until the check finds nothing wrong. White space
// around it does not belong to it.
func (a *Asker) Line(ctx context.Context, q Question) (string, error) {
	for {
		value, err := a.ask(ctx, q.step(protocol.WizardStepTypeText))
		if err != nil {
			return "", err
		}
		text, ok := textOf(value)
		text = strings.TrimSpace(text)
		if q.Secret && text != "" {
			a.hide(text)
		}
		switch {
		case !ok:
			q.Wrong = noText
		case strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }):
			q.Wrong = "One line of text is expected, without tabs and the like."
		case q.Check == nil:
			return text, nil
		default:
			if q.Wrong = q.Check(text); q.Wrong == "" {
				return text, nil
			}
		}
	}
}
