package proof

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// Faults proves that explanations point to the right place: where a text has
// one fault, our issues are at the places where the validators report theirs.
//
// Of the validator on the schema files this is exact, place by place and
// keyword by keyword, as long as it tried no union branches in vain and found
// no unevaluated members; then, as for the draft-07 one, each of our places
// has to be among its places, but for values that an exception covers. Two
// keywords count as one where both say that the kind is wrong: a const or enum
// without type refuses what we call a type.
func Faults(t *testing.T, s *Subject) {
	var n tally
	known := s.exceptions(t)
	s.eachType(t, func(t *testing.T, c *Corpus) {
		c.Each(Share(1, 10), 0, func(x specimen.Specimen) {
			if x.Path == "" && x.What == "as it is" || oracle.Strictness(c.Model, x.Text, s.MaxDepth) != oracle.None {
				return
			}
			if isNull(x.Text) && s.NullAtHome(c.Model) {
				return
			}
			issues := s.Explain(c.Type, x.Text, wire.Strict)
			if len(issues) == 0 || len(issues) == wire.MaxIssues {
				return
			}
			n.add(c.faultsAgree(t, x, issues, known))
		})
	})
	n.log(t)
	n.atLeast(t, 20*len(s.Types), "with the same faults")
}

func (c *Corpus) faultsAgree(t *testing.T, x specimen.Specimen, issues wire.Issues, known *exceptions) string {
	t.Helper()
	modern, err := c.subject.modern.Judge(c.Model, x.Text)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := withoutHidden(faultsOf(issues), modern.Faults), sortedFaults(modern.Faults)
	exact := !modern.Branches
	switch {
	case exact && !slices.Equal(ours, theirs):
		t.Errorf("%s %s: we report %v, 2020-12 %v\n%s", x.What, x.Path, ours, theirs, x.Text)
	case !exact:
		for _, fault := range ours {
			if !slices.ContainsFunc(theirs, func(f oracle.Fault) bool { return f.Path == fault.Path }) {
				t.Errorf("%s %s: we report %v, 2020-12 only %v\n%s", x.What, x.Path, fault, theirs, x.Text)
			}
		}
	}
	export, err := c.subject.export.Judge(c.Model, x.Text)
	if err != nil {
		t.Fatal(err)
	}
	excused := known.places(c, x)
	for _, fault := range ours {
		if export.Branches || export.Valid {
			break // it reports one branch, the one that comes nearest
		}
		if slices.Contains(excused, fault.Path) {
			continue
		}
		if !slices.ContainsFunc(export.Faults, func(f oracle.Fault) bool { return f.Path == unescapedPath(fault.Path) }) {
			t.Errorf("%s %s: we report %v, draft-07 only %v\n%s", x.What, x.Path, fault, export.Faults, x.Text)
		}
	}
	if exact {
		return "with the same faults"
	}
	return "with our faults among theirs"
}

// withoutHidden leaves out our faults of a value whose format the validator
// refused: it looks no further there.
func withoutHidden(ours, theirs []oracle.Fault) []oracle.Fault {
	return slices.DeleteFunc(ours, func(f oracle.Fault) bool {
		return f.Rule != "format" && slices.Contains(theirs, oracle.Fault{Path: f.Path, Rule: "format"})
	})
}

// faultsOf are the issues as faults, with kinds and lists of values as one.
func faultsOf(issues wire.Issues) []oracle.Fault {
	var list []oracle.Fault
	for _, i := range issues {
		list = append(list, oracle.Fault{Path: i.Path, Rule: i.Rule})
	}
	return sortedFaults(list)
}

func sortedFaults(list []oracle.Fault) []oracle.Fault {
	list = slices.Clone(list)
	for i := range list {
		if list[i].Rule == "const" || list[i].Rule == "enum" {
			list[i].Rule = "type"
		}
	}
	slices.SortFunc(list, func(a, b oracle.Fault) int {
		return strings.Compare(a.Path+" "+a.Rule, b.Path+" "+b.Rule)
	})
	return list
}

// unescapedPath writes a pointer as gojsonschema does.
func unescapedPath(pointer string) string {
	tokens := strings.Split(pointer, "/")
	for i := range tokens {
		tokens[i] = source.UnescapePointer(tokens[i])
	}
	return strings.Join(tokens, "/")
}
