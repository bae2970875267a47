// Package reference writes the protocol's reference as Markdown, for people
// who write clients: an index, one page for each method group, and pages for
// events, types, frames, errors, access and configuration. It is not for guides; those are
// written by hand beside it.
//
//	files, err := reference.Emitter{}.Emit(p)
//
// Chapters is the same in other pages: one for each method and event, for sites
// that show examples in a way of their own.
//
// Every fact comes from the model. What the package adds are words: what a
// delivery, a repeat or a limit means to a client.
package reference

import (
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Emitter writes the reference. Its paths are relative to the reference's
// folder.
type Emitter struct{}

var _ emit.Emitter = Emitter{}

// The pages besides those of the groups.
const (
	indexPage  = "index.md"
	eventsPage = "events.md"
	typesPage  = "types.md"
	framesPage = "frames.md"
	errorsPage = "errors.md"
	accessPage = "access.md"
	configPage = "configuration.md"
)

// Emit writes all pages.
func (Emitter) Emit(p *ir.Protocol) ([]emit.File, error) {
	b := newBook(p, false)
	pages := []*page{b.index(), b.events(), b.types(), b.frames(), b.errors(), b.access()}
	if pg := b.configuration(); pg != nil {
		pages = append(pages, pg)
	}
	for _, g := range p.Groups {
		if len(g.Methods) > 0 {
			pages = append(pages, b.group(g))
		}
	}
	files := make([]emit.File, len(pages))
	for i, pg := range pages {
		files[i] = emit.File{Path: pg.path, Data: pg.bytes()}
	}
	emit.Sort(files)
	return files, nil
}
