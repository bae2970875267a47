package skills

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestReadHeader(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       header
	}{
		{"short", "---\ndescription: Does it.\n---\ntext", header{Name: "folder", Key: "folder", Description: "Does it."}},
		{"CRLF and BOM", "\ufeff---\r\nname: a\r\ndescription: Does it.\r\n---\r\n", header{Name: "a", Key: "a", Description: "Does it."}},
		{"no text", "---\nname: a\ndescription: x\n---", header{Name: "a", Key: "a", Description: "x"}},
		{"several lines", "---\nname: a\ndescription: >\n  Does it,\n  \u202eand more.\n---\n", header{Name: "a", Key: "a", Description: "Does it, and more."}},
		{"others' form", `---
name: 1password
description: Set up and use 1Password CLI (op).
homepage: https://developer.1password.com/docs/cli/get-started/
metadata: {"clawdbot":{"emoji":"🔐","requires":{"bins":["op"]},"install":[{"kind":"brew","formula":"1password-cli","bins":["op"],"label":"Install 1Password CLI (brew)",}]}}
---
`, header{Name: "1password", Key: "1password", Description: "Set up and use 1Password CLI (op).", Homepage: "https://developer.1password.com/docs/cli/get-started/", Emoji: "🔐",
			Requires: requirements{Bins: []string{"op"}},
			Install:  []Installer{{ID: "brew-0", Kind: "brew", Formula: "1password-cli", Bins: []string{"op"}, Label: "Install 1Password CLI (brew)"}}}},
		{"JSON in a string", "---\nname: a\ndescription: x\nmetadata: '{\"gatesmith\":{\"skillKey\":\"k\",\"always\":true,\"primaryEnv\":\"A_KEY\",\"os\":[\"linux\"]}}'\n---\n",
			header{Name: "a", Key: "k", Description: "x", Always: true, PrimaryEnv: "A_KEY", Requires: requirements{OS: []string{"linux"}}}},
		{"ours wins", "---\nname: a\ndescription: x\nmetadata:\n  clawdbot: {emoji: A}\n  gatesmith: {emoji: B}\n---\n", header{Name: "a", Key: "a", Description: "x", Emoji: "B"}},
		{"metadata of others", "---\nname: a\ndescription: x\nmetadata:\n  version: '1.0'\n---\n", header{Name: "a", Key: "a", Description: "x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readHeader([]byte(c.text), "folder")
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, c.want) {
				t.Errorf("got  %+v\nwant %+v", *got, c.want)
			}
		})
	}
}

func TestRefusedHeaders(t *testing.T) {
	meta := func(text string) string {
		return "---\nname: a\ndescription: x\nmetadata: {gatesmith: " + text + "}\n---\n"
	}
	for _, c := range []struct{ text, want string }{
		{"", "it has no header"},
		{"# Title\n", "it has no header"},
		{"---\nname: a\n", "does not end"},
		{"---\nname: a\n---\n", "no description"},
		{"---\nname: [a]\ndescription: x\n---\n", "not as expected"},
		{"---\nname: 'a\ndescription: x\n---\n", "no YAML"},
		{"---\nname: ../a\ndescription: x\n---\n", "slash"},
		{"---\nname: " + strings.Repeat("a", 65) + "\ndescription: x\n---\n", "more than 64 bytes"},
		{meta("{requires: {bins: [bin/x]}}"), `the program "bin/x" is a path`},
		{meta("{requires: {bins: ['']}}"), "empty entry"},
		{meta("{requires: {env: [" + strings.Repeat("A,", 65) + "]}}"), "65 entries"},
		{meta("{install: [{kind: apt}]}"), `install[0].kind is "apt"`},
		{meta("{requires: 1}"), "not as expected"},
		{"---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" +
			"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nmetadata: {gatesmith: {requires: {bins: *f}}}\ndescription: x\n---\n", ""},
	} {
		_, err := readHeader([]byte(c.text), "folder")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: %v, want %q", c.text, err, c.want)
		}
	}
}

// Whatever a file says, what comes out of it is fit for a prompt and a terminal.
func FuzzHeader(f *testing.F) {
	f.Add([]byte("---\nname: a\ndescription: x\nmetadata: {gatesmith: {requires: {bins: [op]}, install: [{kind: go, module: m}]}}\n---\n"))
	f.Add([]byte("---\nmetadata: '{\"clawdbot\":{}}'\ndescription: &a [*a]\n---"))
	own, err := bundled.ReadFile("bundled/skill-writing/SKILL.md")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(own)
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := readHeader(text, "folder")
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("the error %q has more than one line", err)
			}
			return
		}
		for _, field := range append([]string{h.Name, h.Key, h.Description, h.Emoji, h.Homepage}, h.Requires.Bins...) {
			if strings.ContainsAny(field, "\n\r\x00\x1b") || !utf8.ValidString(field) {
				t.Errorf("%q", field)
			}
		}
		if h.Name == "" || h.Description == "" || len(h.Name) > maxName || len(h.Description) > maxDescription {
			t.Errorf("%+v", h)
		}
	})
}
