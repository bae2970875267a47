package bench

import (
	"testing"

	"github.com/gatesmith/gatesmith/protocol/wire"
)

// pipeline is one way from bytes to a checked value.
type pipeline struct {
	name      string
	validates bool
	setup     func(tb testing.TB) prepare
}

// prepare gives the function that decodes messages like m, or nil when the
// pipeline has none.
type prepare func(m *Message) func(data []byte) error

var pipelines = []pipeline{
	{"ours", true, ours(wire.Strict)},
	{"ours-lenient", false, ours(wire.Lenient)},
	{"jx", true, handWrittenJX},
	{"goccy", false, plain[goccyContent](goccyDecode)},
	{"goccy-lean", false, lean(goccyDecode)},
	{"jsonv2", false, plain[v2Content](v2Decode)},
	{"encoding-json", false, plain[stdContent](stdDecode)},
	{"encoding-json-lean", false, lean(stdDecode)},
	{"santhosh", true, santhosh},
	{"xeipuuv", true, xeipuuv},
}

func corpus(tb testing.TB) []*Message {
	tb.Helper()
	list, err := Corpus()
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func TestPipelinesAgree(t *testing.T) {
	for _, p := range pipelines {
		decoder := p.setup(t)
		for _, m := range corpus(t) {
			decode := decoder(m)
			if decode == nil {
				continue
			}
			if err := decode(m.Good); err != nil {
				t.Errorf("%s refuses %s: %v", p.name, m.Name, err)
			}
			if err := decode(m.Bad); p.validates && err == nil {
				t.Errorf("%s accepts the broken %s", p.name, m.Name)
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) { decodeAll(b, func(m *Message) []byte { return m.Good }) }

func BenchmarkRefuse(b *testing.B) { decodeAll(b, func(m *Message) []byte { return m.Bad }) }

// decodeAll runs one pipeline after the other, so that none is burdened with
// what another one keeps in memory: the more is alive, the more the collector
// has to do for every pipeline that allocates.
func decodeAll(b *testing.B, text func(*Message) []byte) {
	for _, p := range pipelines {
		decoder := p.setup(b)
		for _, m := range corpus(b) {
			data := text(m)
			decode := decoder(m)
			if decode == nil {
				continue
			}
			b.Run(m.Name+"/"+p.name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					_ = decode(data)
				}
			})
		}
	}
}
