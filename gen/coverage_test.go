package gen_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// TestEveryRuleHasACase: each rule has an archive of its name, in which
// something breaks it and something keeps it.
func TestEveryRuleHasACase(t *testing.T) {
	found, kept := map[diag.Rule]bool{}, map[diag.Rule]bool{}
	for _, c := range cases(t) {
		own, isRule := strings.CutPrefix(c.name, "rules/")
		rule := diag.Rule(strings.TrimSuffix(strings.TrimSuffix(own, "/fail"), "/pass"))
		if isRule && !diag.Known(rule) {
			t.Errorf("%s is named after no rule", c)
		}
		for _, d := range c.run(t).findings {
			found[d.Rule] = found[d.Rule] || !isRule || d.Rule == rule && c.prefix == "fail/"
			if !diag.Known(d.Rule) {
				t.Errorf("%s: finding of a rule that is not listed: %s", c, d)
			}
		}
		if isRule && c.prefix == "pass/" {
			kept[rule] = true
		}
	}
	for _, r := range diag.Rules {
		if !found[r.Rule] {
			t.Errorf("no case breaks %s: add testdata/rules/%s.txtar", r.Rule, r.Rule)
		}
		if !kept[r.Rule] {
			t.Errorf("testdata/rules/%s.txtar has no files under pass/", r.Rule)
		}
	}
}

// TestEveryFindingHasAPlace: file, line and column, but for files that cannot
// be read.
func TestEveryFindingHasAPlace(t *testing.T) {
	for _, c := range cases(t) {
		for _, d := range c.run(t).findings {
			noText := d.Rule == diag.FileUnreadable || c.name == "refused/manifest_missing"
			if (d.Pos.Line == 0 || d.Pos.Col == 0) && !noText || d.Pos.File == "" {
				t.Errorf("%s: %s has no place", c, d)
			}
		}
	}
}

// TestEveryKeywordHasACase: each keyword of the dialect stands in a schema that
// is accepted, and each one that the dialect leaves out in one that is refused.
func TestEveryKeywordHasACase(t *testing.T) {
	accepted, refused := map[string]bool{}, ""
	for _, c := range cases(t) {
		o := c.run(t)
		if len(o.findings) > 0 {
			refused += o.text
			continue
		}
		for _, f := range o.tree.Files {
			source.Walk(f.Root, func(n *source.Node) {
				for _, m := range n.Members {
					accepted[m.Key] = true
				}
			})
		}
	}
	for _, k := range lower.Keywords() {
		if !accepted[k] {
			t.Errorf("no accepted case has keyword %q", k)
		}
	}
	for _, k := range lower.Refused() {
		if !strings.Contains(refused, `keyword "`+k+`" is not part of the dialect`) {
			t.Errorf("no case shows that %q is refused", k)
		}
	}
}

// TestEveryCheckIsEmitted: a limit of any kind changes the decoder, so that a
// new kind cannot be forgotten.
func TestEveryCheckIsEmitted(t *testing.T) {
	limits := map[ir.CheckKind]string{
		ir.MinLength: `"type": "string", "minLength": 3`, ir.MaxLength: `"type": "string", "maxLength": 3`,
		ir.Pattern: `"type": "string", "pattern": "^a$"`, ir.Format: `"type": "string", "format": "uuid"`,
		ir.Minimum: `"type": "number", "minimum": 3`, ir.Maximum: `"type": "number", "maximum": 3`,
		ir.ExclusiveMinimum: `"type": "number", "exclusiveMinimum": 3`, ir.ExclusiveMaximum: `"type": "number", "exclusiveMaximum": 3`,
		ir.MultipleOf: `"type": "number", "multipleOf": 3`,
		ir.MinItems:   `"type": "array", "items": { "type": "string" }, "minItems": 3`, ir.MaxItems: `"type": "array", "items": { "type": "string" }, "maxItems": 3`,
		ir.UniqueItems: `"type": "array", "items": { "type": "string" }, "uniqueItems": true`,
	}
	for _, kind := range ir.CheckKinds {
		limited := limits[kind]
		if limited == "" {
			t.Errorf("%s has no case here", kind)
			continue
		}
		for _, of := range []string{limited, strings.Replace(limited, "number", "integer", 1)} {
			free := of[:strings.LastIndex(of, ",")]
			if bytes.Equal(decoderOf(t, of), decoderOf(t, free)) {
				t.Errorf("%s: the decoder of { %s } is that of { %s }", kind, of, free)
			}
		}
	}
}

// decoderOf emits the decoders of a protocol with one interesting type.
func decoderOf(t *testing.T, keywords string) []byte {
	t.Helper()
	c := someCase(t)
	c.files["types/Thing.json"] = []byte(`{ "title": "Thing", "description": "What is used.", ` + keywords + ` }`)
	o := c.run(t)
	if len(o.findings) > 0 {
		t.Fatal(o.text)
	}
	at := slices.IndexFunc(o.files, func(f emit.File) bool { return f.Path == "decode.go" })
	return o.files[at].Data
}

// someCase is a case of the preamble alone.
func someCase(t *testing.T) *caseFolder {
	t.Helper()
	c := &caseFolder{files: map[string][]byte{}}
	c.complete(preamble(t))
	return c
}
