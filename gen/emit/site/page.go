package site

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/reference"
)

// indexPath is the page that the others are reached from.
const indexPath = "index.html"

// page is a page of the site.
type page struct {
	path    string // of the HTML file
	source  string // of the Markdown that it is made of
	title   string
	text    []byte             // Markdown
	chapter *reference.Chapter // nil for documents
	guide   bool

	body  string // HTML
	toc   []heading
	about string // for search engines and lists
}

// heading is an entry of a page's contents.
type heading struct {
	level int
	id    string
	text  string
}

//go:embed assets
var assetFiles embed.FS

// assets are the files that every site has as they are.
func assets() ([]emit.File, error) {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, err
	}
	var files []emit.File
	for _, entry := range entries {
		data, err := assetFiles.ReadFile("assets/" + entry.Name())
		if err != nil {
			return nil, err
		}
		files = append(files, emit.File{Path: "assets/" + entry.Name(), Data: data})
	}
	return files, nil
}

// link leads to a page.
type link struct {
	text, to string
	code     bool // the text is a name on the wire
	here     bool // it leads to where the reader is
}

// write renders what is particular to a page.
func (s *site) write(pg *page) error {
	r := s.reader(pg)
	body, err := r.render(pg.text)
	if err != nil {
		return err
	}
	pg.toc, pg.about = r.toc, r.first
	var b strings.Builder
	b.WriteString(body)
	if c := pg.chapter; c != nil && (c.Method != nil || c.Event != nil) {
		more, err := s.examples(pg)
		if err != nil {
			return err
		}
		b.WriteString(more)
	}
	pg.body = b.String()
	return nil
}

// document adds a page of a file that was written by hand.
func (s *site) document(d Document, folder string) (*page, error) {
	title, ok := strings.CutPrefix(strings.TrimSpace(strings.SplitN(string(d.Text), "\n", 2)[0]), "# ")
	if !ok {
		return nil, fmt.Errorf("%s does not begin with a title: expected # and a text", d.Path)
	}
	name := strings.ToLower(strings.TrimSuffix(path.Base(d.Path), ".md"))
	pg := &page{path: folder + name + ".html", source: d.Path, title: title, text: d.Text}
	s.paths[d.Path] = pg.path
	s.pages = append(s.pages, pg)
	return pg, nil
}

// root leads from a page to the site's folder.
func root(path string) string { return strings.Repeat("../", strings.Count(path, "/")) }

func htmlPath(markdown string) string { return strings.TrimSuffix(markdown, ".md") + ".html" }
