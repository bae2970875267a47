package format

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/source"
)

// Paths of every kind of file, and one of none.
var paths = []string{"protocol.json", "types/X.json", "methods/g/m.json", "events/e.json", "frames/f.json", "config/c.json", "x.json"}

// TestRandomValues formats values that are shaped like schemas in some places
// and not at all in others, where no table expects them.
func TestRandomValues(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for i := range 3000 {
		check(t, paths[i%len(paths)], []byte(random(r, 6)))
	}
}

var words = slices.Concat(identity, shape, leafOrder, manifestOrder,
	[]string{"$defs", "x-examples", "payload", "details", "name", "code", "when", "…", "", "zz", "a b", "ключ", "<&>"})

func random(r *rand.Rand, depth int) string {
	kind := r.IntN(10)
	if depth == 0 {
		kind = r.IntN(4)
	}
	switch kind {
	case 0:
		return []string{"true", "false", "null"}[r.IntN(3)]
	case 1:
		return []string{"0", "-0", "1.50", "1e3", "-2.5E-7", "9007199254740993", "1.0000000000000000000001"}[r.IntN(7)]
	case 2, 3:
		return quoted(strings.Repeat(words[r.IntN(len(words))]+" \u2028\u00e9", r.IntN(12)))
	case 4, 5:
		var items []string
		for range r.IntN(5) {
			items = append(items, random(r, depth-1))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	var members []string
	var seen []string
	for range r.IntN(7) {
		key := words[r.IntN(len(words))]
		if !slices.Contains(seen, key) {
			seen = append(seen, key)
			members = append(members, fmt.Sprintf("%s :\t%s", quoted(key), random(r, depth-1)))
		}
	}
	return "{\r\n" + strings.Join(members, ",\n") + "}"
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func FuzzFormat(f *testing.F) {
	f.Add(uint8(1), `{"title":"X","type":"object","properties":{"a":{"description":"d","type":"string"}}}`)
	f.Add(uint8(2), `{"$defs":{"params":{"properties":{}}},"x-errors":[{"when":"","code":"A"}],"x-examples":[{"params":{}}]}`)
	f.Add(uint8(3), `{"x-dialects":{"field":{"payload":{"oneOf":[{"description":"x"}]},"name":"n"}}}`)
	f.Add(uint8(0), `{"roles":{"a":{"description":"x","scoped":true}},"groups":[1]}`)
	f.Add(uint8(1), `[[[]],"\ud83e\udd16",-0.0e+5]`)
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		path := paths[int(which)%len(paths)]
		if _, list := source.Parse(path, path, []byte(text)); len(list) == 0 {
			check(t, path, []byte(text))
		}
	})
}
