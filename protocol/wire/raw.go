package wire

import (
	"bytes"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// Raw is a JSON value kept as it stands in the message. A nil Raw is absent.
type Raw []byte

// String gives the JSON text.
func (v Raw) String() string { return string(v) }

// MarshalJSON returns the text; an absent or empty value is null.
func (v Raw) MarshalJSON() ([]byte, error) {
	if len(v) == 0 {
		return []byte("null"), nil
	}
	return v, nil
}

// UnmarshalJSON keeps a copy of the text.
func (v *Raw) UnmarshalJSON(data []byte) error {
	*v = append((*v)[:0:0], data...)
	return nil
}

// Raw reads any value.
func (r *Reader) Raw(i int, v *Raw) int {
	end := r.Skip(i)
	if end >= 0 {
		*v = r.buf[i:end:end]
	}
	return end
}

// RawObject reads any object.
func (r *Reader) RawObject(i int, v *Raw) int {
	if r.Peek(i) != '{' {
		return r.noContainer(i)
	}
	return r.Raw(i, v)
}

// Member is a member that the schema doesn't name, kept by an open type.
type Member struct {
	Name  string
	Value Raw
}

// Extra holds the unknown members of an open type, in the order they came in.
type Extra []Member

// Get returns the value of a member, or nil.
func (e Extra) Get(name string) Raw {
	for _, m := range e {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Clone returns a copy that shares no memory with e.
func (e Extra) Clone() Extra {
	c := slices.Clone(e)
	for k := range c {
		c[k] = Member{strings.Clone(c[k].Name), bytes.Clone(c[k].Value)}
	}
	return c
}

// Extra reads the value of an unknown member and keeps it.
func (r *Reader) Extra(i int, name string, v *Extra) int {
	var raw Raw
	if i = r.Raw(i, &raw); i >= 0 {
		*v = append(*v, Member{name, raw})
	}
	return i
}

// Distinct checks that no unknown member came twice; strict mode only.
func (r *Reader) Distinct(i int, v Extra) int {
	if len(v) < 2 || r.lenient {
		return i
	}
	return distinct(i, v)
}

func distinct(i int, v Extra) int {
	var names nameSet
	for _, m := range v {
		if !names.add(m.Name) {
			return Invalid
		}
	}
	return i
}

// Skip passes any value and checks it on the way.
func (r *Reader) Skip(i int) int {
	b := r.buf
	if uint(i) >= uint(len(b)) {
		return Invalid
	}
	switch b[i] {
	case '"':
		return r.skipString(i)
	case '{':
		return r.skipObject(i)
	case '[':
		next := false
		for i, next = r.Array(i); next; i, next = r.Item(i) {
			i = r.Skip(i)
		}
		return i
	case 't', 'f':
		var v bool
		return r.Bool(i, &v)
	case 'n':
		if r.Null(i) {
			return i + 4
		}
		return Invalid
	}
	return r.skipNumber(i)
}

// skipString passes a string; escapes are checked without being decoded.
func (r *Reader) skipString(i int) int {
	b := r.buf
	start := i + 1
	for j := start; j+8 <= len(b); j += 8 {
		m := special(word(b, j))
		if m == 0 {
			continue
		}
		if j += bits.TrailingZeros64(m) >> 3; b[j] == '"' {
			return j + 1
		}
		break
	}
	return r.skipText(start)
}

func (r *Reader) skipText(start int) int {
	b := r.buf
	for i := start; i < len(b); {
		i += plainRun(b[i:])
		if i >= len(b) || b[i] < 0x20 {
			return Invalid
		}
		if b[i] == '"' {
			if !validUTF8(b, start, i) { // escapes are ASCII
				return Invalid
			}
			return i + 1
		}
		var scratch [12]byte
		if _, i = r.escape(scratch[:0], i); i < 0 {
			return Invalid
		}
	}
	return Invalid
}

func (r *Reader) skipNumber(i int) int {
	var n int64
	if end := r.plainInt(i, &n); end >= 0 {
		return end
	}
	end := r.number(i)
	if end < 0 || r.lenient {
		return end
	}
	// Only a long literal or an exponent can leave the range of float64.
	for k := i; k < end; k++ {
		if b := r.buf[k]; b == 'e' || b == 'E' || end-i > 300 {
			if _, err := strconv.ParseFloat(unsafe.String(&r.buf[i], end-i), 64); err != nil {
				return Invalid
			}
			break
		}
	}
	return end
}

func (r *Reader) skipObject(i int) int {
	var names nameSet
	name, i, more := r.Object(i)
	for more {
		if !r.lenient && !names.add(name) {
			return Invalid
		}
		name, i, more = r.Next(r.Skip(i))
	}
	return i
}

// nameSet finds repeated names: by comparing the few names that objects
// usually have, and by a map when there are many.
type nameSet struct {
	met  uint64 // the marks of the names; most often a new name has a new one
	n    int
	few  [12]string
	many map[string]struct{}
}

// add reports whether the name is new.
func (s *nameSet) add(name string) bool {
	if s.many != nil {
		return s.addMany(name)
	}
	mark := nameMark(name)
	if s.met&mark != 0 && slices.Contains(s.few[:s.n], name) {
		return false
	}
	s.met |= mark
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	s.many = make(map[string]struct{}, 4*len(s.few))
	for _, seen := range s.few {
		s.many[seen] = struct{}{}
	}
	return s.addMany(name)
}

func (s *nameSet) addMany(name string) bool {
	if _, seen := s.many[name]; seen {
		return false
	}
	s.many[name] = struct{}{}
	return true
}

// nameMark gives a name one of 64 bits.
func nameMark(name string) uint64 {
	n := len(name)
	if n == 0 {
		return 1
	}
	return 1 << ((uint(n) + 7*uint(name[0]) + 31*uint(name[n/2]) + 3*uint(name[n-1])) & 63)
}
