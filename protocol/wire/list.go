package wire

import (
	"maps"
	"slices"
	"unsafe"
)

// Strings reads an array of strings.
func (r *Reader) Strings(i int, v *[]string) int {
	if r.Absent(i) {
		return i + 4
	}
	list, start := []string{}, i
	i, more := r.Array(i)
	for more {
		list = Grow(r, list, start, i)
		i = r.String(i, &list[len(list)-1])
		i, more = r.Item(i)
	}
	*v = list
	return i
}

// Ints reads an array of integers.
func (r *Reader) Ints(i int, v *[]int64) int {
	if r.Absent(i) {
		return i + 4
	}
	list, start := []int64{}, i
	i, more := r.Array(i)
	for more {
		list = Grow(r, list, start, i)
		i = r.Int(i, &list[len(list)-1])
		i, more = r.Item(i)
	}
	*v = list
	return i
}

// Grow appends a zero item to the list that is read from the array at start,
// and of which the next item stands at i.
func Grow[T any](r *Reader, list []T, start, i int) []T {
	if n := len(list); n < cap(list) {
		return list[:n+1]
	}
	return grown(r, list, start, i)
}

// grown makes room for as many items as the rest of the text may hold, going
// by the length of those that were read.
func grown[T any](r *Reader, list []T, start, i int) []T {
	n := len(list)
	size := int(max(1, unsafe.Sizeof(*new(T))))
	if n == 0 {
		return make([]T, 1, max(1, smallList/size))
	}
	more := r.more(n, size, (len(r.buf)-i)/((i-start)/n)+1)
	larger := make([]T, n+1, n+more)
	copy(larger, list)
	return larger
}

// smallList is the size in bytes of a new list, where its items are small.
const smallList = 64

// more bounds a guess of how many items follow n: a message may ask for some
// memory on credit, but then only for three times what it has filled.
func (r *Reader) more(n, size, guess int) int {
	safe := 3 * n
	if guess <= safe {
		return max(guess, n/4+1)
	}
	if cost := (guess - safe) * size; n >= 4 && cost <= 2*len(r.buf)-r.credit {
		r.credit += cost
		return guess
	}
	return safe
}

// Key passes the name of a map's entry and refuses, in strict mode, one that
// is there already.
func Key[T any](r *Reader, i int, m map[string]T, name string) int {
	if _, seen := m[name]; seen {
		return r.Twice(i)
	}
	return i
}

// SortedKeys lists a map's keys in order, so that encoding is deterministic.
func SortedKeys[T any](m map[string]T) []string {
	return slices.Sorted(maps.Keys(m))
}
