package llm

import (
	"cmp"
	"slices"
	"strings"
)

// UnknownModel says that the catalogue has no model by a name.
type UnknownModel struct {
	Name string
	Near []string // what may have been meant, best first, as "provider/id"
}

// Error names what may have been meant.
func (e *UnknownModel) Error() string {
	text := "there is no model " + quote(e.Name)
	if len(e.Near) == 0 {
		return text + ": models.list has those there are"
	}
	return text + ": did you mean " + strings.Join(e.Near, ", ") + "?"
}

// quote shortens what may be anything.
func quote(name string) string {
	const most = 100
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return `"` + name + `"`
}

// Bounds of the search for near names.
const (
	maxNear     = 3
	maxNearName = 64 // bytes of a name that is looked at
)

// near lists the models whose names are most like one that is not there.
func (c *Catalogue) near(name string) []string {
	if name == "" || len(name) > maxNearName {
		return nil
	}
	type match struct {
		ref  string
		away int
	}
	var found []match
	for k := range c.models {
		m := &c.models[k]
		id, ref := strings.ToLower(m.ID), strings.ToLower(m.Ref())
		away := min(distance(name, id), distance(name, ref), distance(name, strings.ReplaceAll(strings.ToLower(m.Name), " ", "-")))
		// A part of the right name is near however much is missing.
		if strings.Contains(ref, name) || strings.Contains(name, id) {
			away = min(away, 1)
		}
		if away <= max(2, len(name)/3) {
			found = append(found, match{m.Ref(), away})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(a.away, b.away) })
	var near []string
	for _, f := range found[:min(len(found), maxNear)] {
		near = append(near, f.ref)
	}
	return near
}

// distance is how many bytes have to be changed, added or left out to make b
// of a.
func distance(a, b string) int {
	if len(b) > maxNearName {
		b = b[:maxNearName]
	}
	row := make([]int, len(b)+1)
	for k := range row {
		row[k] = k
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for k := range len(b) {
			change := corner
			if a[i] != b[k] {
				change++
			}
			corner = row[k+1]
			row[k+1] = min(change, row[k]+1, row[k+1]+1)
		}
	}
	return row[len(b)]
}
