package golang

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"runtime"
	"sync"

	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/emit"
)

// renderer turns what was built into text. Formatting takes most of the time
// that emitting takes, so it is done piece by piece, on all processors, while
// other files are still being built.
type renderer struct {
	files []*rendering
	slots chan struct{} // one for each processor
	wait  sync.WaitGroup
}

// rendering is one file; its pieces are filled in by others.
type rendering struct {
	path   string
	pieces []piece
	err    error
}

// piece is some declarations of a file, formatted.
type piece struct {
	text     []byte
	declares []string
	err      error
}

func newRenderer() *renderer {
	return &renderer{slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// add takes a file that is complete.
func (r *renderer) add(path string, f *jen.File) {
	file := &rendering{path: path}
	r.files = append(r.files, file)
	r.start(func() {
		var raw bytes.Buffer
		f.NoFormat = true
		if file.err = f.Render(&raw); file.err != nil {
			return
		}
		parts := cut(raw.Bytes())
		file.pieces = make([]piece, len(parts))
		for k, part := range parts {
			r.start(func() { file.pieces[k] = formatPiece(part, k > 0) })
		}
	})
}

func (r *renderer) start(work func()) {
	r.wait.Go(func() {
		r.slots <- struct{}{}
		defer func() { <-r.slots }()
		work()
	})
}

// done gives the files in the order in which they were added, and for each
// what it declares.
func (r *renderer) done() ([]emit.File, [][]string, error) {
	r.wait.Wait()
	var files []emit.File
	var declares [][]string
	for _, f := range r.files {
		var texts [][]byte
		var names []string
		for _, p := range f.pieces {
			if p.err != nil && f.err == nil {
				f.err = p.err
			}
			texts = append(texts, p.text)
			names = append(names, p.declares...)
		}
		if f.err != nil {
			return nil, nil, fmt.Errorf("emit %s: %w", f.path, f.err)
		}
		data := append(bytes.Join(texts, []byte("\n\n")), '\n')
		files = append(files, emit.File{Path: f.path, Data: data})
		declares = append(declares, names)
	}
	return files, declares, nil
}

// cut divides unformatted source between declarations. Those end with a brace,
// and two blank lines come after them, which are nowhere else.
func cut(raw []byte) [][]byte {
	const size = 32 << 10
	end := []byte("\n}\n\n\n")
	var parts [][]byte
	for len(raw) > size {
		at := bytes.Index(raw[size:], end)
		if at < 0 {
			break
		}
		at += size + len(end)
		parts = append(parts, raw[:at])
		raw = raw[at:]
	}
	return append(parts, raw)
}

// formatPiece formats a file's beginning or a part of it that needs a package
// clause to be parsed.
func formatPiece(source []byte, needsPackage bool) piece {
	const clause = "package p\n\n"
	if needsPackage {
		source = append([]byte(clause), source...)
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return piece{err: fmt.Errorf("%w in\n%s", err, source)}
	}
	var b bytes.Buffer
	if err := format.Node(&b, set, file); err != nil {
		return piece{err: err}
	}
	text := b.Bytes()
	if needsPackage {
		text = bytes.TrimPrefix(text, []byte(clause))
	}
	return piece{text: bytes.TrimSpace(text), declares: topLevel(file)}
}

// topLevel lists what a file declares; methods are found by the types that
// they belong to.
func topLevel(f *ast.File) []string {
	var out []string
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				out = append(out, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					out = append(out, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						if n.Name != "_" {
							out = append(out, n.Name)
						}
					}
				}
			}
		}
	}
	return out
}
