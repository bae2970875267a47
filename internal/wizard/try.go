package wizard

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/internal/llm"
)

// What to do when a model did not answer, and it need not be for what was told.
const (
	tryAgain = "retry"
	change   = "change"
	goOn     = "continue"
)

// try has the model answer once, and leads back to what is to be told otherwise.
func (c *choice) try(ctx context.Context, _ string) (next stage, then string, err error) {
	failed := c.answers(ctx)
	if ctx.Err() != nil {
		return settled, "", context.Cause(ctx)
	}
	if failed == nil {
		return settled, "", nil
	}
	wrong := failed.Error()
	if e, ok := errors.AsType[*llm.Error](failed); ok {
		wrong = c.said(e)
		switch {
		case e.Kind == llm.ErrCredentials:
			return atKey, wrong, nil
		case e.Kind == llm.ErrModel:
			return atModel, wrong, nil
		}
	}
	what, err := c.ask.Choose(ctx, Question{Name: "check", Title: "The model does not answer", Text: wrong, Initial: tryAgain, Options: []Option{
		{tryAgain, "Try again", ""},
		{change, "Choose again", "another service, address or key"},
		{goOn, "Go on with it", "it may answer later"},
	}})
	switch what {
	case tryAgain:
		return atTry, "", err
	case change:
		return atService, "", err
	}
	return settled, "", err
}

// answers asks the model one thing. Whatever it says is right.
func (c *choice) answers(ctx context.Context) error {
	catalogue, err := c.catalogue()
	if err != nil {
		return err
	}
	defer catalogue.Close()
	m, err := catalogue.Lookup(c.Name + "/" + c.model)
	if err != nil {
		return &llm.Error{Provider: c.Name, Kind: llm.ErrModel, Message: err.Error()}
	}
	provider, err := catalogue.Provider(m.Provider)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	_, err = provider.Stream(ctx, &llm.Request{Model: m.ID, Messages: []llm.Message{llm.UserText("Say ok.")}, MaxTokens: 64}, func(llm.Delta) {})
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("It did not answer within " + tryTime.String() + ". A local service may be loading the model.")
	}
	return err
}

// said is a provider's error for somebody who is asked again anyway.
func (c *choice) said(e *llm.Error) string {
	text := c.Title + ": " + e.Message
	if e.Status != 0 {
		text += " (HTTP " + strconv.Itoa(e.Status) + ")"
	}
	return strings.TrimRight(text, ".") + "."
}
