package site

import (
	"path"
	"strings"
)

// planPaths tells where links of guides to the Markdown reference lead: there,
// methods and events are sections of the pages of their groups.
func (s *site) planPaths() {
	if s.Reference == "" {
		return
	}
	for _, pg := range s.pages {
		c := pg.chapter
		switch {
		case c == nil:
		case c.Method != nil:
			at := path.Join(s.Reference, "methods", c.Method.Group.Name+".md")
			s.paths[at+"#"+c.Method.Wire] = pg.path
			for _, a := range c.Method.Aliases {
				s.paths[at+"#"+a.Name] = pg.path
			}
		case c.Event != nil:
			s.paths[path.Join(s.Reference, "events.md")+"#"+c.Event.Wire] = pg.path
		case c.Group != nil:
			s.paths[path.Join(s.Reference, "methods", c.Group.Name+".md")] = pg.path
		default:
			s.paths[path.Join(s.Reference, pg.source)] = pg.path
		}
	}
}

// resolve gives the target of a link on a page, and whether it leads anywhere.
// Links out of the site are kept when they are whole addresses; those to other
// files of the repository lead nowhere from here.
func (s *site) resolve(pg *page, target string) (string, bool) {
	if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return target, strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "http://")
	}
	file, anchor, _ := strings.Cut(target, "#")
	if file == "" {
		return target, anchor != ""
	}
	at := path.Join(path.Dir(pg.source), file)
	known := s.links
	if pg.chapter == nil {
		known = s.paths
		if to, ok := known[at+"#"+anchor]; ok {
			return relative(pg.path, to), true
		}
	}
	to, ok := known[at]
	if !ok {
		return "", false
	}
	to = relative(pg.path, to)
	if anchor != "" {
		to += "#" + anchor
	}
	return to, true
}
