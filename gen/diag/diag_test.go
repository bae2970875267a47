package diag

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func sample() List {
	var l List
	l.Add(Pos{"b.json", 2, 3}, KeywordValue, "second in %s", "b")
	l.Add(Pos{"b.json", 1, 1}, KeywordValue, "z")
	l.Add(Pos{"b.json", 1, 1}, KeywordMissing, "y")
	l.Add(Pos{"b.json", 1, 1}, KeywordValue, "a")
	l.Add(Pos{"b.json", 1, 1}, KeywordValue, "z").Pointer = "/repeated"
	l.Add(Pos{File: "b.json"}, FileUnreadable, "the whole file")
	l.Add(Pos{"a.json", 10, 1}, NameCollision, "in another file").Related = []Related{{Pos{"b.json", 1, 1}, "the other one"}}
	return l
}

// TestSort: by file, line, column, rule and text; repeats go.
func TestSort(t *testing.T) {
	want := []string{
		"a.json:10:1: in another file (NAME_COLLISION)",
		"b.json: the whole file (FILE_UNREADABLE)",
		"b.json:1:1: y (KEYWORD_MISSING)",
		"b.json:1:1: a (KEYWORD_VALUE)",
		"b.json:1:1: z (KEYWORD_VALUE)",
		"b.json:2:3: second in b (KEYWORD_VALUE)",
	}
	l := sample()
	for range l { // in every rotation
		l = append(l[1:], l[0])
		sorted := slices.Clone(l)
		sorted.Sort()
		var got []string
		for _, d := range sorted {
			got = append(got, d.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestText(t *testing.T) {
	long := `{ "a": "` + strings.Repeat("x", 200) + `", "b": 1, "c": "` + strings.Repeat("y", 200) + `" }`
	texts := map[string]string{
		"tab.json":  "{\n\t\"a\": 1\r\n}",
		"long.json": long,
		"utf8.json": "{ \"é\": \xff1 }",
		"end.json":  "{",
	}
	for _, c := range []struct {
		what string
		pos  Pos
		want []string
	}{
		{"a marker keeps tabs", Pos{"tab.json", 2, 7}, []string{"     2 | \t\"a\": 1", "       | \t     ^"}},
		{"a long line is cut around the place", Pos{"long.json", 1, strings.Index(long, `"b"`) + 1}, []string{`"b": 1`, strings.Repeat(" ", 60) + "^"}},
		{"columns count bytes", Pos{"utf8.json", 1, 8}, []string{`{ "é": ?1 }`, `      ^`}},
		{"a place after the last byte", Pos{"end.json", 1, 2}, []string{"     1 | {", "       |  ^"}},
		{"a place after the last line", Pos{"end.json", 2, 1}, nil},
		{"a file as a whole", Pos{File: "end.json"}, nil},
		{"a file that nobody has", Pos{"gone.json", 1, 1}, nil},
	} {
		var l List
		l.Add(c.pos, KeywordValue, "wrong")
		var b bytes.Buffer
		if err := WriteText(&b, l, func(file string) []byte {
			if text, ok := texts[file]; ok {
				return []byte(text)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		head, excerpt, _ := strings.Cut(b.String(), "\n")
		if head != c.pos.String()+": wrong (KEYWORD_VALUE)" {
			t.Errorf("%s: %q", c.what, head)
		}
		if c.want == nil && excerpt != "" {
			t.Errorf("%s: an excerpt is shown: %q", c.what, excerpt)
		}
		for _, line := range c.want {
			if !strings.Contains(excerpt, line) {
				t.Errorf("%s: %q is not in\n%s", c.what, line, excerpt)
			}
		}
		for _, line := range strings.Split(excerpt, "\n") {
			if len(line) > excerptWidth+len("     1 | ") {
				t.Errorf("%s: a line of %d bytes", c.what, len(line))
			}
		}
	}
}

func TestTextShowsRelated(t *testing.T) {
	l := sample()
	l.Sort()
	var b bytes.Buffer
	if err := WriteText(&b, l[:1], nil); err != nil {
		t.Fatal(err)
	}
	if want := "a.json:10:1: in another file (NAME_COLLISION)\n    b.json:1:1: the other one\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, nil); err != nil || b.String() != "[]\n" {
		t.Errorf("no findings: %q %v", b.String(), err)
	}
	b.Reset()
	l := List{}
	l.Add(Pos{"a.json", 3, 4}, KeywordValue, `expected <a> & "b"`).Pointer = "/a"
	l.Add(Pos{File: "b.json"}, FileUnreadable, "gone")
	if err := WriteJSON(&b, l); err != nil {
		t.Fatal(err)
	}
	var back List
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || len(back) != 2 || back[0].String() != l[0].String() || back[0].Pointer != "/a" || back[1].Pos.Line != 0 {
		t.Errorf("%v %+v", err, back)
	}
	for _, want := range []string{`"message": "expected <a> & \"b\""`, `"rule": "KEYWORD_VALUE"`, `"line": 3`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in %s", want, b.String())
		}
	}
	if strings.Count(b.String(), `"line"`) != 1 {
		t.Errorf("a file as a whole has no line: %s", b.String())
	}
}

// TestRules: ids in capitals, once each, with a purpose of the house's form.
func TestRules(t *testing.T) {
	id := regexp.MustCompile(`^[A-Z]+(_[A-Z]+)+$`)
	seen := map[Rule]bool{}
	for _, r := range Rules {
		if seen[r.Rule] {
			t.Errorf("%s is listed twice", r.Rule)
		}
		seen[r.Rule] = true
		if !id.MatchString(string(r.Rule)) || !Known(r.Rule) {
			t.Errorf("%q is no id", r.Rule)
		}
		if !strings.HasPrefix(r.Purpose, "Checks that ") || !strings.HasSuffix(r.Purpose, ".") {
			t.Errorf("%s: purpose %q", r.Rule, r.Purpose)
		}
	}
	if Known("NO_SUCH_RULE") || Known("") {
		t.Error("unknown rules are known")
	}
}
