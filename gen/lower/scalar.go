package lower

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Formats are the formats that can be asserted.
var Formats = []string{"date-time", "uuid", "uri", "base64"}

// maxInt is the largest integer that the protocol can carry exactly.
const maxInt = 1<<53 - 1

// checks reads the limits of a schema in a fixed order.
func (l *lowerer) checks(n *source.Node, t *ir.Type) {
	for _, kind := range ir.CheckKinds {
		v := n.Get(string(kind))
		if v == nil {
			continue
		}
		c := ir.Check{Kind: kind, Pos: v.Pos()}
		ok := true
		switch kind {
		case ir.Pattern:
			ok = l.want(v, source.String, "pattern") && l.portable(v)
			c.Text = v.Text
		case ir.Format:
			c.Text = l.oneOf(n, "format", Formats...)
			ok = c.Text != ""
		case ir.UniqueItems:
			ok = l.want(v, source.Bool, "uniqueItems") && v.Bool
		case ir.MinLength, ir.MaxLength, ir.MinItems, ir.MaxItems:
			c.Limit, ok = l.count(v, string(kind))
		default:
			c.Limit, ok = l.limit(v, t, kind)
		}
		if ok {
			t.Checks = append(t.Checks, c)
		}
	}
	l.order(n, t, ir.MinLength, ir.MaxLength)
	l.order(n, t, ir.MinItems, ir.MaxItems)
	l.order(n, t, ir.Minimum, ir.Maximum)
}

func (l *lowerer) count(v *source.Node, keyword string) (ir.Value, bool) {
	i, ok := v.Int()
	if !ok || i < 0 || i > 1<<31-1 {
		l.add(v, diag.KeywordValue, "%s is %s: expected an integer of at least 0", keyword, v.Raw())
		return ir.Value{}, false
	}
	return intValue(i), true
}

func (l *lowerer) limit(v *source.Node, t *ir.Type, kind ir.CheckKind) (ir.Value, bool) {
	val, ok := scalarValue(v)
	switch {
	case !ok || val.Kind != ir.Int && val.Kind != ir.Float:
		l.add(v, diag.KeywordValue, "%s is %s: expected a number", kind, v.Raw())
		return val, false
	case t.Kind == ir.Int && val.Kind != ir.Int:
		l.add(v, diag.KeywordValue, "%s of an integer is %s: expected an integer within ±%d", kind, v.Raw(), int64(maxInt))
		return val, false
	case kind == ir.MultipleOf && val.Float <= 0:
		l.add(v, diag.KeywordValue, "multipleOf is %s: expected a number above 0", v.Raw())
		return val, false
	}
	return val, true
}

// order reports limits that no value can keep.
func (l *lowerer) order(n *source.Node, t *ir.Type, low, high ir.CheckKind) {
	a, b := t.Check(low), t.Check(high)
	if a != nil && b != nil && a.Limit.Float > b.Limit.Float {
		l.addKey(n, string(high), diag.KeywordValue, "%s %s is below %s %s: no value fits", high, b.Limit.JSON, low, a.Limit.JSON)
	}
}

// scalarValue reads a scalar literal.
func scalarValue(n *source.Node) (ir.Value, bool) {
	switch n.Kind {
	case source.Bool:
		return ir.Value{Kind: ir.Bool, Bool: n.Bool, JSON: strconv.FormatBool(n.Bool)}, true
	case source.String:
		return ir.Value{Kind: ir.String, Str: n.Text, JSON: quote(n.Text)}, true
	case source.Number:
		if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil && i >= -maxInt && i <= maxInt {
			return intValue(i), true
		}
		f, err := strconv.ParseFloat(n.Text, 64)
		return ir.Value{Kind: ir.Float, Float: f, JSON: n.Text}, err == nil
	}
	return ir.Value{}, false
}

func intValue(i int64) ir.Value {
	return ir.Value{Kind: ir.Int, Int: i, Float: float64(i), JSON: strconv.FormatInt(i, 10)}
}

func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// constant lowers const: a scalar with one value.
func (l *lowerer) constant(n *source.Node, p *pending) {
	l.allow(n, "a const", "const", "type")
	kind, nullable := l.jsonType(n)
	if nullable {
		l.addKey(n, "const", diag.EnumNull, "the type allows null but the const does not, so null can never pass: write an enum of the value and null")
	}
	v := n.Get("const")
	val, ok := scalarValue(v)
	if !ok {
		l.add(v, diag.KeywordValue, "const is %s: expected a string, number or boolean", article(v.Kind.String()))
		return
	}
	if kind != "" && !fits(kind, val.Kind) {
		l.add(v, diag.KeywordValue, "const %s is not of type %s", v.Raw(), kind)
		return
	}
	t := l.own(n, p, val.Kind)
	t.Const = &val
}

func fits(jsonType string, kind ir.Kind) bool {
	switch kind {
	case ir.Bool:
		return jsonType == "boolean"
	case ir.Int:
		return jsonType == "integer" || jsonType == "number"
	case ir.Float:
		return jsonType == "number"
	case ir.String:
		return jsonType == "string"
	}
	return false
}

// enum lowers enum and x-known.
func (l *lowerer) enum(n *source.Node, p *pending) {
	keyword := "enum"
	if n.Has("x-known") {
		keyword = "x-known"
	}
	if keyword == "x-known" {
		l.allow(n, "an open enum", "x-known", "type", "minLength")
	} else {
		l.allow(n, "an enum", "enum", "type")
	}
	kind, nullable := l.jsonType(n)
	p.use.Nullable = nullable
	t := l.own(n, p, ir.Enum)
	t.Enum = &ir.EnumPlan{Open: keyword == "x-known", Base: ir.String}
	if kind == "integer" {
		t.Enum.Base = ir.Int
	}
	if keyword == "x-known" {
		l.checks(n, t)
		if kind != "string" {
			l.addKey(n, keyword, diag.KeywordMissing, "x-known needs type: string")
		}
	}
	hasNull := false
	for _, it := range l.items(n, keyword) {
		if it.Kind == source.Null {
			hasNull = true
			continue
		}
		l.enumValue(it, keyword, kind, t.Enum)
	}
	if list := n.Get(keyword); list.Kind == source.Array && (len(list.Items) == 0 || len(list.Items) == 1 && hasNull) {
		l.add(list, diag.KeywordValue, "%s lists no value", keyword)
	}
	switch {
	case keyword == "x-known" && hasNull:
		l.addKey(n, keyword, diag.EnumNull, "x-known lists null: write type: [\"string\", \"null\"] instead")
	case keyword == "enum" && nullable && !hasNull:
		l.addKey(n, keyword, diag.EnumNull, "the type allows null but the enum does not list it, so null can never pass: add null to the enum")
	case keyword == "enum" && hasNull && !nullable && kind != "":
		l.addKey(n, keyword, diag.EnumNull, "the enum lists null but the type does not allow it: write type: [%q, \"null\"]", kind)
	case keyword == "enum" && hasNull:
		p.use.Nullable = true
	}
}

func (l *lowerer) enumValue(it *source.Node, keyword, kind string, plan *ir.EnumPlan) {
	val, ok := scalarValue(it)
	switch {
	case !ok || val.Kind != ir.String && val.Kind != ir.Int:
		l.add(it, diag.EnumValueFormat, "%s lists %s: expected strings or integers", keyword, it.Raw())
		return
	case kind != "" && !fits(kind, val.Kind):
		l.add(it, diag.EnumValueFormat, "%s lists %s, which is not of type %s", keyword, it.Raw(), kind)
		return
	case kind == "" && len(plan.Values) > 0 && plan.Base != val.Kind:
		l.add(it, diag.EnumValueFormat, "%s mixes strings and integers", keyword)
		return
	}
	plan.Base = val.Kind
	v := &ir.EnumValue{Value: val, Name: name.Split(val.Str)}
	if val.Kind == ir.Int {
		v.Name = name.Split("n" + strings.Replace(val.JSON, "-", " minus ", 1))
	}
	if val.JSON == `""` {
		v.Name = name.Split("empty")
	}
	for _, other := range plan.Values {
		if other.Value.JSON == val.JSON {
			l.add(it, diag.EnumValueFormat, "%s lists %s twice", keyword, it.Raw())
			return
		}
		if other.Name == v.Name {
			l.add(it, diag.EnumValueFormat, "%s and %s would give constants of the same name", other.Value.JSON, it.Raw())
			return
		}
	}
	if v.Name.Empty() {
		l.add(it, diag.EnumValueFormat, "%s gives no constant name: expected a letter or digit", it.Raw())
		return
	}
	plan.Values = append(plan.Values, v)
}

// defaultOf reads a property's default, which must be a value of its type.
func (l *lowerer) defaultOf(n *source.Node, use ir.Use, required bool) *ir.Value {
	d := n.Get("default")
	if d == nil || use.Type == nil {
		return nil
	}
	val, ok := scalarValue(d)
	switch {
	case required:
		l.addKey(n, "default", diag.DefaultValid, "a required member has no use for a default: leave one of the two out")
		return nil
	case !isScalar(use.Type):
		l.addKey(n, "default", diag.DefaultValid, "a default is for strings, numbers, booleans and enums: say in the description what absence means")
		return nil
	case !ok || !accepts(use.Type, val):
		l.add(d, diag.DefaultValid, "default %s does not fit its type", d.Raw())
		return nil
	}
	return &val
}

// accepts reports whether a value is one of the type's; limits are left to the
// examples check, which sees defaults too.
func accepts(t *ir.Type, v ir.Value) bool {
	switch t.Kind {
	case ir.Enum:
		if t.Enum.Open {
			return v.Kind == ir.String
		}
		return slices.ContainsFunc(t.Enum.Values, func(e *ir.EnumValue) bool { return e.Value.JSON == v.JSON })
	case ir.Float:
		return v.Kind == ir.Int || v.Kind == ir.Float
	}
	return v.Kind == t.Kind
}

// portable reports whether a pattern means the same in RE2, ECMAScript and
// Python.
func (l *lowerer) portable(v *source.Node) bool {
	re, err := regexp.Compile(v.Text)
	if err != nil {
		l.add(v, diag.PatternPortable, "pattern %s: %s", quote(v.Text), err)
		return false
	}
	if why := unportable(re.String()); why != "" {
		l.add(v, diag.PatternPortable, "pattern %s: %s", quote(v.Text), why)
		return false
	}
	return true
}
