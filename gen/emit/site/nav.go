package site

import "slices"

// navGroup is a chapter of the navigation. One without a title is not folded.
type navGroup struct {
	title string
	open  bool
	links []link
}

// section is a chapter of the site with its pages, in the order of reading.
type section struct {
	title string
	head  *page
	pages []*page
}

// sections put the pages into the order of the navigation.
func (s *site) sections() []section {
	named := func(paths ...string) (out []*page) {
		for _, p := range paths {
			if pg := s.page(p); pg != nil {
				out = append(out, pg)
			}
		}
		return out
	}
	if s.chapters != nil {
		return s.chapters
	}
	out := []section{{pages: named(indexPath)}}
	if guides := s.where(func(pg *page) bool { return pg.guide }); len(guides) > 0 {
		out = append(out, section{title: "Guides", pages: guides})
	}
	out = append(out, section{title: "Basics", pages: named("frames.html", "access.html", "errors.html", "types.html")})
	for _, pg := range s.pages {
		if pg.chapter != nil && pg.chapter.Group != nil {
			group := pg.chapter.Group
			out = append(out, section{title: pg.title, head: pg, pages: s.where(func(m *page) bool {
				return m.chapter != nil && m.chapter.Method != nil && m.chapter.Method.Group == group
			})})
		}
	}
	events := s.where(func(pg *page) bool { return pg.chapter != nil && pg.chapter.Event != nil })
	out = append(out, section{title: "Events", head: s.page("events.html"), pages: events})
	if s.Changelog != nil {
		out = append(out, section{pages: []*page{s.pages[len(s.pages)-1]}})
	}
	s.chapters = out
	return out
}

func (s *site) where(is func(*page) bool) []*page {
	return slices.DeleteFunc(slices.Clone(s.pages), func(pg *page) bool { return !is(pg) })
}

// nav is the navigation as a page shows it, with its own chapter open.
func (s *site) nav(at *page) []navGroup {
	var out []navGroup
	for _, sec := range s.sections() {
		g := navGroup{title: sec.title, open: sec.head == at || slices.Contains(sec.pages, at)}
		if sec.head != nil {
			g.links = append(g.links, s.link(at, sec.head, "Overview"))
		}
		for _, pg := range sec.pages {
			g.links = append(g.links, s.link(at, pg, pg.title))
		}
		out = append(out, g)
	}
	return out
}

func (s *site) link(at, to *page, text string) link {
	c := to.chapter
	named := c != nil && (c.Method != nil || c.Event != nil)
	return link{text: text, to: relative(at.path, to.path), code: named, here: at == to}
}

// crumbs lead from a page to the ones above it.
func (s *site) crumbs(at *page) []link {
	if at.path == indexPath {
		return nil
	}
	out := []link{s.link(at, s.pages[0], "Reference")}
	for _, sec := range s.sections() {
		if sec.head != nil && slices.Contains(sec.pages, at) {
			out = append(out, s.link(at, sec.head, sec.title))
		}
	}
	return out
}

// neighbours are the pages before and after one in the order of reading.
func (s *site) neighbours(at *page) (previous, next *link) {
	var order []*page
	for _, sec := range s.sections() {
		if sec.head != nil {
			order = append(order, sec.head)
		}
		order = append(order, sec.pages...)
	}
	i := slices.Index(order, at)
	if i > 0 {
		l := s.link(at, order[i-1], order[i-1].title)
		previous = &l
	}
	if i >= 0 && i+1 < len(order) {
		l := s.link(at, order[i+1], order[i+1].title)
		next = &l
	}
	return previous, next
}

// relative leads from one page to another.
func relative(from, to string) string { return root(from) + to }
