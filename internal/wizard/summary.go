package wizard

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/internal/config"
)

// maxSummary bounds how many settings are listed.
const maxSummary = 20

// summary lists for people what settings are now, without secrets.
func summary(set []config.Difference) []string {
	var lines []string
	for _, d := range set {
		if d.Is == "" {
			lines = append(lines, d.Key+": removed")
			continue
		}
		lines = append(lines, leaves(d.Key, json.RawMessage(d.Is))...)
	}
	if more := len(lines) - maxSummary; more > 0 {
		lines = append(lines[:maxSummary:maxSummary], fmt.Sprintf("and %d more", more))
	}
	return lines
}

// hidden is what stands for a secret in the configuration's own texts.
const hidden = `{"$secret":true}`

// leaves lists the settings in a section by name.
func leaves(key string, value json.RawMessage) []string {
	if string(value) == hidden {
		return []string{key + ": (secret)"}
	}
	var section map[string]json.RawMessage
	if json.Unmarshal(value, &section) == nil && len(section) > 0 {
		var lines []string
		for _, name := range slices.Sorted(maps.Keys(section)) {
			lines = append(lines, leaves(below(key, name), section[name])...)
		}
		return lines
	}
	text := strings.ReplaceAll(string(value), hidden, "(secret)")
	if len(text) > maxRepeated {
		text = strings.ToValidUTF8(text[:maxRepeated], "") + "…"
	}
	return []string{key + ": " + text}
}

// below is the key of what has a name in a section.
func below(key, name string) string {
	if name = config.JoinKey([]string{name}); strings.HasPrefix(name, "[") {
		return key + name
	}
	return key + "." + name
}
