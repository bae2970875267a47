package specimen

import (
	"fmt"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Damage calls emit for every variant of a text that has one thing changed,
// at every place that the model knows. Some changes leave the text valid, on
// purpose: they are what decoders trip over. The text itself must be JSON.
func Damage(text []byte, t *ir.Type, m *Maker, want Wanted, emit func(Specimen)) {
	e := editor{text: text, maker: m, want: want, emit: emit}
	for _, s := range Sites(text, t) {
		e.site = s
		e.otherKinds()
		if s.Holder != nil && s.Holder.Kind == source.Object {
			e.member()
		}
		e.inside()
	}
}

// editor makes variants of one text by replacing a part of it.
type editor struct {
	text  []byte
	maker *Maker
	want  Wanted
	emit  func(Specimen)
	site  Site // the one being changed
}

// put replaces text[from:to].
func (e *editor) put(what string, from, to int, with string) {
	s := Specimen{What: what, Path: e.site.Path, Where: e.site.Where, Depth: e.site.Depth}
	if !e.want(s) {
		return
	}
	s.Text = make([]byte, 0, len(e.text)+len(with)-(to-from))
	s.Text = append(append(append(s.Text, e.text[:from]...), with...), e.text[to:]...)
	e.emit(s)
}

// replace replaces the value at the site.
func (e *editor) replace(what, with string) {
	e.put(what, e.site.Node.Off, e.site.Node.End, with)
}

// otherKinds puts a value of every kind there.
func (e *editor) otherKinds() {
	for _, with := range []string{"null", "true", "false", "0", "-1.5", `""`, `"zz"`, "[]", "{}", "[null]", `{"":0}`} {
		e.replace("replaced by "+with, with)
	}
}

// inside changes what is particular to the kind of the value.
func (e *editor) inside() {
	t, n := concrete(e.site), e.site.Node
	if t == nil {
		return
	}
	switch {
	case n.Kind == source.Object && t.Kind == ir.Struct:
		e.structure(t)
	case n.Kind == source.Object && t.Kind == ir.Map:
		e.mapping(t)
	case n.Kind == source.Array && t.Kind == ir.Array:
		e.array(t)
	case n.Kind == source.String:
		e.str(t)
	case n.Kind == source.Number:
		e.number(t)
	case n.Kind == source.Bool && t.Const != nil:
		e.replace("the other boolean", fmt.Sprint(!n.Bool))
	}
	if t.Kind == ir.Raw {
		e.raw()
	}
}

// extent is the span of member i of an object with the comma that goes with
// it.
func extent(n *source.Node, i int) (from, to int) {
	switch {
	case i+1 < len(n.Members):
		return n.Members[i].Off, n.Members[i+1].Off
	case i > 0:
		return n.Members[i-1].Value.End, n.Members[i].Value.End
	}
	return n.Members[i].Off, n.Members[i].Value.End
}

// member changes the member that the value belongs to.
func (e *editor) member() {
	n := e.site.Holder
	m := n.Members[e.site.Index]
	key := m.Key
	keyEnd := m.Off + len(e.keyText(n, e.site.Index))
	value := string(m.Value.Raw())

	from, to := extent(n, e.site.Index)
	e.put("member left out", from, to, "")
	rename := func(what, name string) { e.put(what, m.Off, keyEnd, name) }
	rename("name with an escape", lastEscaped(key))
	rename("name all escaped", allEscaped(key))
	rename("name in capitals", quoted(strings.ToUpper(key)))
	rename("name with a space", quoted(key+" "))
	rename("name cut", quoted(key[:max(0, len(key)-1)]))
	rename("name empty", `""`)
	rename("name with a zero", quoted(key+"\x00"))
	rename("name not UTF-8", `"`+key+"\xff\"")
	rename("name with a lone surrogate", `"`+key+`\udc00"`)
	rename("name without quotes", "x")

	twice := func(what, name, value string) {
		e.put(what, n.End-1, n.End-1, ","+name+":"+value)
	}
	twice("member twice", quoted(key), value)
	twice("member twice by an escape", lastEscaped(key), value)
	twice("member twice, then null", quoted(key), "null")
	e.put("spaces around", m.Off, m.Value.End, " \t"+quoted(key)+"\r\n : \n"+value+"  ")
	e.put("no colon", keyEnd, m.Value.Off, " ")
	e.put("two colons", keyEnd, m.Value.Off, "::")
	e.put("comma before the end", m.Value.End, m.Value.End, ",,")
}

// keyText is the literal of a member's name.
func (e *editor) keyText(n *source.Node, i int) string {
	off := n.Members[i].Off
	end := off + 1
	for e.text[end] != '"' {
		if e.text[end] == '\\' {
			end++
		}
		end++
	}
	return string(e.text[off : end+1])
}

// addTo puts a member into an object, at its front or end.
func (e *editor) addTo(what string, n *source.Node, front bool, member string) {
	switch {
	case len(n.Members) == 0:
		e.put(what, n.Off+1, n.End-1, member)
	case front:
		e.put(what, n.Off+1, n.Off+1, member+",")
	default:
		e.put(what, n.End-1, n.End-1, ","+member)
	}
}

// structure changes which members there are.
func (e *editor) structure(t *ir.Type) {
	n := e.site.Node
	e.addTo("unknown member first", n, true, `"x-unknown":1`)
	e.addTo("unknown member last", n, false, `"x-unknown":{"a":[null]}`)
	e.addTo("unknown member twice", n, false, `"x-unknown":1,"x-unkn\u006fwn":2`)
	e.addTo("unknown member with a duplicate in it", n, false, `"x-unknown":{"a":1,"\u0061":1}`)
	e.addTo("unknown member too large", n, false, `"x-unknown":[1e999]`)
	e.addTo("unknown member __proto__", n, false, `"__proto__":{}`)
	e.addTo("comma at the end", n, false, "")
	for _, f := range t.Fields {
		if n.Has(f.Wire) {
			continue
		}
		e.addTo("added "+f.Wire, n, false, quoted(f.Wire)+":"+string(e.maker.MakeUse(f.Use)))
		e.addTo("added null "+f.Wire, n, true, quoted(f.Wire)+":null")
		e.addTo("added number "+f.Wire, n, false, quoted(f.Wire)+":7")
	}
	e.reorder("members reversed", func(i, n int) int { return n - 1 - i })
	e.reorder("members rotated", func(i, n int) int { return (i + 1) % n })
}

// reorder writes the members in another order.
func (e *editor) reorder(what string, place func(i, n int) int) {
	n := e.site.Node
	if len(n.Members) < 2 {
		return
	}
	parts := make([]string, len(n.Members))
	for i := range n.Members {
		m := n.Members[place(i, len(n.Members))]
		parts[i] = string(e.text[m.Off:m.Value.End])
	}
	e.replace(what, "{"+strings.Join(parts, ",")+"}")
}

func (e *editor) mapping(t *ir.Type) {
	value := string(e.maker.MakeUse(*t.Elem))
	for _, key := range []string{`""`, `"a"`, `"__proto__"`, `"a\/b~1\u0000"`, `"\ud83d\ude00"`} {
		e.addTo("entry "+key, e.site.Node, false, key+":"+value)
	}
	e.addTo("entry null", e.site.Node, false, `"zz":null`)
	e.addTo("entry true", e.site.Node, false, `"zz":true`)
	e.addTo("entries of one key", e.site.Node, false, `"zz":`+value+`,"z\u007a":`+value)
}

// Numbers that are beyond float64, or nearly so, without an exponent.
var (
	long  = strings.Repeat("9", 310)
	zeros = "1" + strings.Repeat("0", 308)
)

// raw puts difficult values where anything goes.
func (e *editor) raw() {
	for _, with := range []string{`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, "\"\xff\"", `"\ud800"`, `1e400`, `-1E400`, `1E+400`, `1e308`,
		long, "-" + long, "1" + long[1:] + ".5", zeros, zeros + "0",
		`9007199254740993`, `1e-400`, `01`, `1.`, `.5`, `+1`, `nul`, `tru`, `"\x"`, `"\u00g0"`, "\"\x01\"", `[1,]`, `[,1]`, `{"a"}`, `{1:2}`, `[1 2]`, `"a`, `{"a":1`, `[`} {
		e.replace("any: "+with, with)
		e.replace("any within: "+with, `{"x":[`+with+`]}`)
	}
}
