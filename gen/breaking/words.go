package breaking

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// announced reports whether a deprecated thing may go: every client that the
// later version serves was made when it was deprecated already.
func (c *comparison) announced(m ir.Meta) bool {
	return m.Deprecated != nil && m.Deprecated.Since > 0 && m.Deprecated.Since < c.new.Protocol.MinVersion
}

// deprecated says when a thing that was deprecated may go.
func deprecated(m ir.Meta) string {
	if m.Deprecated == nil || m.Deprecated.Since == 0 {
		return ""
	}
	return fmt.Sprintf(" (deprecated since version %d: it may go when minVersion is above that)", m.Deprecated.Since)
}

func itoa(n int) string { return strconv.Itoa(n) }

func quote(s string) string { return strconv.Quote(s) }

// or chooses words by whether a text is there.
func or(text, absent, present string) string {
	if text == "" {
		return absent
	}
	return present
}

func listed(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

func dialects(list []*ir.Dialect) []string {
	out := make([]string, len(list))
	for i, d := range list {
		out[i] = d.Name
	}
	return out
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
