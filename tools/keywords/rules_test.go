package keywords_test

import (
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// TestEveryRuleIsBroken: the schema says every keyword, and what is tried
// breaks every one of them, apart from all others. So a new limit can't go
// unproven.
func TestEveryRuleIsBroken(t *testing.T) {
	subject.Load(t)
	alone := map[string]int{}
	for _, typ := range subject.Types {
		subject.Corpus(typ).Each(0, 1, func(x specimen.Specimen) {
			if issues := subject.Explain(typ, x.Text, wire.Strict); len(issues) == 1 {
				alone[issues[0].Rule]++
			}
		})
	}
	rules := []string{"type", "enum", "const", "not", "required", "anyOf", "oneOf", wire.RuleUnexpected,
		wire.RuleSyntax, wire.RuleUTF8, wire.RuleDuplicate, wire.RuleDepth, wire.RuleRange}
	for _, kind := range ir.CheckKinds {
		rules = append(rules, string(kind))
	}
	for _, rule := range rules {
		if alone[rule] == 0 {
			t.Errorf("nothing breaks %q alone", rule)
		}
	}
	for rule := range alone {
		if !slices.Contains(rules, rule) {
			t.Errorf("an unknown rule is reported: %q", rule)
		}
	}
	t.Log(alone)
}
