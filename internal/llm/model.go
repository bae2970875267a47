package llm

import "slices"

// The kinds of input a model may read.
const (
	InputText  = "text"
	InputImage = "image"
)

// Model is a language model as the catalogue knows it.
type Model struct {
	ID            string   // unique within its provider
	Name          string   // to show
	Provider      string   // name of the provider
	ContextWindow int64    // in tokens; 0 when not known
	MaxOutput     int64    // most tokens of an answer; 0 when not known
	Reasoning     bool     // it can reason before it answers
	Levels        []Level  // of reasoning that it knows, from least to most; nil when not known
	Adaptive      bool     // it decides by itself how much to reason, steered by effort; else by a budget of tokens
	Input         []string // what it reads: InputText, InputImage; nil when not known
	Price         Price
	LongAbove     int64 // tokens of input above which LongPrice counts; 0: never
	LongPrice     Price
}

// Ref names the model among those of all providers.
func (m *Model) Ref() string { return m.Provider + "/" + m.ID }

// ReadsImages reports whether images may be in a request, as far as is known.
func (m *Model) ReadsImages() bool { return m.Input == nil || slices.Contains(m.Input, InputImage) }

// Knows reports whether the model has a level of reasoning of its own. Which
// levels a model has that nobody described is not known: all but LevelXHigh are
// let pass then.
func (m *Model) Knows(l Level) bool {
	if m.Levels == nil {
		return l != LevelXHigh
	}
	return slices.Contains(m.Levels, l)
}

// Nearest is the level to ask the model for: l itself, else the next lower one
// that it knows, else its lowest.
func (m *Model) Nearest(l Level) Level {
	if m.Levels == nil || l == "" {
		return l
	}
	best := m.Levels[0]
	for _, known := range m.Levels {
		if slices.Index(allLevels, known) <= slices.Index(allLevels, l) {
			best = known
		}
	}
	return best
}

// Price is what a million tokens cost, in US dollars. All zero: it costs
// nothing, or is not known.
type Price struct{ Input, Output, CacheRead, CacheWrite float64 }

// Cost is what an answer cost, in US dollars.
type Cost struct{ Input, Output, CacheRead, CacheWrite float64 }

// Total is the whole cost.
func (c Cost) Total() float64 { return c.Input + c.Output + c.CacheRead + c.CacheWrite }

// Cost prices what one answer used.
func (m *Model) Cost(u Usage) Cost {
	const million = 1e6
	price := m.Price
	if m.LongAbove > 0 && u.Input+u.CacheRead+u.CacheWrite > m.LongAbove {
		price = m.LongPrice
	}
	return Cost{
		Input: float64(u.Input) * price.Input / million, Output: float64(u.Output) * price.Output / million,
		CacheRead: float64(u.CacheRead) * price.CacheRead / million, CacheWrite: float64(u.CacheWrite) * price.CacheWrite / million,
	}
}
