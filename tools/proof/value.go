package proof

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Values proves that encoders write JSON whatever a program puts into a value:
// zero values, text that is not UTF-8, numbers that JSON doesn't have. And
// what they write can be read leniently, as far as its unions are filled in.
func Values(t *testing.T, s *Subject) {
	s.Load(t)
	n := 0
	for _, typ := range s.Types {
		if typ.Go.Kind() != reflect.Struct {
			continue
		}
		f := filler{r: rand.New(rand.NewPCG(hash(typ.Name), 0)), types: s.Types}
		for k := range Share(20, 2000) {
			v := reflect.New(typ.Go)
			if k > 0 { // the first one stays zero
				f.fill(v.Elem(), 0)
			}
			n++
			text := v.Interface().(wire.Appender).AppendJSON(nil)
			if !jsontext.Value(text).IsValid() {
				t.Errorf("%s: %+v is written as %s", typ.Name, v.Elem(), text)
				continue
			}
			if k == 0 {
				continue
			}
			if _, err := typ.Decode(text, wire.Lenient); err != nil {
				t.Errorf("%s: what was written cannot be read leniently: %v\n%s", typ.Name, err, text)
			}
		}
	}
	t.Logf("%d values of %d types", n, len(s.Types))
}

// filler fills values in by reflection.
type filler struct {
	r     *rand.Rand
	types []*Type
}

var (
	texts  = []string{"", "a", "\xff", "\x00\x1f\x7f", "\"\\/\b\f\n\r\t", "\u2028<&>", "😀", "\xed\xa0\x80", "a long text of ASCII with é within it"}
	floats = []float64{0, math.Copysign(0, -1), 1.5, -1e300, 1e-300, 1e15, 123456789012345678, math.MaxFloat64, math.SmallestNonzeroFloat64, math.NaN(), math.Inf(1), math.Inf(-1)}
	raws   = []wire.Raw{nil, wire.Raw(`null`), wire.Raw(`{"a":[1]}`), wire.Raw(`{}`)}
)

func (f *filler) fill(v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case wire.Raw:
		v.SetBytes(raws[f.r.IntN(len(raws))])
		return
	case wire.Extra:
		if f.r.IntN(2) == 0 {
			v.Set(reflect.ValueOf(wire.Extra{{Name: "x-1", Value: raws[2]}, {Name: "x-\"2", Value: nil}}))
		}
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(f.r.IntN(2) == 0)
	case reflect.Int64:
		v.SetInt(int64(f.r.Uint64()) >> f.r.IntN(64))
	case reflect.Uint8: // the kind of a union
		v.SetUint(f.r.Uint64N(4))
	case reflect.Float64:
		v.SetFloat(floats[f.r.IntN(len(floats))])
	case reflect.String:
		v.SetString(texts[f.r.IntN(len(texts))])
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i), depth+1)
		}
	default:
		f.refer(v, depth)
	}
}

// refer fills in what may be nil, and leaves it nil where it gets deep.
func (f *filler) refer(v reflect.Value, depth int) {
	if depth > 8 || f.r.IntN(4) == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), depth+1)
	case reflect.Interface:
		var fit []reflect.Type
		for _, typ := range f.types {
			if p := reflect.PointerTo(typ.Go); p.Implements(v.Type()) {
				fit = append(fit, typ.Go)
			}
		}
		chosen := reflect.New(fit[f.r.IntN(len(fit))])
		f.fill(chosen.Elem(), depth+1)
		v.Set(chosen)
	case reflect.Slice:
		n := f.r.IntN(3)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			f.fill(v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range f.r.IntN(3) {
			entry := reflect.New(v.Type().Elem()).Elem()
			f.fill(entry, depth+1)
			v.SetMapIndex(reflect.ValueOf(texts[f.r.IntN(len(texts))]), entry)
		}
	}
}
