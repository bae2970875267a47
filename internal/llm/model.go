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
	XHigh         bool     // it knows LevelXHigh
	Input         []string // what it reads: InputText, InputImage
	Price         Price
}

// Ref names the model among those of all providers.
func (m *Model) Ref() string { return m.Provider + "/" + m.ID }

// ReadsImages reports whether images may be in a request.
func (m *Model) ReadsImages() bool { return slices.Contains(m.Input, InputImage) }

// Price is what a million tokens cost, in US dollars. All zero: it costs
// nothing, or is not known.
type Price struct{ Input, Output, CacheRead, CacheWrite float64 }

// Cost is what an answer cost, in US dollars.
type Cost struct{ Input, Output, CacheRead, CacheWrite float64 }

// Total is the whole cost.
func (c Cost) Total() float64 { return c.Input + c.Output + c.CacheRead + c.CacheWrite }

// Cost prices what was used.
func (m *Model) Cost(u Usage) Cost {
	const million = 1e6
	return Cost{
		Input: float64(u.Input) * m.Price.Input / million, Output: float64(u.Output) * m.Price.Output / million,
		CacheRead: float64(u.CacheRead) * m.Price.CacheRead / million, CacheWrite: float64(u.CacheWrite) * m.Price.CacheWrite / million,
	}
}
