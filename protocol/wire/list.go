package wire

import (
	"maps"
	"slices"
)

// Strings reads an array of strings.
func (r *Reader) Strings(i int, v *[]string) int {
	if r.Absent(i) {
		return i + 4
	}
	list := []string{}
	i, next := r.Array(i)
	for next {
		list = append(list, "")
		i = r.String(i, &list[len(list)-1])
		i, next = r.Item(i)
	}
	*v = list
	return i
}

// Ints reads an array of integers.
func (r *Reader) Ints(i int, v *[]int64) int {
	if r.Absent(i) {
		return i + 4
	}
	list := []int64{}
	i, next := r.Array(i)
	for next {
		list = append(list, 0)
		i = r.Int(i, &list[len(list)-1])
		i, next = r.Item(i)
	}
	*v = list
	return i
}

// Key reads the name of a map's entry and refuses, in strict mode, one that is
// there already.
func Key[T any](r *Reader, i int, m map[string]T) (string, int) {
	name, i := r.Name(i)
	if _, seen := m[name]; seen {
		i = r.Twice(i)
	}
	return name, i
}

// SortedKeys lists a map's keys in order, so that encoding is deterministic.
func SortedKeys[T any](m map[string]T) []string {
	return slices.Sorted(maps.Keys(m))
}
