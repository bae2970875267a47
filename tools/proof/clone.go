package proof

import (
	"fmt"
	"reflect"
	"testing"
	"unsafe"

	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// Clones proves that a copy is equal and shares no memory: with the value, with
// the message it was decoded from, or with what its escapes were decoded into.
// The same is true of UnmarshalJSON and the message.
func Clones(t *testing.T, s *Subject) {
	var n tally
	s.eachType(t, func(t *testing.T, c *Corpus) {
		c.Each(Share(10, 20), 0, func(x specimen.Specimen) {
			message := append([]byte{}, x.Text...)
			v, err := c.Decode(message, wire.Strict)
			if err != nil {
				return
			}
			n.add("cloned")
			c.cloned(t, x, v, message)
		})
	})
	n.log(t)
	n.atLeast(t, 20*len(s.Types), "cloned")
}

func (c *Corpus) cloned(t *testing.T, x specimen.Specimen, v wire.Appender, message []byte) {
	t.Helper()
	copied := c.Clone(v)
	if !reflect.DeepEqual(v, copied) {
		t.Errorf("%s %s: the clone differs\n%s", x.What, x.Path, x.Text)
	}
	var mine, theirs memory
	mine.visit(reflect.ValueOf(v), "")
	theirs.visit(reflect.ValueOf(copied), "")
	if where := mine.shared(theirs); where != "" {
		t.Errorf("%s %s: the clone shares %s\n%s", x.What, x.Path, where, x.Text)
	}
	unmarshalled, err := c.Unmarshal(message)
	if err != nil {
		t.Errorf("%s %s: UnmarshalJSON: %v\n%s", x.What, x.Path, err, x.Text)
		return
	}
	clear(message)
	fresh, _ := c.Decode(append([]byte{}, x.Text...), wire.Strict)
	if !reflect.DeepEqual(fresh, copied) {
		t.Errorf("%s %s: the clone changed with the message\n%s", x.What, x.Path, x.Text)
	}
	if !reflect.DeepEqual(fresh, unmarshalled) {
		t.Errorf("%s %s: what UnmarshalJSON gave changed with the message\n%s", x.What, x.Path, x.Text)
	}
}

// memory lists the blocks that a value refers to.
type memory struct {
	blocks []block
}

type block struct {
	from, to uintptr
	where    string
}

func (m *memory) add(p unsafe.Pointer, size int, where string) {
	if p != nil && size > 0 {
		m.blocks = append(m.blocks, block{uintptr(p), uintptr(p) + uintptr(size), where})
	}
}

func (m *memory) visit(v reflect.Value, where string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			m.add(v.UnsafePointer(), int(v.Type().Elem().Size()), where)
			m.visit(v.Elem(), where)
		}
	case reflect.Interface:
		if !v.IsNil() {
			m.visit(v.Elem(), where)
		}
	case reflect.String:
		s := v.String()
		m.add(unsafe.Pointer(unsafe.StringData(s)), len(s), where)
	case reflect.Slice:
		m.add(v.UnsafePointer(), v.Len()*int(v.Type().Elem().Size()), where)
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			m.visit(v.Index(i), fmt.Sprintf("%s[%d]", where, i))
		}
	case reflect.Map:
		m.add(v.UnsafePointer(), 1, where)
		for _, key := range v.MapKeys() {
			m.visit(key, where+" key "+key.String())
			m.visit(v.MapIndex(key), where+"["+key.String()+"]")
		}
	case reflect.Struct:
		for i := range v.NumField() {
			m.visit(v.Field(i), where+"."+v.Type().Field(i).Name)
		}
	}
}

// shared names a block that overlaps one of the other's.
func (m *memory) shared(other memory) string {
	for _, a := range m.blocks {
		for _, b := range other.blocks {
			if a.from < b.to && b.from < a.to {
				return b.where
			}
		}
	}
	return ""
}
