// Package interview puts the steps of a setup wizard to a person, and answers by
// itself those whose answers it was given. Where the wizard runs does not matter
// to it: in a gateway or in this process.
package interview

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Wizard is where a setup wizard runs.
type Wizard interface {
	WizardStart(ctx context.Context, p *protocol.WizardStartParams) (*protocol.WizardStartResult, error)
	WizardNext(ctx context.Context, p *protocol.WizardNextParams) (*protocol.WizardNextResult, error)
	WizardCancel(ctx context.Context, p *protocol.WizardCancelParams) (*protocol.WizardCancelResult, error)
}

// Person is who sees the steps.
type Person interface {
	// Tell shows a step that asks nothing.
	Tell(step *protocol.WizardStep)
	// Ask gives the answer to a step, as JSON.
	Ask(ctx context.Context, step *protocol.WizardStep) (json.RawMessage, error)
	// Wait tells that an answer takes its time; the function that it returns ends that.
	Wait() (over func())
}

// Interview is one run of a wizard.
type Interview struct {
	Wizard  Wizard
	Start   protocol.WizardStartParams
	Answers map[string]json.RawMessage // to steps, by their names
	Flags   map[string]string          // how each answer is given on the command line, for messages
	Person  Person
	Alone   bool // nobody is asked: what is not answered is answered as it is preselected

	session string
	given   map[string]bool // answers that were used
}

// ErrCancelled is a wizard that was stopped before it wrote anything.
var ErrCancelled = errors.New("stopped: nothing was written")

// UnansweredError is a step that nobody is there to answer.
type UnansweredError struct{ Step, Text, Flag string }

// Error says what is asked, and how to answer it.
func (e *UnansweredError) Error() string {
	return fmt.Sprintf("%s: %s (answer it with %s)", e.Step, e.Text, e.Flag)
}

// farewell is how long the wizard may take to be stopped.
const farewell = 5 * time.Second

// Run goes through the wizard. However it ends, no wizard is left waiting.
func (i *Interview) Run(ctx context.Context) (err error) {
	i.given = make(map[string]bool)
	start, err := i.Wizard.WizardStart(ctx, &i.Start)
	if err != nil {
		return err
	}
	i.session = start.SessionID
	at := &protocol.WizardNextResult{Done: start.Done, Step: start.Step, Status: start.Status, Error: start.Error}
	for !at.Done {
		answer, err := i.answer(ctx, &at.Step.V)
		if err == nil {
			at, err = i.next(ctx, at.Step.V.ID, answer)
		}
		if err != nil {
			if errors.Is(ctx.Err(), context.Canceled) {
				err = ErrCancelled
			}
			return i.stop(ctx, err)
		}
	}
	switch at.Status {
	case protocol.WizardStateDone:
		return nil
	case protocol.WizardStateCancelled:
		return ErrCancelled
	}
	return errors.New(at.Error.V)
}

// stop ends a wizard that something came in the way of.
func (i *Interview) stop(ctx context.Context, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	res, err := i.Wizard.WizardCancel(ctx, &protocol.WizardCancelParams{SessionID: wire.Some(i.session)})
	if err == nil && res.Status == protocol.WizardStateDone {
		return nil // everything was written before
	}
	return cause
}

// patience is after how long a person is told that an answer takes its time.
const patience = 400 * time.Millisecond

func (i *Interview) next(ctx context.Context, stepID string, value json.RawMessage) (*protocol.WizardNextResult, error) {
	over := i.Person.Wait()
	defer over()
	return i.Wizard.WizardNext(ctx, &protocol.WizardNextParams{SessionID: wire.Some(i.session),
		Answer: wire.Some(protocol.WizardAnswer{StepID: stepID, Value: wire.Raw(value)})})
}

// outcomes are the steps that are shown whoever answers them: they tell what is
// written.
var outcomes = map[string]bool{"write": true, "done": true, "remote": true}

// answer finds the answer to a step: one that was given, but for a step that comes
// again after it, else a person's.
func (i *Interview) answer(ctx context.Context, step *protocol.WizardStep) (json.RawMessage, error) {
	switch step.Type {
	case protocol.WizardStepTypeNote, protocol.WizardStepTypeProgress, protocol.WizardStepTypeAction:
		if !i.Alone || outcomes[step.Name.V] {
			i.Person.Tell(step)
		}
		return nil, nil
	}
	again := i.given[step.Name.V]
	i.given[step.Name.V] = true
	if value, ok := i.Answers[step.Name.V]; ok && !again {
		if outcomes[step.Name.V] {
			i.Person.Tell(step)
		}
		return value, nil
	}
	if !i.Alone {
		return i.Person.Ask(ctx, step)
	}
	if again || step.InitialValue == nil && step.Type != protocol.WizardStepTypeText && step.Type != protocol.WizardStepTypeMultiselect ||
		step.Type == protocol.WizardStepTypeConfirm && string(step.InitialValue) == "false" {
		return nil, i.unanswered(step)
	}
	return json.RawMessage(step.InitialValue), nil
}

func (i *Interview) unanswered(step *protocol.WizardStep) error {
	e := &UnansweredError{Step: step.Name.V, Text: step.Message.V, Flag: i.Flags[step.Name.V]}
	e.Text, _, _ = strings.Cut(e.Text, "\n\n") // what is wrong comes before the question
	if e.Text == "" {
		e.Text = step.Title.V
	}
	if e.Flag == "" {
		e.Flag = "--answer " + step.Name.V + "=…"
	}
	return e
}
