package slack

import (
	"cmp"
	"context"
	"regexp"
	"strings"
)

// maxMentions is how many people of a text are asked after, by their names.
const maxMentions = 10

var (
	reference = regexp.MustCompile(`<([^<>]+)>`)
	unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// plain makes of a text, as Slack has it, what its author sees, and reports whether
// it names the bot. The bot's name is taken away where it begins the text, so that
// a command behind it is one.
func (a *account) plain(ctx context.Context, text string, me *identity) (said string, addressed bool) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	var b strings.Builder
	asked, from := 0, 0
	for _, at := range reference.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(unescaper.Replace(text[from:at[0]]))
		from = at[1]
		what, label, _ := strings.Cut(text[at[2]:at[3]], "|")
		switch {
		case what == "@"+me.user:
			addressed = true
			if strings.TrimSpace(b.String()) == "" {
				b.Reset()
				rest := strings.TrimLeft(text[from:], " ,:\u00a0")
				from = len(text) - len(rest)
				continue
			}
			b.WriteString("@" + me.name)
		case strings.HasPrefix(what, "@"):
			if p, known := a.people.get(what[1:]); label == "" && known {
				label = p.name
			} else if label == "" && asked < maxMentions && userID.MatchString(what[1:]) {
				asked++
				p, _ = a.person(ctx, what[1:])
				label = p.name
			}
			b.WriteString("@" + unescaper.Replace(cmp.Or(strings.TrimPrefix(label, "@"), what[1:])))
		default:
			b.WriteString(unescaper.Replace(shownAs(what, label)))
		}
	}
	b.WriteString(unescaper.Replace(text[from:]))
	return strings.TrimSpace(b.String()), addressed
}

// shownAs is what people see of a reference that names nobody.
func shownAs(what, label string) string {
	switch {
	case strings.HasPrefix(what, "#"):
		return "#" + cmp.Or(strings.TrimPrefix(label, "#"), what[1:])
	case strings.HasPrefix(what, "!"):
		name, _, _ := strings.Cut(what[1:], "^")
		return cmp.Or(label, "@"+name)
	case label == "" || label == what || strings.HasSuffix(what, "//"+label) || what == "mailto:"+label || what == "tel:"+label:
		return strings.TrimPrefix(strings.TrimPrefix(what, "mailto:"), "tel:")
	}
	return label + " (" + what + ")"
}
