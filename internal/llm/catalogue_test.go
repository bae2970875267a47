package llm_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/echo"
)

func sample(t *testing.T) *llm.Catalogue {
	t.Helper()
	c, err := llm.NewCatalogue(llm.Contents{
		Models: []llm.Model{
			{ID: "gpt-4o", Name: "GPT-4o", Provider: "openai"},
			{ID: "gpt-4o", Name: "GPT-4o", Provider: "azure"},
			{ID: "claude-sonnet-4-20250514", Name: "Old name", Provider: "anthropic"},
			{ID: "claude-sonnet-4-20250514", Name: "Claude Sonnet 4", Provider: "anthropic"},
			{ID: "claude-haiku-4-5", Name: "Claude Haiku 4.5", Provider: "anthropic"},
			{ID: "anthropic/claude-haiku-4-5", Name: "Claude Haiku 4.5", Provider: "openrouter"},
			echo.Model(),
		},
		Aliases:   map[string]string{"Sonnet": "anthropic/claude-sonnet-4-20250514", "lost": "nobody/nothing"},
		Providers: map[string]llm.Provider{"echo": echo.New()},
		Prefer:    []string{"openai"},
		Open:      []string{"ollama"},
		Default:   "echo/echo",
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCatalogueLookup(t *testing.T) {
	c := sample(t)
	for name, want := range map[string]string{
		"anthropic/claude-sonnet-4-20250514":    "anthropic/claude-sonnet-4-20250514",
		" claude-sonnet-4-20250514 ":            "anthropic/claude-sonnet-4-20250514",
		"Claude-Sonnet-4-20250514":              "anthropic/claude-sonnet-4-20250514",
		"sonnet":                                "anthropic/claude-sonnet-4-20250514",
		"gpt-4o":                                "openai/gpt-4o",
		"azure/gpt-4o":                          "azure/gpt-4o",
		"Azure/GPT-4o":                          "azure/gpt-4o",
		"openrouter/anthropic/claude-haiku-4-5": "openrouter/anthropic/claude-haiku-4-5",
		"anthropic/claude-haiku-4-5":            "anthropic/claude-haiku-4-5",
		"ollama/llama3.2:3b":                    "ollama/llama3.2:3b",
	} {
		m, err := c.Lookup(name)
		if err != nil || m.Ref() != want {
			t.Errorf("%s: %v, %v", name, m.Ref(), err)
		}
	}
	if m, _ := c.Lookup("sonnet"); m.Name != "Claude Sonnet 4" {
		t.Errorf("of two models with one name the first counts: %q", m.Name)
	}
}

func TestCatalogueLookupOfUnknown(t *testing.T) {
	c := sample(t)
	for name, want := range map[string]string{
		"gpt-4":                    "openai/gpt-4o",
		"claude-sonet-4":           "anthropic/claude-sonnet-4-20250514",
		"openai/gtp-4o":            "openai/gpt-4o",
		"sonnet-4":                 "anthropic/claude-sonnet-4-20250514",
		"nobody/at-all-here":       "",
		"":                         "",
		"ollama/":                  "",
		"lost":                     "",
		strings.Repeat("x", 1<<20): "",
	} {
		_, err := c.Lookup(name)
		var unknown *llm.UnknownModel
		if !errors.As(err, &unknown) {
			t.Errorf("%.40q: %v", name, err)
			continue
		}
		if (want == "") != (len(unknown.Near) == 0) || want != "" && !slices.Contains(unknown.Near, want) {
			t.Errorf("%.40q: near %v, want %q", name, unknown.Near, want)
		}
		if len(err.Error()) > 300 || strings.Contains(err.Error(), want) == false {
			t.Errorf("%.40q: %v", name, err)
		}
	}
}

func TestCatalogueOrderAndProviders(t *testing.T) {
	c := sample(t)
	var refs []string
	for _, m := range c.List() {
		refs = append(refs, m.Ref())
	}
	want := []string{"anthropic/claude-haiku-4-5", "anthropic/claude-sonnet-4-20250514", "azure/gpt-4o", "echo/echo", "openai/gpt-4o", "openrouter/anthropic/claude-haiku-4-5"}
	if !slices.Equal(refs, want) {
		t.Errorf("%v", refs)
	}
	if p, err := c.Provider("echo"); err != nil || p.Name() != "echo" {
		t.Errorf("%v %v", p, err)
	}
	if _, err := c.Provider("nobody"); err == nil || !strings.Contains(err.Error(), "echo") || !strings.Contains(err.Error(), "models.providers") {
		t.Errorf("%v", err)
	}
	if d := c.Default(); d.Ref() != "echo/echo" {
		t.Errorf("default %s", d.Ref())
	}
	if _, err := llm.NewCatalogue(llm.Contents{Models: []llm.Model{echo.Model()}, Default: "ecco"}); err == nil || !strings.Contains(err.Error(), "echo/echo") {
		t.Errorf("a default that is not there: %v", err)
	}
	r := llm.NewRegistry(c)
	other, err := llm.NewCatalogue(llm.Contents{Models: []llm.Model{{ID: "a", Name: "A", Provider: "p"}}, Default: "p/a"})
	if err != nil {
		t.Fatal(err)
	}
	r.Set(other)
	if d := r.Default(); d.Ref() != "p/a" || len(r.List()) != 1 {
		t.Errorf("after Set: %+v", d)
	}
}

func TestCost(t *testing.T) {
	m := llm.Model{Price: llm.Price{Input: 3, Output: 15, CacheRead: 0.3, CacheWrite: 3.75},
		LongAbove: 5_000_000, LongPrice: llm.Price{Input: 6}}
	c := m.Cost(llm.Usage{Input: 1_000_000, Output: 100_000, CacheRead: 2_000_000, CacheWrite: 0})
	if c.Input != 3 || c.Output != 1.5 || c.CacheRead != 0.6 || c.CacheWrite != 0 || c.Total() != 5.1 {
		t.Errorf("%+v %v", c, c.Total())
	}
	if c := m.Cost(llm.Usage{Input: 5_000_001}); c.Input < 30 || c.Input > 30.001 {
		t.Errorf("a long one costs %v", c.Input)
	}
}

func TestParseLevel(t *testing.T) {
	for word, want := range map[string]llm.Level{"off": llm.LevelOff, " ON ": llm.LevelLow, "think": llm.LevelMinimal, "ultrathink": llm.LevelHigh, "x_high": llm.LevelXHigh, "mid": llm.LevelMedium} {
		if l, ok := llm.ParseLevel(word); !ok || l != want {
			t.Errorf("%q: %q", word, l)
		}
	}
	if l, ok := llm.ParseLevel("loud"); ok {
		t.Errorf("loud is %q", l)
	}
}

func TestNearestLevel(t *testing.T) {
	m := llm.Model{Levels: []llm.Level{llm.LevelLow, llm.LevelHigh}}
	for l, want := range map[llm.Level]llm.Level{llm.LevelOff: llm.LevelLow, llm.LevelMedium: llm.LevelLow, llm.LevelXHigh: llm.LevelHigh, "": ""} {
		if got := m.Nearest(l); got != want {
			t.Errorf("%q: %q, want %q", l, got, want)
		}
	}
	if m.Knows(llm.LevelXHigh) || !m.Knows(llm.LevelHigh) {
		t.Error("knows what it does not")
	}
	unknown := llm.Model{}
	if unknown.Nearest(llm.LevelHigh) != llm.LevelHigh || unknown.Knows(llm.LevelXHigh) {
		t.Error("of a model that nobody described")
	}
}
