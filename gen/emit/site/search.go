package site

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// entry is what search finds: its title, what it is, where, what it is about,
// and more words by which it is found.
type entry struct {
	Title string   `json:"t"`
	Kind  string   `json:"k"`
	To    string   `json:"u"`
	About string   `json:"d,omitempty"`
	Words []string `json:"w,omitempty"`
}

// searchIndex is a script, not JSON, so that pages that are read from a folder
// can load it.
func (s *site) searchIndex() ([]byte, error) {
	var list []entry
	for _, pg := range s.pages {
		list = append(list, s.entries(pg)...)
	}
	for _, e := range s.p.Errors {
		list = append(list, entry{Title: e.Name, Kind: "error", To: "errors.html#" + slug(e.Name), About: shorten(e.Doc)})
	}
	for _, x := range s.p.Scopes {
		list = append(list, entry{Title: x.Name, Kind: "scope", To: "access.html#scope." + x.Name, About: shorten(x.Doc)})
	}
	for _, x := range s.p.Roles {
		list = append(list, entry{Title: x.Name, Kind: "role", To: "access.html#role." + x.Name, About: shorten(x.Doc)})
	}
	text, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	return append(append([]byte("// "+emit.Header+"\nglobalThis.searchIndex = "), text...), ";\n"...), nil
}

// entries are what is found on a page.
func (s *site) entries(pg *page) []entry {
	c := pg.chapter
	switch {
	case c == nil:
		out := []entry{{Title: pg.title, Kind: "guide", To: pg.path, About: shorten(pg.about)}}
		for _, h := range pg.toc {
			if h.level == 2 {
				out = append(out, entry{Title: h.text, Kind: "guide", To: pg.path + "#" + h.id, About: pg.title})
			}
		}
		return out
	case c.Method != nil:
		var words []string
		for _, a := range c.Method.Aliases {
			words = append(words, a.Name)
		}
		words = append(words, members(c.Method.Params, c.Method.Result.Type)...)
		return []entry{{Title: c.Method.Wire, Kind: "method", To: pg.path, About: shorten(c.Method.Doc), Words: words}}
	case c.Event != nil:
		var words []string
		for _, f := range c.Event.Forms {
			words = append(words, f.Name)
		}
		return []entry{{Title: c.Event.Wire, Kind: "event", To: pg.path, About: shorten(c.Event.Doc), Words: append(words, members(c.Event.Payload)...)}}
	case c.Group != nil:
		return []entry{{Title: pg.title, Kind: "group", To: pg.path, About: shorten(c.Group.Doc)}}
	}
	out := []entry{{Title: pg.title, Kind: "page", To: pg.path, About: shorten(pg.about)}}
	for _, x := range c.Sections {
		out = append(out, entry{Title: x.Type.Name.Pascal(s.p.Initialisms), Kind: "type", To: pg.path + "#" + x.Anchor, About: shorten(x.Type.Doc), Words: members(x.Type)})
	}
	return out
}

// members are the names of the members of objects, each once.
func members(types ...*ir.Type) []string {
	var out []string
	for _, t := range types {
		if t == nil || t.Kind != ir.Struct {
			continue
		}
		for _, f := range t.Fields {
			if !slices.Contains(out, f.Wire) {
				out = append(out, f.Wire)
			}
		}
	}
	return out
}

// shorten keeps the beginning of a description.
func shorten(text string) string {
	text = strings.ReplaceAll(text, "`", "")
	if i := strings.Index(text, ". "); i > 0 && i < aboutLength {
		text = text[:i+1]
	}
	if r := []rune(text); len(r) > aboutLength {
		text = strings.TrimSpace(string(r[:aboutLength])) + "…"
	}
	return text
}

// aboutLength is how much of a description a list shows.
const aboutLength = 140
