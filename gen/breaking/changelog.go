package breaking

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// chapters are the parts of a changelog that hold findings, for people who
// write clients.
var chapters = []struct {
	category Category
	title    string
	lead     string
}{
	{Wire, "Breaking", "Clients have to follow these."},
	{Security, "Access and secrets", "Who may do and see what is different."},
	{Source, "Generated code", "Nothing changes on the wire, but code that is generated anew compiles or behaves differently."},
}

// WriteMarkdown prints the report as a changelog for client authors: what they
// have to follow, what is deprecated and what is new, by method, event and
// type. Since names the earlier version.
func (r *Report) WriteMarkdown(w io.Writer, since string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Changes of the %s protocol since %s\n\n", r.New.Name, since)
	switch {
	case r.Old.Version != r.New.Version:
		fmt.Fprintf(&b, "The protocol is at version %d, after %d.", r.New.Version, r.Old.Version)
	default:
		fmt.Fprintf(&b, "The protocol is at version %d, as before.", r.New.Version)
	}
	fmt.Fprintf(&b, " Clients from version %d on are served.\n", r.New.MinVersion)
	for _, c := range chapters {
		var list []Addition
		for _, f := range r.Findings {
			if f.Category == c.category && f.Rule != bumpRequired {
				list = append(list, Addition{Subject: f.Subject, Message: f.Message + ". (" + string(f.Rule) + ")"})
			}
		}
		chapter(&b, c.title, c.lead, list)
	}
	var dated, added []Addition
	for _, a := range r.Additions {
		if a.Deprecated {
			dated = append(dated, a)
		} else {
			added = append(added, a)
		}
	}
	chapter(&b, "Deprecated", "These still work. Move away from them.", dated)
	chapter(&b, "New", "", added)
	if len(r.Findings)+len(r.Additions) == 0 {
		b.WriteString("\nNothing changed for clients.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func chapter(b *strings.Builder, title, lead string, list []Addition) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n", title)
	if lead != "" {
		fmt.Fprintf(b, "\n%s\n", lead)
	}
	slices.SortStableFunc(list, func(x, y Addition) int { return strings.Compare(order(x.Subject), order(y.Subject)) })
	for i, a := range list {
		if i == 0 || list[i-1].Subject != a.Subject {
			fmt.Fprintf(b, "\n### %s\n\n", heading(a.Subject))
		}
		fmt.Fprintf(b, "- %s\n", a.Message)
	}
}

// order puts the protocol first, then methods, events and types.
func order(subject string) string {
	kind, name, _ := strings.Cut(subject, " ")
	return fmt.Sprint(slices.Index([]string{"protocol", "frame", "method", "event", "type"}, kind)) + name
}

// heading is a subject as people look for it: the name first.
func heading(subject string) string {
	kind, name, named := strings.Cut(subject, " ")
	if !named {
		return "Protocol"
	}
	return "`" + name + "` (" + kind + ")"
}
