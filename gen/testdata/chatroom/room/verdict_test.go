package room_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/testdata/chatroom/room"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/proof"
)

// Every type of the package is held to its schema: what strict decoding says
// of seeded texts is what another validator says of the schema files, and what
// it accepts comes back when written. Package proof does the same at length
// for the real protocol; this is the short form, for a protocol that is unlike
// it.

const textsPerType = 300

// each calls f with seeded texts for every type.
func each(t *testing.T, faults int, f func(t *testing.T, s *oracle.Schema, typ *proof.Type, model *ir.Type, text []byte)) {
	s, err := oracle.Load(os.DirFS("../schema"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Model.Hash != room.SchemaHash {
		t.Fatal("the package is not of this schema: go test ./gen -update")
	}
	models := map[string]*ir.Type{}
	for _, model := range s.Types() {
		models[s.Name(model)] = model
	}
	for _, typ := range registered {
		t.Run(typ.Name, func(t *testing.T) {
			m := &maker{rand.New(rand.NewPCG(1, uint64(faults))), faults}
			for range textsPerType {
				f(t, s, typ, models[typ.Name], []byte(m.value(models[typ.Name], 0)))
				if t.Failed() {
					return
				}
			}
		})
	}
}

// TestVerdicts compares verdicts on texts with and without faults.
func TestVerdicts(t *testing.T) {
	accepted, refused := 0, 0
	var modern *oracle.Modern
	for _, faults := range []int{0, 3, 30, 150} {
		each(t, faults, func(t *testing.T, s *oracle.Schema, typ *proof.Type, model *ir.Type, text []byte) {
			if modern == nil {
				var err error
				if modern, err = oracle.NewModern(s); err != nil {
					t.Fatal(err)
				}
			}
			_, err := typ.Decode(text, wire.Strict)
			strict := oracle.Strictness(model, text, room.MaxDepth)
			valid := strict == oracle.None
			var verdict oracle.Verdict
			if valid {
				var failed error
				if verdict, failed = modern.Judge(model, text); failed != nil {
					t.Fatal(failed)
				}
				valid = verdict.Valid
			}
			if valid != (err == nil) {
				t.Errorf("decoding says %v, the standard %v %v, strictness %q, of\n%s", err, verdict.Valid, verdict.Faults, strict, text)
			}
			if valid {
				accepted++
			} else {
				refused++
			}
		})
	}
	if accepted < 2000 || refused < 2000 {
		t.Errorf("%d texts were accepted and %d refused: too few to tell anything", accepted, refused)
	}
}

// TestRoundTrips: what is accepted is the same when it is written, is accepted
// again, and by clients too; a copy outlives the message.
func TestRoundTrips(t *testing.T) {
	each(t, 0, func(t *testing.T, _ *oracle.Schema, typ *proof.Type, _ *ir.Type, text []byte) {
		v, err := typ.Decode(text, wire.Strict)
		if err != nil {
			return
		}
		written := v.AppendJSON(nil)
		if !sameJSON(t, text, written) {
			t.Fatalf("written back differently:\n%s\n%s", text, written)
		}
		again, err := typ.Decode(bytes.Clone(written), wire.Strict)
		if err != nil || !bytes.Equal(again.AppendJSON(nil), written) {
			t.Errorf("not accepted again: %v\n%s", err, written)
		}
		if _, err := typ.Decode(bytes.Clone(text), wire.Lenient); err != nil {
			t.Errorf("refused in lenient mode: %v\n%s", err, text)
		}
		message := bytes.Clone(text)
		v, _ = typ.Decode(message, wire.Strict)
		copied := typ.Clone(v)
		for i := range message {
			message[i] = 'x'
		}
		if got := copied.AppendJSON(nil); !bytes.Equal(got, written) {
			t.Errorf("a copy changed with the message:\n%s\n%s", written, got)
		}
	})
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(x, y)
}

// TestRefusalsAreExplained: a refused text has issues, each with a message and
// a place, and is refused again when it is decoded again.
func TestRefusalsAreExplained(t *testing.T) {
	each(t, 60, func(t *testing.T, _ *oracle.Schema, typ *proof.Type, _ *ir.Type, text []byte) {
		_, err := typ.Unmarshal(text)
		if err == nil {
			return
		}
		issues, ok := err.(wire.Issues)
		if !ok || len(issues) == 0 || issues[0].Message == "" || issues[0].Message == "unknown validation error" {
			t.Errorf("refused without a reason: %#v\n%s", err, text)
		}
	})
}
