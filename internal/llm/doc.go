// Package llm asks language models for answers: what a request, an answer, a
// model and a failure are, whatever service is behind.
//
// A Provider speaks to one service. Those of this program are in packages of
// their own: echo answers without any service, anthropic and openai speak the
// two APIs that nearly all services offer. A Catalogue knows the models and
// which provider has each; a Registry holds the one in force.
//
//	m, err := registry.Lookup("anthropic/claude-sonnet-4-20250514")
//	…
//	p, err := registry.Provider(m.Provider)
//	…
//	answer, err := p.Stream(ctx, &llm.Request{Model: m.ID, Messages: …}, func(d llm.Delta) { … })
//
// Nothing here logs, and no error holds a key, a header or a whole URL.
package llm
