// Package site writes the protocol's reference as a static site: a page for each
// method and event with its examples as frames and as programs, guides, search
// that needs no server, and a panel on each method that calls it.
//
//	files, err := site.Emitter{Command: "gateway call"}.Emit(p)
//
// The words are those of package reference, whose Markdown is rendered here; the
// programs are those of the emitters of each language. What the package adds is
// the form. Pages work from a folder, need nothing from elsewhere, and are made
// for a content security policy that allows no inline script or style.
package site

import (
	"fmt"
	"slices"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/golang"
	"github.com/gatesmith/gatesmith/gen/emit/python"
	"github.com/gatesmith/gatesmith/gen/emit/reference"
	"github.com/gatesmith/gatesmith/gen/emit/typescript"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Emitter writes a site. What is not set is left out of it.
type Emitter struct {
	Command    string              // calls a method from a shell: "gateway call"
	Go         *golang.Client      // how programs call in Go
	TypeScript *typescript.Emitter // and in TypeScript
	Python     *python.Emitter     // and in Python
	Guides     []Document          // pages that were written by hand
	Changelog  *Document
	Reference  string      // folder of the Markdown reference, which guides link to
	Client     []emit.File // ES modules of a client to try calls with; the one to import is ClientModule
}

// Document is a Markdown file. Links in it are relative to its path.
type Document struct {
	Path string
	Text []byte
}

// ClientModule is the module of Emitter.Client that has Client, and TablesModule
// the one that finds methods by their names.
const (
	ClientModule = "lib/index.js"
	TablesModule = "generated/tables.js"
)

var _ emit.Emitter = Emitter{}

// Emit writes all pages and what they need.
func (e Emitter) Emit(p *ir.Protocol) ([]emit.File, error) {
	s, err := newSite(e, p)
	if err != nil {
		return nil, err
	}
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	for _, f := range e.Client {
		files = append(files, emit.File{Path: "client/" + f.Path, Data: f.Data})
	}
	emit.Sort(files)
	return files, nil
}

// site is a site under construction.
type site struct {
	Emitter
	p      *ir.Protocol
	title  string
	python *python.Snippets
	pages  []*page
	links  map[string]string // Markdown file of the reference -> page
	paths  map[string]string // file of the repository -> page, for guides

	chapters []section // see sections
}

func newSite(e Emitter, p *ir.Protocol) (*site, error) {
	s := &site{Emitter: e, p: p, title: p.Title, links: map[string]string{}, paths: map[string]string{}}
	if s.title == "" {
		s.title = p.Name
	}
	if e.Python != nil {
		var err error
		if s.python, err = e.Python.Snippets(p); err != nil {
			return nil, err
		}
	}
	if err := s.plan(); err != nil {
		return nil, err
	}
	for _, pg := range s.pages {
		if err := s.write(pg); err != nil {
			return nil, fmt.Errorf("%s: %w", pg.path, err)
		}
	}
	return s, nil
}

// plan lists the pages and where links to them lead, before any is written.
func (s *site) plan() error {
	for _, c := range reference.Chapters(s.p) {
		pg := &page{path: htmlPath(c.Path), source: c.Path, title: c.Title, text: c.Text, chapter: &c}
		s.links[c.Path] = pg.path
		s.pages = append(s.pages, pg)
	}
	taken := map[string]bool{}
	for _, d := range s.Guides {
		pg, err := s.document(d, "guides/")
		if err != nil {
			return err
		}
		if taken[pg.path] {
			return fmt.Errorf("two guides would be %s: give one of them another file name", pg.path)
		}
		taken[pg.path] = true
		pg.guide = true
	}
	if s.Changelog != nil {
		if _, err := s.document(*s.Changelog, ""); err != nil {
			return err
		}
	}
	s.planPaths()
	return nil
}

// page of the site at a path, or nil.
func (s *site) page(path string) *page {
	i := slices.IndexFunc(s.pages, func(pg *page) bool { return pg.path == path })
	if i < 0 {
		return nil
	}
	return s.pages[i]
}

// files renders every page into the frame that all have.
func (s *site) files() ([]emit.File, error) {
	files, err := assets()
	if err != nil {
		return nil, err
	}
	index, err := s.searchIndex()
	if err != nil {
		return nil, err
	}
	files = append(files, emit.File{Path: "assets/search-index.js", Data: index})
	for _, pg := range s.pages {
		files = append(files, emit.File{Path: pg.path, Data: s.frame(pg)})
	}
	return files, nil
}
