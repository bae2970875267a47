package interview

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"charm.land/huh/v2"
	"github.com/charmbracelet/x/term"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
)

// Terminal is a person at a terminal, or at what takes its place.
type Terminal struct {
	In     io.Reader
	Out    io.Writer
	Screen *screen.Screen // how texts look
	// Plain asks by lines, without moving the cursor: for screen readers, and where
	// there is no terminal.
	Plain bool

	lines *lineReader
}

var _ Person = (*Terminal)(nil)

// Tell shows a text.
func (t *Terminal) Tell(step *protocol.WizardStep) {
	if title := step.Title.V; title != "" {
		fmt.Fprintf(t.Out, "%s\n", t.Screen.Paint(screen.Strong, title))
	}
	if step.Message.V != "" {
		fmt.Fprintf(t.Out, "%s\n", clean(step.Message.V))
	}
	fmt.Fprintln(t.Out)
}

// clean takes out of a text what a terminal would obey, but for the ends of lines.
func clean(text string) string {
	lines := strings.Split(text, "\n")
	for k, line := range lines {
		lines[k] = screen.Clean(line)
	}
	return strings.Join(lines, "\n")
}

// Wait says so when the next step takes its time.
func (t *Terminal) Wait() (over func()) {
	told := make(chan struct{})
	timer := time.AfterFunc(patience, func() {
		fmt.Fprintln(t.Out, t.Screen.Paint(screen.Faint, "Trying it …"))
		close(told)
	})
	return func() {
		if !timer.Stop() {
			<-told
		}
	}
}

// Ask asks.
func (t *Terminal) Ask(ctx context.Context, step *protocol.WizardStep) (json.RawMessage, error) {
	f := &field{step: step, hidden: step.Sensitive.V && (!t.Plain || screen.IsTerminal(t.In))}
	f.make(t.Plain)
	if t.Plain {
		if err := t.byLines(ctx, f); err != nil {
			return nil, err
		}
	} else {
		form := huh.NewForm(huh.NewGroup(f.field)).WithTheme(huh.ThemeFunc(huh.ThemeBase16)).WithInput(t.In).WithOutput(t.Out).WithShowHelp(true)
		err := form.RunWithContext(ctx)
		switch {
		case ctx.Err() != nil, errors.Is(err, huh.ErrUserAborted):
			return nil, ErrCancelled
		case err != nil:
			return nil, err
		}
		// The question went with the form: what is left says what was answered.
		fmt.Fprintf(t.Out, "%s %s\n", t.Screen.Paint(screen.Faint, f.heading()+":"), screen.Clean(f.shown()))
	}
	return f.value()
}

// errEnded is an input that ends before everything is answered.
var errEnded = errors.New("the input ended before everything was answered: nothing was written")

// byLines asks below the text of the question.
func (t *Terminal) byLines(ctx context.Context, f *field) error {
	if t.lines == nil {
		t.lines = &lineReader{in: bufio.NewReader(t.In)}
	}
	t.Tell(f.step)
	f.field.WithTheme(huh.ThemeFunc(func(bool) *huh.Styles { return &huh.Styles{} }))
	f.field.Init()
	f.field.Focus()
	var in io.Reader = t.lines
	restore := func() {}
	if fd, ok := t.In.(handle); ok && f.hidden {
		in = hiddenReader{t.lines, fd}
		if state, err := term.GetState(fd.Fd()); err == nil {
			restore = func() { _ = term.Restore(fd.Fd(), state) }
		}
	}
	answered := make(chan error, 1)
	go func() { answered <- t.read(f, in) }()
	select {
	case err := <-answered:
		fmt.Fprintln(t.Out)
		return err
	case <-ctx.Done():
		// Nothing ends the reading of a terminal; the process does.
		restore()
		fmt.Fprintln(t.Out)
		return ErrCancelled
	}
}

// read has the library ask.
func (t *Terminal) read(f *field, in io.Reader) (err error) {
	defer func() {
		// Where a number is asked for and the input ends, the library looks for an
		// option that is not there.
		if t.lines.ended {
			_ = recover()
			err = errEnded
		}
	}()
	return f.field.RunAccessible(t.Out, in)
}

// hiddenReader is a terminal that is not to show what is typed.
type hiddenReader struct {
	io.Reader
	handle
}

type handle interface{ Fd() uintptr }

// lineReader gives a line at a time, so that whoever reads one leaves the others to
// the next.
type lineReader struct {
	in    *bufio.Reader
	ended bool
	rest  []byte
}

// Read gives the next line or a part of it.
func (l *lineReader) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		line, err := l.in.ReadBytes('\n')
		if err != nil && len(line) == 0 {
			l.ended = true
			return 0, err
		}
		l.rest = line
		if line[len(line)-1] != '\n' {
			l.rest = append(l.rest, '\n')
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// field is a step as a field of a form.
type field struct {
	step   *protocol.WizardStep
	hidden bool // what is typed is not shown
	field  huh.Field
	text   string
	yes    bool
	choice int
	many   []int
}

// heading is the question in few words.
func (f *field) heading() string {
	first, _, _ := strings.Cut(f.step.Message.V, "\n")
	return clean(cmp.Or(f.step.Title.V, first))
}

func (f *field) make(plain bool) {
	s := f.step
	title, text := f.heading(), ""
	if s.Title.V != "" || strings.Contains(s.Message.V, "\n") {
		text = clean(s.Message.V)
	}
	if plain {
		title, text = "Answer:", "" // the question stands above it
	}
	switch s.Type {
	case protocol.WizardStepTypeConfirm:
		f.yes = string(s.InitialValue) == "true"
		f.field = huh.NewConfirm().Title(title).Description(text).Value(&f.yes)
	case protocol.WizardStepTypeSelect:
		f.choice = max(0, slices.IndexFunc(s.Options, func(o protocol.WizardOption) bool { return string(o.Value) == string(s.InitialValue) }))
		options := f.options()
		if plain {
			title = "Options:"
			options[f.choice].Key += " [default]"
		}
		f.field = huh.NewSelect[int]().Title(title).Description(text).Options(options...).Value(&f.choice)
	case protocol.WizardStepTypeMultiselect:
		if plain {
			title = "Options:"
		}
		// Without a height the library shows none of the options.
		height := len(s.Options) + strings.Count(title+text, "\n") + 3
		f.field = huh.NewMultiSelect[int]().Title(title).Description(text).Options(f.options()...).Value(&f.many).Height(height)
	default:
		_ = json.Unmarshal(s.InitialValue, &f.text) // what is no text is none
		input := huh.NewInput().Description(text).Placeholder(clean(s.Placeholder.V)).Value(&f.text)
		switch {
		case plain && f.text != "":
			title = "Answer [" + screen.Clean(f.text) + "]:"
		case plain && s.Placeholder.V != "":
			title = "Answer, such as " + screen.Clean(s.Placeholder.V) + ":"
		}
		if f.hidden {
			input.EchoMode(huh.EchoModePassword)
		}
		f.field = input.Title(title)
	}
}

func (f *field) options() []huh.Option[int] {
	list := make([]huh.Option[int], len(f.step.Options))
	for k, o := range f.step.Options {
		label := o.Label
		if o.Hint.V != "" {
			label += " (" + o.Hint.V + ")"
		}
		list[k] = huh.NewOption(screen.Clean(label), k)
	}
	return list
}

// value is the answer as JSON.
func (f *field) value() (json.RawMessage, error) {
	switch f.step.Type {
	case protocol.WizardStepTypeConfirm:
		return json.Marshal(f.yes)
	case protocol.WizardStepTypeSelect:
		return json.RawMessage(f.step.Options[f.choice].Value), nil
	case protocol.WizardStepTypeMultiselect:
		values := make([]json.RawMessage, len(f.many))
		for k, choice := range f.many {
			values[k] = json.RawMessage(f.step.Options[choice].Value)
		}
		return json.Marshal(values)
	}
	return json.Marshal(f.text)
}

// shown is the answer for people to see.
func (f *field) shown() string {
	switch f.step.Type {
	case protocol.WizardStepTypeConfirm:
		if f.yes {
			return "yes"
		}
		return "no"
	case protocol.WizardStepTypeSelect:
		return f.step.Options[f.choice].Label
	case protocol.WizardStepTypeMultiselect:
		var labels []string
		for _, choice := range f.many {
			labels = append(labels, f.step.Options[choice].Label)
		}
		return cmp.Or(strings.Join(labels, ", "), "none")
	}
	switch {
	case f.text == "":
		return "(empty)"
	case f.step.Sensitive.V:
		return "(secret)"
	}
	return f.text
}
