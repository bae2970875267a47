package bench

import (
	"fmt"
	"os"

	"github.com/gatesmith/gatesmith/gen/emit/bundle"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Load loads and lowers the schema folder at a path.
func Load(path string) (*source.Tree, *ir.Protocol, error) {
	tree, list := source.Load(os.DirFS(path), "schema")
	p, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		return nil, nil, fmt.Errorf("%s: %s", d.Pos, d.Message)
	}
	return tree, p, nil
}

// Draft07 gives the bundle that ajv and xeipuuv work with.
func Draft07(path string) ([]byte, error) {
	_, p, err := Load(path)
	if err != nil {
		return nil, err
	}
	return bundle.Draft07(p)
}
