package llm

import "strings"

// Level is how much a model reasons before it answers.
type Level string

// The levels, from least to most. The empty Level leaves it to the provider.
const (
	LevelOff     Level = "off"
	LevelMinimal Level = "minimal"
	LevelLow     Level = "low"
	LevelMedium  Level = "medium"
	LevelHigh    Level = "high"
	LevelXHigh   Level = "xhigh" // only a few models know it, see Model.Knows
)

// allLevels is them from least to most.
var allLevels = []Level{LevelOff, LevelMinimal, LevelLow, LevelMedium, LevelHigh, LevelXHigh}

// levels has every word that people use for a level.
var levels = map[string]Level{
	"off": LevelOff,

	"minimal": LevelMinimal, "min": LevelMinimal, "think": LevelMinimal,

	"low": LevelLow, "on": LevelLow, "enable": LevelLow, "enabled": LevelLow,
	"thinkhard": LevelLow, "think-hard": LevelLow, "think_hard": LevelLow,

	"medium": LevelMedium, "mid": LevelMedium, "med": LevelMedium,
	"thinkharder": LevelMedium, "think-harder": LevelMedium, "harder": LevelMedium,

	"high": LevelHigh, "ultra": LevelHigh, "ultrathink": LevelHigh, "thinkhardest": LevelHigh, "highest": LevelHigh, "max": LevelHigh,

	"xhigh": LevelXHigh, "x-high": LevelXHigh, "x_high": LevelXHigh,
}

// ParseLevel reads a level or one of its other names; upper and lower case are
// the same.
func ParseLevel(word string) (Level, bool) {
	l, ok := levels[strings.ToLower(strings.TrimSpace(word))]
	return l, ok
}
