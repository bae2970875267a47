// Package bundle puts a whole protocol into one JSON Schema file, for tools
// that take no folder. There are two forms:
//
//   - Draft2020 is the schema folder itself in one file: nothing is lost, and
//     Split gives the folder back. It serves validators of today, and as the
//     earlier version that gatesmith breaking compares with.
//   - Draft07 is made from the model, for tools that stopped at draft-07: what
//     that draft cannot say is spelled out. It is for reading and validating,
//     and there is no way back.
//
// A bundle does not tell tools how to call a method; the AsyncAPI and OpenRPC
// exports do that.
//
//	files, err := bundle.Source{Tree: tree}.Emit(protocol) // gateway.schema.json
package bundle

import (
	"fmt"
	"strings"

	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Source emits the 2020-12 bundle as <name>.schema.json. It needs the folder
// beside the model, because the model has no references left.
type Source struct{ Tree *source.Tree }

// Emit implements emit.Emitter.
func (s Source) Emit(p *ir.Protocol) ([]emit.File, error) {
	data, err := Draft2020(s.Tree)
	return one(p.Name+".schema.json", data, err)
}

// Old emits the draft-07 bundle as <name>.draft-07.schema.json.
type Old struct{}

// Emit implements emit.Emitter.
func (Old) Emit(p *ir.Protocol) ([]emit.File, error) {
	data, err := Draft07(p)
	return one(p.Name+".draft-07.schema.json", data, err)
}

func one(path string, data []byte, err error) ([]emit.File, error) {
	if err != nil {
		return nil, err
	}
	return []emit.File{{Path: path, Data: data}}, nil
}

// Draft2020 writes a schema folder as one 2020-12 document. The manifest is
// under x-protocol; every other file is an entry of $defs, keyed by its path
// without .json, which is its identity. References lead to those entries; all
// else stays as it stands in the files, in its order.
func Draft2020(tree *source.Tree) ([]byte, error) {
	manifest := tree.File(dialect.ManifestFile)
	if manifest == nil || manifest.Root == nil || manifest.Root.Kind != source.Object {
		return nil, fmt.Errorf("%s: a bundle needs the manifest %s", tree.Prefix(), dialect.ManifestFile)
	}
	defs := &jsondoc.Object{}
	for _, f := range tree.Files {
		if f == manifest {
			continue
		}
		if f.Root == nil {
			return nil, fmt.Errorf("%s: cannot be bundled: it has a syntax error", f.Shown())
		}
		key, isJSON := strings.CutSuffix(f.Path, ".json")
		if !isJSON {
			return nil, fmt.Errorf("%s: cannot be bundled: expected a file named .json", f.Shown())
		}
		text, err := pointInside(tree, f)
		if err != nil {
			return nil, err
		}
		defs.Put(key, text)
	}
	doc := (&jsondoc.Object{}).Put("$schema", dialect.Draft2020).Put("$comment", emit.Header)
	for _, keyword := range []string{"title", "description"} {
		if text := manifest.Root.Str(keyword); text != "" {
			doc.Put(keyword, text)
		}
	}
	doc.Put("x-protocol", rewritten{}.append(nil, manifest.Root))
	return jsondoc.Pretty(doc.Put("$defs", defs))
}

// pointInside gives the text of a file with its references leading to entries
// of the bundle. A $schema at its root is left out: only the root of a
// document may have one, and it says the same.
func pointInside(tree *source.Tree, f *source.File) ([]byte, error) {
	r := rewritten{strings: map[*source.Node]string{}, drop: map[*source.Node]bool{}}
	if s := f.Root.Get("$schema"); s != nil {
		r.drop[s] = true
	}
	var err error
	dialect.Walk(f.Root, func(schema *source.Node) {
		ref := schema.Get("$ref")
		if ref == nil || ref.Kind != source.String || err != nil {
			return
		}
		target, why := tree.Resolve(f, ref.Text)
		switch {
		case why != nil:
			err = fmt.Errorf("%s: $ref %w", ref.Pos(), why)
		case target.File.Path == dialect.ManifestFile:
			err = fmt.Errorf("%s: $ref %q leads to the manifest: expected a schema", ref.Pos(), ref.Text)
		default:
			key := strings.TrimSuffix(target.File.Path, ".json")
			r.strings[ref] = jsondoc.Fragment("/$defs/" + source.EscapePointer(key) + target.Pointer())
		}
	})
	if err != nil {
		return nil, err
	}
	return r.append(nil, f.Root), nil
}
