package oracle

import (
	"bytes"
	"errors"
	"io"
	"math/big"
	"regexp"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Reason is why a text is refused whatever JSON Schema says of it.
type Reason string

// The reasons: all there are, in the words of the verdict rule.
const (
	None      Reason = ""
	Syntax    Reason = "not JSON"
	UTF8      Reason = "bad UTF-8 or a lone surrogate"
	Duplicate Reason = "a duplicate name"
	Depth     Reason = "nested too deep"
	Float     Reason = "a number outside float64"
	Integer   Reason = "an integer outside ±(2^53-1)"
)

// Strictness tells whether strict reading refuses a text apart from its
// schema. Syntax, characters and names are judged by go-json-experiment.
func Strictness(t *ir.Type, text []byte, maxDepth int) Reason {
	value := jsontext.Value(text)
	invalid, twice := jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)
	switch {
	case !value.IsValid(invalid, twice):
		return Syntax
	case !value.IsValid(twice):
		return UTF8
	case !value.IsValid(invalid):
		return Duplicate
	}
	if r := tokens(text, maxDepth, true); r != None {
		return r
	}
	f, list := source.Parse("", "", text)
	if len(list) > 0 {
		panic("oracle: two parsers disagree about " + string(text) + ": " + list[0].Message)
	}
	return integers(f.Root, ir.Use{Type: t})
}

// Laxness tells the same for lenient reading: only what cannot be read at all.
func Laxness(text []byte, maxDepth int) Reason {
	lax := []jsontext.Options{jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)}
	switch {
	case !jsontext.Value(text).IsValid(lax...):
		return Syntax
	case !validUTF8(text):
		return UTF8
	}
	return tokens(text, maxDepth, false)
}

// tokens looks at nesting and numbers.
func tokens(text []byte, maxDepth int, strict bool) Reason {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	for {
		token, err := d.ReadToken()
		switch {
		case errors.Is(err, io.EOF):
			return None
		case err != nil:
			return Syntax
		case d.StackDepth() > maxDepth:
			return Depth
		case strict && token.Kind() == '0':
			if _, err := strconv.ParseFloat(token.String(), 64); err != nil {
				return Float
			}
		}
	}
}

// integers looks for integers that not every peer keeps exactly, at places
// where the model has an integer. Elsewhere numbers are floats.
func integers(n *source.Node, use ir.Use) Reason {
	found := None
	numbers(n, use, func(kind ir.Kind, literal string) {
		v, ok := rational(literal)
		if kind == ir.Int && ok && v.IsInt() && v.Num().CmpAbs(maxInt) > 0 {
			found = Integer
		}
	})
	return found
}

var maxInt = big.NewInt(1<<53 - 1)

// Rounded reports whether a text has a number, at a place of a float, that
// float64 does not hold. Limits look at what is written, so written out again
// such a number may fail where it passed.
func Rounded(t *ir.Type, text []byte) bool {
	f, _ := source.Parse("", "", text)
	found := false
	numbers(f.Root, ir.Use{Type: t}, func(kind ir.Kind, literal string) {
		held, err := strconv.ParseFloat(literal, 64)
		exact, ok := rational(literal)
		again, _ := rational(strconv.FormatFloat(held, 'g', -1, 64))
		if kind == ir.Float && (err != nil || !ok || exact.Cmp(again) != 0) {
			found = true
		}
	})
	return found
}

// rational is the exact value of a literal, unless its exponent is so far out
// that computing it takes forever.
func rational(literal string) (*big.Rat, bool) {
	if FarOut([]byte(literal)) {
		return nil, false
	}
	return new(big.Rat).SetString(literal)
}

var farOut = regexp.MustCompile(`[0-9][eE][+-]?0*[1-9][0-9]{3,}`)

// FarOut reports whether a text has a number with an exponent of four digits
// or more, zeros before them aside. Validators that compute exactly never come back from some of them.
func FarOut(text []byte) bool { return farOut.Match(text) }

// numbers calls f for the literals at places of numbers.
func numbers(n *source.Node, use ir.Use, f func(kind ir.Kind, literal string)) {
	if n == nil || use.Type == nil {
		return
	}
	t := use.Type
	switch t.Kind {
	case ir.Int, ir.Float:
		if n.Kind == source.Number {
			f(t.Kind, n.Text)
		}
	case ir.Enum:
		if n.Kind == source.Number {
			f(t.Enum.Base, n.Text)
		}
	case ir.Array:
		for _, it := range n.Items {
			numbers(it, *t.Elem, f)
		}
	case ir.Map:
		for _, m := range n.Members {
			numbers(m.Value, *t.Elem, f)
		}
	case ir.Struct:
		for _, m := range n.Members {
			if field := t.Field(m.Key); field != nil {
				numbers(m.Value, field.Use, f)
			}
		}
	case ir.Union:
		if branch := Branch(t, n); branch != nil {
			numbers(n, ir.Use{Type: branch}, f)
		}
	}
}

// Branch is the variant of a union that a value belongs to, or nil.
func Branch(t *ir.Type, n *source.Node) *ir.Type {
	if t.Union.Tag == "" {
		for _, v := range t.Union.Variants {
			if v.JSON == n.Kind.String() {
				return v.Type
			}
		}
		return nil
	}
	tag := n.Get(t.Union.Tag)
	if tag == nil || tag.Kind != source.String {
		return nil
	}
	for _, v := range t.Union.Variants {
		if v.Tag == tag.Text {
			return v.Type
		}
	}
	if t.Union.Open {
		return t.Union.Unknown.Type
	}
	return nil
}
