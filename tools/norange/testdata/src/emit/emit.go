package emit

import (
	"maps"
	"reflect"
	"slices"
	"sync"
)

type table map[string]int

type alias = table

func loops(m map[string]int, t table, a alias, p *map[int]bool, keys []string, c chan int) (out []string) {
	for k := range m { // want `loop over a map`
		out = append(out, k)
	}
	for range t { // want `loop over a map`
	}
	for k, v := range a { // want `loop over a map`
		_, _ = k, v
	}
	for range *p { // want `loop over a map`
	}
	for range map[string]bool{"a": true} { // want `loop over a map`
	}
	for _, k := range keys {
		out = append(out, k)
		_ = m[k]
	}
	for range 3 {
	}
	for range c {
	}
	for range "text" {
	}
	return out
}

func generic[M ~map[K]V, K comparable, V any, S ~[]V, X any](m M, s S, x X) {
	for range m { // want `loop over a map`
	}
	for range s {
	}
	_ = x
}

type core interface{ ~map[int]int }

type mapped interface {
	core
	Len() int
}

func constrained[M mapped](m M) {
	for range m { // want `loop over a map`
	}
}

func iterators(m map[string]int, s *sync.Map) []string {
	for range maps.Keys(m) { // want `maps.Keys gives`
	}
	for range maps.All(m) { // want `maps.All gives`
	}
	_ = slices.Collect(maps.Values(m)) // want `maps.Values gives`
	next := maps.Keys[map[string]int]  // a value: only calls are looked at
	_ = next
	_ = reflect.ValueOf(m).MapKeys()                // want `MapKeys gives`
	s.Range(func(any, any) bool { return true })    // want `Range gives`
	for _, k := range slices.Sorted(maps.Keys(m)) { // in order
		_ = m[k]
	}
	return slices.SortedFunc((maps.Keys(m)), func(a, b string) int { return len(a) - len(b) })
}

func unrelated() {
	Keys(map[string]int{})
	clear(map[string]int{})
}

// Keys only has the name.
func Keys(map[string]int) {}
