package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/gatesmith/gatesmith/tools/bench"
)

// peer is a column: how many times as long as ours another pipeline takes.
type peer struct{ key, title string }

var (
	decoders = []peer{
		{"ajv", "Node ajv"}, {"ajv-bytes", "from bytes"}, {"ajv-first", "first error"},
		{"jx", "jx"}, {"goccy", "goccy"}, {"jsonv2", "json v2"}, {"encoding-json", "encoding/json"},
		{"santhosh", "santhosh"}, {"xeipuuv", "xeipuuv"},
	}
	encoders = []peer{{"jx", "jx"}, {"goccy", "goccy"}, {"jsonv2", "json v2"}, {"encoding-json", "encoding/json"}}
	lean     = []peer{{"jx", "jx"}, {"goccy-lean", "goccy"}, {"encoding-json-lean", "encoding/json"}}
)

func (r results) tables(corpus []*bench.Message) string {
	var names []string
	sizes := map[string]int{}
	for _, m := range corpus {
		names = append(names, m.Name)
		sizes[m.Name] = len(m.Good)
	}
	var b strings.Builder
	b.WriteString("\n### Decode and validate\n\nOurs in ns and allocations; the others as multiples of our time.\n\n")
	r.table(&b, "Decode", names, sizes, decoders)
	b.WriteString("\n### Refuse\n\nThe same messages with one fault. The decoders that don't validate accept most of them, so only validators are compared.\n\n")
	r.table(&b, "Refuse", names, sizes, []peer{{"ajv", "Node ajv"}, {"ajv-bytes", "from bytes"}, {"ajv-first", "first error"}, {"santhosh", "santhosh"}, {"xeipuuv", "xeipuuv"}})
	b.WriteString("\n### The least the others could do\n\nThe method known beforehand, no difference between absent and empty.\n\n")
	r.table(&b, "Decode", []string{"agent", "agent-ru"}, sizes, lean)
	b.WriteString("\n### Lenient\n\nTimes of the lenient mode, in ns.\n\n")
	r.lenient(&b, names)
	b.WriteString("\n### Encode events\n\n")
	r.table(&b, "Encode", []string{"agent.event", "chat.event"}, sizes, encoders)
	b.WriteString("\n### Generate\n\n")
	r.generate(&b)
	b.WriteString("\n")
	return b.String()
}

// table writes one row a message and two that sum up.
func (r results) table(b *strings.Builder, kind string, names []string, sizes map[string]int, all []peer) {
	var peers []peer
	for _, p := range all {
		for _, n := range names {
			if _, ok := r[kind+"/"+n+"/"+p.key]; ok {
				peers = append(peers, p)
				break
			}
		}
	}
	b.WriteString("| message | bytes | ours ns | allocs | B |")
	for _, p := range peers {
		fmt.Fprintf(b, " %s |", p.title)
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --: |", 4+len(peers)) + "\n")
	logs, counts, worst := make([]float64, len(peers)), make([]int, len(peers)), make([]float64, len(peers))
	for _, n := range names {
		ours, ok := r[kind+"/"+n+"/ours"]
		if !ok {
			continue
		}
		fmt.Fprintf(b, "| %s | %d | %s | %d | %d |", n, sizes[n], number(ours.ns), ours.allocs, ours.bytes)
		for k, p := range peers {
			theirs, ok := r[kind+"/"+n+"/"+p.key]
			if !ok {
				b.WriteString(" |")
				continue
			}
			ratio := theirs.ns / ours.ns
			fmt.Fprintf(b, " %.1f |", ratio)
			logs[k] += math.Log(ratio)
			counts[k]++
			if worst[k] == 0 || ratio < worst[k] {
				worst[k] = ratio
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("| **geometric mean** | | | | |")
	for k := range peers {
		fmt.Fprintf(b, " **%.1f** |", math.Exp(logs[k]/float64(counts[k])))
	}
	b.WriteString("\n| worst message | | | | |")
	for k := range peers {
		fmt.Fprintf(b, " %.1f |", worst[k])
	}
	b.WriteString("\n")
}

func (r results) lenient(b *strings.Builder, names []string) {
	b.WriteString("| message | strict | lenient |\n| --- | --: | --: |\n")
	for _, n := range names {
		if l, ok := r["Decode/"+n+"/ours-lenient"]; ok {
			fmt.Fprintf(b, "| %s | %s | %s |\n", n, number(r["Decode/"+n+"/ours"].ns), number(l.ns))
		}
	}
}

func (r results) generate(b *strings.Builder) {
	b.WriteString("| 500 methods | ms |\n| --- | --: |\n")
	for _, stage := range []string{"load", "lower", "emit", "all"} {
		if x, ok := r["Generate/"+stage]; ok {
			fmt.Fprintf(b, "| %s | %.0f |\n", stage, x.ns/1e6)
		}
	}
}

// number has as many digits as mean something.
func number(ns float64) string {
	if ns < 100 {
		return fmt.Sprintf("%.1f", ns)
	}
	return fmt.Sprintf("%.0f", ns)
}
