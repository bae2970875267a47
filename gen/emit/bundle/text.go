package bundle

import (
	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/source"
)

// rewritten is the JSON text of a source value in which some strings are
// replaced and some members left out. All else keeps its own text, so that no
// number is read and written again.
type rewritten struct {
	strings map[*source.Node]string
	drop    map[*source.Node]bool
}

func (r rewritten) append(out []byte, n *source.Node) []byte {
	switch n.Kind {
	case source.Object:
		out = append(out, '{')
		written := 0
		for _, m := range n.Members {
			if r.drop[m.Value] {
				continue
			}
			out = append(jsondoc.AppendString(comma(out, written), m.Key), ':')
			out = r.append(out, m.Value)
			written++
		}
		return append(out, '}')
	case source.Array:
		out = append(out, '[')
		for i, item := range n.Items {
			out = r.append(comma(out, i), item)
		}
		return append(out, ']')
	}
	if s, there := r.strings[n]; there {
		return jsondoc.AppendString(out, s)
	}
	return append(out, n.Raw()...)
}

func comma(out []byte, i int) []byte {
	if i > 0 {
		return append(out, ',')
	}
	return out
}
