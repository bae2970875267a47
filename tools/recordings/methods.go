package main

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
)

var tableRow = regexp.MustCompile("^\\| (\\d+) \\| `([^`]+)` \\|")

// methodTable takes the rows of the facts' method table (§5.3) that are
// methods of this protocol, cell by cell as they stand: number, name, alias,
// group, scope, roles, idempotency. The last rows are a plugin's.
func methodTable(sheet string) ([]byte, error) {
	_, section, found := strings.Cut(sheet, "### 5.3 ")
	if !found {
		return nil, errors.New("protocol.md has no section 5.3")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	out := "# number\tname\talias\tgroup\tscope\troles\tidempotency\n"
	next := 1
	for line := range strings.Lines(section) {
		m := tableRow.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for k := range cells {
			cells[k] = strings.ReplaceAll(strings.TrimSpace(cells[k]), "`", "")
		}
		// The guide's methods have columns for the alias and for the field's scope.
		switch len(cells) {
		case 10: // #, canonical, alias, group, scope, up, roles, idem, list, purpose
			cells = []string{cells[0], cells[1], cells[2], cells[3], cells[4], cells[6], cells[7]}
		case 8: // #, name, group, scope, roles, idem, list, purpose
			cells = []string{cells[0], cells[1], "same", cells[2], cells[3], cells[4], cells[5]}
		default:
			return nil, errors.New("protocol.md §5.3: a row of an unknown form: " + line)
		}
		if cells[0] != strconv.Itoa(next) {
			return nil, errors.New("protocol.md §5.3: row " + strconv.Itoa(next) + " is missing")
		}
		next++
		out += strings.Join(cells, "\t") + "\n"
	}
	return []byte(out), nil
}
