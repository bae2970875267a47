package config

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMerge(t *testing.T) {
	for _, c := range []struct{ name, text, patch, want string }{
		{"a value", "{ port: 1 } // x", `{port:2}`, "{ port: 2 } // x"},
		{"the same value keeps its spelling", "{ port: 0x10 }", `{port:16}`, "{ port: 0x10 }"},
		{"an empty text", "", `{gateway:{port:1}}`, "{\n  \"gateway\": {\n    \"port\": 1\n  }\n}\n"},
		{"an empty object", "{}", `{a:[]}`, "{\n  \"a\": []\n}"},
		{"a member more", "{\n\t// one\n\ta: 1 // first\n}\n", `{b:"x"}`, "{\n\t// one\n\ta: 1, // first\n\tb: \"x\"\n}\n"},
		{"behind a comma", "{\n  \"a\": 1, // first\n}\n", `{b:true,c:null}`, "{\n  \"a\": 1, // first\n  \"b\": true,\n}\n"},
		{"in one line", `{ "a": 1 }`, `{"b":{"c":2}}`, `{ "a": 1, "b": { "c": 2 } }`},
		{"a line less", "{\n  a: 1, // one\n  b: 2,\n  c: 3\n}", `{b:null}`, "{\n  a: 1, // one\n  c: 3\n}"},
		{"the last line less", "{\n  \"a\": 1,\n  \"b\": 2\n}", `{b:null}`, "{\n  \"a\": 1\n}"},
		{"comments stay", "{\n  a: 1,\n  // of b\n  b: 2, /* b */\n}", `{b:null}`, "{\n  a: 1,\n  // of b\n   /* b */\n}"},
		{"the last of a line less", `{ "a": 1, "b": 2 }`, `{b:null}`, `{ "a": 1 }`},
		{"all", `{a:1,b:2}`, `{a:null,b:null}`, `{}`},
		{"all, and another", "{\n  a: 1,\n  b: 2\n}", `{a:null,b:null,c:3}`, "{\n  c: 3\n}"},
		{"another kind", `{ a: 1 }`, `{a:{b:{c:null,d:1}}}`, "{ a: {\n  b: {\n    d: 1\n  }\n} }"},
		{"in the depth", "{\n  x: { y: { z: 1 }, }, // end\n}", `{x:{y:{z:2,w:3}}}`, "{\n  x: { y: { z: 2, w: 3 }, }, // end\n}"},
		{"lists are replaced", `{"a":[1,2]}`, `{"a":[]}`, `{"a":[]}`},
		{"but for what stays of them", "{\n  a: [\n    1, // one\n    { b: 2 /* b */, c: 3, }, // two\n  ],\n}", `{a:[1,{c:4,d:{e:5}}]}`, "{\n  a: [\n    1, // one\n    { /* b */ c: 4, d: { e: 5 } }, // two\n  ],\n}"},
		{"in another order", `{ a: [{ b: 1, c: 2 }] }`, `{a:[{c:2,b:1}]}`, `{ a: [{ c: 2, b: 1 }] }`},
		{"Windows lines", "{\r\n  a: 1\r\n}\r\n", `{b:2}`, "{\r\n  a: 1,\r\n  b: 2\r\n}\r\n"},
		{"leading commas", "{ a: 1\n, b: 2\n, c: 3 }", `{c:null,d:4}`, "{ a: 1\n, b: 2\n,\n  d: 4 }"},
		{"a comment before the comma", "{ a: 1 /* one */, b: 2 }", `{a:null}`, "{ /* one */ b: 2 }"},
	} {
		got, err := Merge([]byte(c.text), []byte(c.patch))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %q, %v\nwant %q", c.name, got, err, c.want)
		}
	}
	for patch, want := range map[string]string{"[]": "a patch has to be an object", "{": "the text ends too early", "{a:1,a:2}": "stands twice"} {
		if got, err := Merge([]byte("{}"), []byte(patch)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %q, %v", patch, got, err)
		}
	}
}

// comment is one that the texts of the property hold, with a name of its own.
var comment = regexp.MustCompile(`c[0-9]+c`)

// TestMergeKeepsTheRest changes random texts at random: what is meant comes out,
// and every comment outside of what was replaced is there, in its order.
func TestMergeKeepsTheRest(t *testing.T) {
	if os.Getenv("GATESMITH_SOAK") != "" {
		checks := flag.Lookup("rapid.checks")
		before := checks.Value.String()
		t.Cleanup(func() { _ = checks.Value.Set(before) })
		if err := checks.Value.Set("100000"); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		w := &scribe{t: t}
		text := w.object(3) + w.space(true)
		root, _, err := readText([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		patch := w.patch(root, 3)
		got, err := mergeNode([]byte(text), patch)
		if err != nil {
			t.Fatalf("%q with %s: %v", text, patch.appendJSON(nil, nil), err)
		}
		is, _, err := readText(got)
		if err != nil {
			t.Fatalf("%q with %s became %q: %v", text, patch.appendJSON(nil, nil), got, err)
		}
		if a, b := is.appendJSON(nil, nil), root.merged(patch).appendJSON(nil, nil); !bytes.Equal(a, b) {
			t.Fatalf("%q with %s became %s, want %s", text, patch.appendJSON(nil, nil), a, b)
		}
		blank := []byte(text)
		blot(blank, root, patch)
		want := strings.Join(comment.FindAllString(string(blank), -1), " ")
		if have := strings.Join(comment.FindAllString(string(got), -1), " "); have != want {
			t.Fatalf("%q with %s became %q\nwith the comments %s, want %s", text, patch.appendJSON(nil, nil), got, have, want)
		}
		again, err := mergeNode(got, patch)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("done twice: %q, then %q, %v", got, again, err)
		}
	})
}

// blot wipes out of a text what a patch takes away or replaces, comments in it
// included.
func blot(text []byte, n, patch *node) {
	for _, m := range patch.members {
		for _, o := range n.members {
			switch {
			case o.name != m.name:
			case m.value.kind == objectKind && o.value.kind == objectKind:
				blot(text, o.value, m.value)
			case m.value.kind == nullKind:
				wipe(text[o.at:o.value.end])
			default:
				blotValue(text, o.value, (*node)(nil).merged(m.value))
			}
		}
	}
}

// blotValue wipes what another value takes away from one: of a list that stays as
// long, what becomes other of its items.
func blotValue(text []byte, was, is *node) {
	switch {
	case bytes.Equal(was.appendJSON(nil, nil), is.appendJSON(nil, nil)):
	case was.kind == listKind && is.kind == listKind && len(was.items) == len(is.items):
		for k := range was.items {
			blotItem(text, was.items[k], is.items[k])
		}
	default:
		wipe(text[was.at:was.end])
	}
}

func blotItem(text []byte, was, is *node) {
	if was.kind != objectKind || is.kind != objectKind || !inOrder(was, is) {
		if !bytes.Equal(was.appendJSON(nil, nil), is.appendJSON(nil, nil)) {
			wipe(text[was.at:was.end])
		}
		return
	}
	for _, m := range was.members {
		switch next := is.get(m.name); {
		case next == nil:
			wipe(text[m.at:m.value.end])
		case m.value.kind == objectKind && next.kind == objectKind:
			blotItem(text, m.value, next)
		default:
			blotValue(text, m.value, next)
		}
	}
}

func wipe(b []byte) {
	for k := range b {
		b[k] = ' '
	}
}

// scribe writes random texts.
type scribe struct {
	t        *rapid.T
	comments int
}

// space is white space with comments in it, in one line or several.
func (w *scribe) space(end bool) string {
	var b strings.Builder
	for range rapid.IntRange(0, 2).Draw(w.t, "pads") {
		switch rapid.IntRange(0, 5).Draw(w.t, "pad") {
		case 0:
			b.WriteString("\n")
		case 1:
			b.WriteString("\r\n\t")
		case 2:
			b.WriteString("  ")
		case 3:
			b.WriteString("/* " + w.mark() + " */")
		case 4:
			b.WriteString("// " + w.mark() + "\n")
		case 5:
			b.WriteString("\n    ")
		}
	}
	if end && rapid.Bool().Draw(w.t, "last") {
		b.WriteString("// " + w.mark())
	}
	return b.String()
}

func (w *scribe) mark() string {
	w.comments++
	return "c" + strings.Repeat("1", w.comments) + "c"
}

func (w *scribe) object(depth int) string {
	var b strings.Builder
	b.WriteString("{" + w.space(false))
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", `"d e"`, "'f'"}), 0, 4, rapid.ID).Draw(w.t, "names")
	for k, name := range names {
		b.WriteString(name + w.space(false) + ":" + w.space(false) + w.value(depth-1) + w.space(false))
		if k < len(names)-1 || rapid.Bool().Draw(w.t, "trailing") {
			b.WriteString("," + w.space(false))
		}
	}
	return b.String() + "}"
}

func (w *scribe) value(depth int) string {
	kind := rapid.IntRange(0, 4).Draw(w.t, "kind")
	if depth <= 0 && kind == 0 {
		kind = 1
	}
	switch kind {
	case 0:
		return w.object(depth)
	case 1:
		return rapid.SampledFrom([]string{"1", ".5", "0x1F", "1e3"}).Draw(w.t, "number")
	case 2:
		return rapid.SampledFrom([]string{`"x"`, `'// no comment'`, `"/* none */"`, `"a\u0041"`}).Draw(w.t, "string")
	case 3:
		items := []string{"1", "{}"}
		if depth > 0 {
			items = append(items, w.object(depth-1))
		}
		return "[" + w.space(false) + strings.Join(items, ","+w.space(false)) + w.space(false) + "]"
	}
	return rapid.SampledFrom([]string{"true", "false", "null"}).Draw(w.t, "word")
}

// patch changes what is in an object, and more.
func (w *scribe) patch(n *node, depth int) *node {
	p := &node{kind: objectKind}
	for _, name := range []string{"a", "b", "c", "d e", "f", "new", "new-er"} {
		var v *node
		switch rapid.IntRange(0, 6).Draw(w.t, "change "+name) {
		case 0:
			v = &node{kind: nullKind, text: "null"}
		case 1:
			v = &node{kind: numberKind, text: "7"}
		case 2, 3:
			if depth <= 0 {
				continue
			}
			if was := n.get(name); was != nil && was.kind == listKind {
				v = w.list(was)
				break
			}
			v = w.patch(n.get(name), depth-1)
		default:
			continue
		}
		p.members = append(p.members, member{name: name, value: v})
	}
	return p
}

// list changes some items of a list.
func (w *scribe) list(n *node) *node {
	out := &node{kind: listKind}
	for _, item := range n.items {
		switch rapid.IntRange(0, 3).Draw(w.t, "item") {
		case 0:
			item = &node{kind: numberKind, text: "7"}
		case 1:
			if item.kind == objectKind {
				item = item.merged(w.patch(item, 1))
			}
		}
		out.items = append(out.items, item)
	}
	return out
}
