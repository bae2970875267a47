package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
)

// Bounds of asking a service for its models.
const (
	askTimeout   = 5 * time.Second
	askWait      = 2 * time.Second  // how long models.list waits for the first list
	listFresh    = 5 * time.Minute  // until a list is asked for again
	listRetry    = 30 * time.Second // until one that failed is
	maxList      = 4 << 20          // bytes
	maxListed    = 2000             // models
	maxModelID   = 200
	maxModelName = 100
)

// found is what a service said of its models. The owner's lock guards it.
type found struct {
	models []llm.Model
	at     time.Time     // when the list came; zero: never
	tried  time.Time     // when it was asked last
	err    error         // why there is none, when it was asked last
	asking chan struct{} // closed when the answer is in; nil: it is not being asked
}

// stale reports whether it is time to ask.
func (f *found) stale(now time.Time, fresh time.Duration) bool {
	switch {
	case f.asking != nil:
		return false
	case f.at.Before(f.tried): // the last attempt failed
		return now.Sub(f.tried) >= listRetry
	}
	return now.Sub(f.at) >= fresh
}

// refresh asks, in the background, the services whose lists are older than
// fresh. It returns what ends when those answers are in that there never were before.
func (s *Service) refresh(fresh time.Duration) (first []<-chan struct{}) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil
	}
	for _, src := range s.sources {
		if !src.discover {
			continue
		}
		f := src.found
		if f.stale(now, fresh) {
			f.tried, f.asking = now, make(chan struct{})
			s.asking.Go(func() { s.ask(src, f) })
		}
		if f.at.IsZero() && f.asking != nil {
			first = append(first, f.asking)
		}
	}
	return first
}

// ask gets the list of one service.
func (s *Service) ask(src *source, f *found) {
	ctx, cancel := context.WithTimeout(s.ctx, askTimeout)
	defer cancel()
	client := src.client(s.options.Transport)
	models, err := list(ctx, client, src)
	client.CloseIdleConnections()

	s.mu.Lock()
	defer s.mu.Unlock()
	// Whoever waits looks at the catalogue at once.
	defer func() {
		close(f.asking)
		f.asking = nil
	}()
	if f.err = err; err != nil {
		if s.ctx.Err() == nil {
			s.options.Logger.Debug("a service does not list its models", "provider", src.name, "error", err)
		}
		return
	}
	f.at = f.tried
	if slices.ContainsFunc(s.sources, func(other *source) bool { return other.found == f }) {
		f.models = models
		s.build()
	}
}

// client follows no redirects: they would take the key elsewhere.
func (s *source) client(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// list asks an OpenAI-compatible service for its models.
func list(ctx context.Context, client *http.Client, src *source) ([]llm.Model, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(src.baseURL, "/")+"/models", nil)
	if err != nil {
		return nil, errors.New("its address can't be used")
	}
	if src.key != "" {
		req.Header.Set("Authorization", "Bearer "+src.key)
	}
	for name, value := range src.headers {
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	if err != nil {
		var at *url.Error
		if errors.As(err, &at) {
			err = at.Err // without the address, which may hold a password
		}
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, statusError(res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxList+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxList {
		return nil, fmt.Errorf("its list is longer than %d bytes", maxList)
	}
	return readList(body, src.name)
}

// listed is a model in such a list. Only the id is in OpenAI's own; the rest is
// what OpenRouter, vLLM, LM Studio and others add.
type listed struct {
	ID            string  `json:"id"`
	Name          string  `json:"name"`
	ContextLength float64 `json:"context_length"` // OpenRouter
	MaxModelLen   float64 `json:"max_model_len"`  // vLLM
	MaxContext    float64 `json:"max_context_length"`
	TopProvider   struct {
		MaxCompletion float64 `json:"max_completion_tokens"`
	} `json:"top_provider"`
	Architecture struct {
		Input []string `json:"input_modalities"`
	} `json:"architecture"`
	Parameters []string          `json:"supported_parameters"`
	Pricing    map[string]string `json:"pricing"` // dollars for one token
}

// statusError is an HTTP status in the place of a list.
type statusError int

// Error gives the status.
func (e statusError) Error() string { return fmt.Sprintf("it answered with status %d", int(e)) }

func readList(body []byte, provider string) ([]llm.Model, error) {
	var answer struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, errors.New("its list is not the JSON that the API promises")
	}
	var models []llm.Model
	for _, raw := range answer.Data {
		var l listed
		// One that makes no sense does not spoil the others, and a part that
		// makes none does not spoil the rest of it.
		_ = json.Unmarshal(raw, &l)
		if l.ID == "" || len(l.ID) > maxModelID || len(models) >= maxListed {
			continue
		}
		models = append(models, l.model(provider))
	}
	return models, nil
}

func (l *listed) model(provider string) llm.Model {
	m := llm.Model{ID: l.ID, Name: l.ID, Provider: provider, Reasoning: slices.Contains(l.Parameters, "reasoning")}
	if l.Name != "" && len(l.Name) <= maxModelName {
		m.Name = l.Name
	}
	m.ContextWindow = tokens(max(l.ContextLength, l.MaxModelLen, l.MaxContext))
	m.MaxOutput = tokens(l.TopProvider.MaxCompletion)
	for _, input := range l.Architecture.Input {
		if input == llm.InputText || input == llm.InputImage {
			m.Input = append(m.Input, input)
		}
	}
	price := func(name string) float64 {
		p, err := strconv.ParseFloat(l.Pricing[name], 64)
		if err != nil || !(p >= 0 && p < 1) {
			return 0 // OpenRouter's own router says -1: it depends
		}
		return p * 1e6
	}
	m.Price = llm.Price{Input: price("prompt"), Output: price("completion"), CacheRead: price("input_cache_read"), CacheWrite: price("input_cache_write")}
	return m
}

// tokens makes a count of what may be any number.
func tokens(n float64) int64 {
	if n >= 1 && n <= 1e12 {
		return int64(n)
	}
	return 0
}
