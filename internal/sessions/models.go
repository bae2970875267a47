package sessions

import (
	"context"
	"errors"
)

// Model is a language model, as far as sessions need to know it.
type Model struct {
	Provider, ID  string
	ContextWindow int64 // in tokens; 0 when not known
}

// Models is the catalogue of models.
type Models interface {
	// Find looks a model up by <provider>/<id>, by id or by alias. It gives
	// ErrUnknownModel or, with the model, ErrModelNotAllowed; any other error
	// means that there is no catalogue to look into.
	Find(ctx context.Context, name string) (Model, error)
	// Default gives the model of an agent's sessions that choose none; false
	// when it is not known.
	Default(agentID string) (Model, bool)
}

// What Models.Find says of names.
var (
	ErrUnknownModel    = errors.New("unknown model")
	ErrModelNotAllowed = errors.New("model not allowed")
)

var errNoCatalogue = errors.New("no model catalogue")

// noModels is the catalogue of a service that was given none.
type noModels struct{}

func (noModels) Find(context.Context, string) (Model, error) { return Model{}, errNoCatalogue }
func (noModels) Default(string) (Model, bool)                { return Model{}, false }
