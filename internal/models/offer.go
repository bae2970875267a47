package models

import (
	"context"
	"errors"
	"net/http"

	"github.com/gatesmith/gatesmith/internal/llm"
)

// This file is for whoever sets a service up.

// Known is a service that is known by its name.
type Known struct {
	Name     string
	Title    string   // as people write it
	BaseURL  string   // unless configured otherwise
	Keys     []string // variables of the environment with the key
	NeedsKey bool     // it answers nobody without one
	Local    bool     // it runs on somebody's own machine
	Model    string   // the one to take unless another is chosen; "" for none
}

// KnownServices lists them, the preferred ones first.
func KnownServices() []Known {
	list := make([]Known, len(presets))
	for k, p := range presets {
		list[k] = Known{Name: p.name, Title: p.title, BaseURL: p.baseURL, Keys: p.keys, NeedsKey: p.needs, Local: p.local, Model: p.model}
	}
	return list
}

// Offer lists the models of a provider. A service that lists its models is waited
// for; the error is an *llm.Error when it refused the key, and nil where it just
// has no list.
func (s *Service) Offer(ctx context.Context, provider string) ([]llm.Model, error) {
	s.refresh(listFresh)
	src, asking := s.source(provider)
	if asking != nil {
		select {
		case <-asking:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	if src != nil {
		s.mu.Lock()
		err := src.found.err
		s.mu.Unlock()
		var status statusError
		if errors.As(err, &status) && (status == http.StatusUnauthorized || status == http.StatusForbidden) {
			return nil, &llm.Error{Provider: provider, Kind: llm.ErrCredentials, Status: int(status), Message: "the API key was refused", Setting: src.keySetting()}
		}
	}
	var list []llm.Model
	for _, m := range s.List() {
		if m.Provider == provider {
			list = append(list, m)
		}
	}
	return list, nil
}

// source finds a service, and what is closed when its list is in; nil where it is
// not being asked.
func (s *Service) source(provider string) (*source, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, src := range s.sources {
		if src.name == provider {
			return src, src.found.asking
		}
	}
	return nil, nil
}
