package nodehost

import (
	"strings"
)

const (
	// maxOutput is how much of each of a program's outputs is kept, in bytes. In
	// the worst case a byte takes six in JSON, and two outputs have to fit into a
	// message of 1 MiB.
	maxOutput = 80 << 10
	// maxTail is how much of it an agent is told.
	maxTail = 1000
)

// output keeps the beginning of what a program says.
type output struct {
	data []byte
	cut  bool
}

func (o *output) Write(p []byte) (int, error) {
	room := maxOutput - len(o.data)
	if len(p) > room {
		o.cut = true
	}
	o.data = append(o.data, p[:min(len(p), room)]...)
	return len(p), nil
}

// text is the output as text; what is none becomes U+FFFD.
func (o *output) text() string { return strings.ToValidUTF8(string(o.data), "\uFFFD") }

func tail(text string) string {
	if len(text) <= maxTail {
		return text
	}
	return strings.ToValidUTF8(text[len(text)-maxTail:], "")
}
