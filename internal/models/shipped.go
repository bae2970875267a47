package models

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/gatesmith/gatesmith/internal/llm"
)

// shippedText is facts about models as their providers publish them, as of
// November 2026: limits, levels of reasoning, prices. Of OpenAI's models those
// are left out that its Chat Completions API does not have, or lets use no
// tools.
//
//go:embed shipped.json
var shippedText []byte

// shipped is the models that are listed whether or not there is a key. The text
// is part of the program, and a test reads it: a fault in it is a fault of the
// program.
var shipped = sync.OnceValue(func() []llm.Model {
	models, err := readShipped(shippedText)
	if err != nil {
		panic(fmt.Errorf("models: shipped.json: %w", err))
	}
	return models
})

func readShipped(text []byte) ([]llm.Model, error) {
	type prices [4]float64
	var rows []struct {
		Provider, ID, Name       string
		ContextWindow, MaxOutput int64
		Levels                   []llm.Level
		Adaptive                 bool
		Input                    []string
		Price, LongPrice         prices
		LongAbove                int64
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, err
	}
	price := func(p prices) llm.Price {
		return llm.Price{Input: p[0], Output: p[1], CacheRead: p[2], CacheWrite: p[3]}
	}
	models := make([]llm.Model, len(rows))
	for k, r := range rows {
		models[k] = llm.Model{
			ID: r.ID, Name: r.Name, Provider: r.Provider, ContextWindow: r.ContextWindow, MaxOutput: r.MaxOutput,
			Reasoning: len(r.Levels) > 0, Levels: r.Levels, Adaptive: r.Adaptive, Input: r.Input,
			Price: price(r.Price), LongAbove: r.LongAbove, LongPrice: price(r.LongPrice),
		}
	}
	return models, nil
}
