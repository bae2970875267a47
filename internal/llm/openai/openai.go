// Package openai asks models through OpenAI's Chat Completions API, which
// nearly every other service and local server speaks too: OpenRouter, Ollama,
// llama.cpp, vLLM, LM Studio.
package openai

import (
	"context"
	"net/url"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/exchange"
)

// BaseURL is where OpenAI itself is.
const BaseURL = "https://api.openai.com/v1"

// Options say which service to ask.
type Options struct {
	exchange.Options
	Models   func(id string) (m llm.Model, ok bool) // what is known of a model
	Official bool                                   // it is OpenAI's own service, or keeps to its newest rules; New finds out by BaseURL too
}

// Provider asks one service.
type Provider struct {
	options     Options
	service     *exchange.Service
	completions sdk.ChatCompletionService
}

var _ llm.Provider = (*Provider)(nil)

// New returns a provider. Close it in the end.
func New(o Options) *Provider {
	if o.BaseURL == "" {
		o.BaseURL = BaseURL
	}
	if u, err := url.Parse(o.BaseURL); err == nil && u.Host == "api.openai.com" {
		o.Official = true
	}
	p := &Provider{options: o, service: exchange.New(o.Options)}
	// The service is made by itself, not by NewClient, which would look for a
	// key and an address in the environment.
	options := []option.RequestOption{
		option.WithBaseURL(strings.TrimRight(o.BaseURL, "/") + "/"),
		option.WithHTTPClient(p.service.Client()),
		option.WithMaxRetries(0),
	}
	if o.Key != "" {
		options = append(options, option.WithAPIKey(o.Key))
	}
	p.completions = sdk.NewChatCompletionService(options...)
	return p
}

// Name is the provider's name.
func (p *Provider) Name() string { return p.options.Provider }

// Close lets go of what waits for the next request.
func (p *Provider) Close() { p.service.Close() }

// Stream asks for one answer.
func (p *Provider) Stream(ctx context.Context, r *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
	names := llm.NewToolNames(r.Tools)
	params := p.params(r, names)
	return p.service.Answer(ctx, r.Model, func(ctx context.Context, answer *llm.Answer) (bool, error) {
		a := assembly{answer: answer, emit: emit, names: names}
		err := a.read(p.completions.NewStreaming(ctx, params))
		a.finish()
		return a.begun, err
	})
}
