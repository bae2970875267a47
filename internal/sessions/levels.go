package sessions

import (
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// words maps what people write to the level that it means.
type words map[string]string

func (w words) level(text string) (string, bool) {
	level, ok := w[strings.ToLower(strings.TrimSpace(text))]
	return level, ok
}

// of makes a table out of lists of words, the level first.
func of(lists ...string) words {
	w := words{}
	for _, list := range lists {
		all := strings.Fields(list)
		for _, word := range all {
			w[word] = all[0]
		}
	}
	return w
}

var (
	thinkingWords = of("off", "minimal min think", "low on enable enabled thinkhard think-hard think_hard",
		"medium mid med thinkharder think-harder harder", "high ultra ultrathink thinkhardest highest max", "xhigh x-high x_high")
	verboseWords   = of("off false no 0", "on minimal true yes 1", "full all everything")
	reasoningWords = of("off hide hidden disable disabled false no 0", "on show visible enable enabled true yes 1", "stream streaming draft live")
	usageWords     = of("off false no 0 disable disabled", "tokens on true yes 1 enable enabled token tok minimal min", "full session")
	elevatedWords  = of("off false no 0", "on true yes 1", "ask prompt approval approve", "full auto auto-approve autoapprove")
	execHosts      = of("sandbox", "gateway", "node")
	execSecurities = of("deny", "allowlist", "full")
	execAsks       = of("off", "on-miss", "always")
)

// ParseThinking gives the thinking level that a text means, if it means one.
func ParseThinking(text string) (protocol.ThinkingLevel, bool) {
	level, ok := thinkingWords.level(text)
	return protocol.ThinkingLevel(level), ok
}

// xhighModels are the only ones that know the level xhigh.
var xhighModels = []string{"openai/gpt-5.2", "openai-codex/gpt-5.2-codex", "openai-codex/gpt-5.1-codex"}

// KnowsXHigh reports whether a model knows the thinking level xhigh.
func KnowsXHigh(provider, model string) bool { return slices.Contains(xhighModels, provider+"/"+model) }

// thinkingLevelsOf lists the levels of a model, for people to choose from.
func thinkingLevelsOf(m Model) string {
	levels := "off|minimal|low|medium|high"
	switch {
	case m.Provider == "zai":
		return "off|on"
	case KnowsXHigh(m.Provider, m.ID):
		levels += "|xhigh"
	}
	return levels
}
