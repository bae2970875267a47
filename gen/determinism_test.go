package gen_test

import (
	"bytes"
	"testing"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/schema"
)

// TestSameBytes: the same files give the same findings and the same Go, in
// whatever order they were read.
func TestSameBytes(t *testing.T) {
	for _, c := range cases(t) {
		o := c.run(t)
		if len(c.unreadable) > 0 {
			continue
		}
		tree, list := source.New(c.files, "schema") // in the order of a map
		model, more := lower.Lower(tree)
		if len(o.files) == 0 {
			list = append(list, more...)
			if list.Sort(); len(list) > 0 && len(list) != len(o.findings) {
				t.Errorf("%s: %d findings, then %d", c, len(o.findings), len(list))
			}
			continue
		}
		again, err := emitter.Emit(model)
		if err != nil {
			t.Fatal(err)
		}
		same(t, c.String(), o.files, again)
	}
}

// TestSameBytesOfTheProtocol emits the real protocol twice from two readings.
func TestSameBytesOfTheProtocol(t *testing.T) {
	emitted := func() []emit.File {
		tree, list := source.Load(schema.Files, "schema")
		model, more := lower.Lower(tree)
		for _, d := range append(list, more...) {
			t.Fatal(d)
		}
		files, err := emitter.Emit(model)
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	same(t, "the protocol", emitted(), emitted())
}

func same(t *testing.T, what string, a, b []emit.File) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%s: %d files, then %d", what, len(a), len(b))
	}
	for k := range a {
		if a[k].Path != b[k].Path || !bytes.Equal(a[k].Data, b[k].Data) {
			t.Errorf("%s: %s differs from one time to the next", what, a[k].Path)
		}
	}
}
