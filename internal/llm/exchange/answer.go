package exchange

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/llm"
)

// Answer asks for one answer of a model. Each attempt gets an empty answer to
// fill; the one of the last attempt is returned also with an error, as far as it
// came.
func (s *Service) Answer(ctx context.Context, model string, attempt func(ctx context.Context, a *llm.Answer) (begun bool, err error)) (*llm.Answer, error) {
	empty := llm.Answer{Provider: s.options.Provider, Model: model, Stop: llm.StopError}
	answer := empty
	if s.options.NeedsKey && s.options.Key == "" {
		return &answer, &llm.Error{Provider: s.options.Provider, Kind: llm.ErrCredentials, Message: "there is no API key", Setting: s.options.KeySetting}
	}
	err := s.Do(ctx, func(ctx context.Context) (bool, error) {
		answer = empty
		return attempt(ctx, &answer)
	})
	if err != nil && ctx.Err() != nil {
		answer.Stop = llm.StopAborted
	}
	return &answer, err
}
