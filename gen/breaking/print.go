package breaking

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
)

// headings say what a category means to those who read the findings.
var headings = map[Category]string{
	Wire:     "WIRE: clients in the field have to follow",
	Security: "SECURITY: somebody may do or see what they could not",
	Source:   "SOURCE: code written against generated types has to follow",
}

// WriteText prints the findings for people, by category, each with the line of
// the later version and the place in the earlier one. Text gives a file's text,
// as for diag.WriteText.
func (r *Report) WriteText(w io.Writer, text func(file string) []byte) error {
	for _, c := range Categories {
		list := r.only(func(f Finding) bool { return f.Category == c && f.Rule != bumpRequired })
		if len(list) == 0 {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s\n", headings[c]); err != nil {
			return err
		}
		if err := diag.WriteText(w, list, text); err != nil {
			return err
		}
	}
	return diag.WriteText(w, r.only(func(f Finding) bool { return f.Rule == bumpRequired }), text)
}

func (r *Report) only(is func(Finding) bool) diag.List {
	var list diag.List
	for _, f := range r.Findings {
		if is(f) {
			list = append(list, f.Diagnostic)
		}
	}
	return list
}

// WriteJSON prints the report as one JSON object, for tools.
func (r *Report) WriteJSON(w io.Writer) error {
	type version struct {
		Version    int `json:"version"`
		MinVersion int `json:"minVersion"`
	}
	out := struct {
		Name        string     `json:"name"`
		Old         version    `json:"old"`
		New         version    `json:"new"`
		Unannounced bool       `json:"unannounced"`
		Findings    []Finding  `json:"findings"`
		Additions   []Addition `json:"additions"`
	}{r.New.Name, version{r.Old.Version, r.Old.MinVersion}, version{r.New.Version, r.New.MinVersion}, r.Unannounced(),
		append([]Finding{}, r.Findings...), append([]Addition{}, r.Additions...)}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// Verdict says in one line what the findings come to.
func (r *Report) Verdict() string {
	var parts []string
	for _, c := range []struct {
		category Category
		where    string
	}{{Wire, "on the wire"}, {Security, "of security"}, {Source, "in generated code"}} {
		n := 0
		for _, f := range r.Findings {
			if f.Category == c.category && f.Rule != bumpRequired {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, c.where))
		}
	}
	switch {
	case len(parts) == 0:
		return "no breaking changes"
	case r.Unannounced():
		return fmt.Sprintf("breaking changes: %s; the protocol stays at version %d", strings.Join(parts, ", "), r.New.Version)
	case r.Bumped():
		return fmt.Sprintf("breaking changes: %s; announced by version %d after %d", strings.Join(parts, ", "), r.New.Version, r.Old.Version)
	}
	return fmt.Sprintf("breaking changes: %s; no new version is needed", strings.Join(parts, ", "))
}
