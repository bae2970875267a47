package markup

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const sample = `# Title & more

Some **bold**, *italic*, ~~gone~~ and ` + "`code <x>`" + ` with a [link](https://example.com/?a=1&b="2") and <b>HTML</b>.
Second line, 3 \* 4 &copy;.

- one
- two
  1. inner
- [x] done

> quoted
> text

` + "```go\nif a < b {\n}\n```" + `

| a | b |
|---|---|
| 1 | 2 |

---
[nowhere](javascript:alert(1)) https://example.org ![cat](https://example.com/cat.png)`

func TestDialects(t *testing.T) {
	for _, c := range []struct {
		name string
		d    *Dialect
		want string
	}{
		{"Telegram", Telegram, `<b>Title &amp; more</b>

Some <b>bold</b>, <i>italic</i>, <s>gone</s> and <code>code &lt;x&gt;</code> with a <a href="https://example.com/?a=1&amp;b=&quot;2&quot;">link</a> and &lt;b&gt;HTML&lt;/b&gt;.
Second line, 3 * 4 ©.

• one
• two
  1. inner
• ☑ done

<blockquote>quoted
text</blockquote>

<pre><code class="language-go">if a &lt; b {
}</code></pre>

<b>a</b> | <b>b</b>
1 | 2

———

nowhere https://example.org <a href="https://example.com/cat.png">cat</a>`},
		{"Slack", Slack, "*Title &amp; more*\n\nSome *bold*, _italic_, ~gone~ and `code &lt;x&gt;` with a <https://example.com/?a=1&amp;b=\"2\"|link> and &lt;b&gt;HTML&lt;/b&gt;.\n" +
			"Second line, 3 * 4 ©.\n\n• one\n• two\n  1. inner\n• ☑ done\n\n> quoted\n> text\n\n```\nif a &lt; b {\n}\n```\n\n*a* | *b*\n1 | 2\n\n———\n\nnowhere https://example.org <https://example.com/cat.png|cat>"},
		{"WhatsApp", WhatsApp, "*Title & more*\n\nSome *bold*, _italic_, ~gone~ and `code <x>` with a link (https://example.com/?a=1&b=\"2\") and <b>HTML</b>.\n" +
			"Second line, 3 * 4 ©.\n\n• one\n• two\n  1. inner\n• ☑ done\n\n> quoted\n> text\n\n```if a < b {\n}```\n\n*a* | *b*\n1 | 2\n\n———\n\nnowhere https://example.org cat (https://example.com/cat.png)"},
	} {
		chunks := Split(sample, c.d, 4096)
		if len(chunks) != 1 || chunks[0].Text != c.want {
			t.Errorf("%s: %d chunks:\n%s\nwant\n%s", c.name, len(chunks), chunks[0].Text, c.want)
		}
		if p := chunks[0].Plain; strings.ContainsAny(p, "`") || !strings.Contains(p, "link (https://example.com/") {
			t.Errorf("%s: plain is %s", c.name, p)
		}
	}
	for _, empty := range []string{"", " \n ", "[](", "<!-- -->"} {
		for _, c := range Split(empty, Telegram, 100) {
			if c.Text == "" {
				t.Errorf("%q gives an empty message", empty)
			}
		}
	}
}

func TestSplitsBetweenBlocks(t *testing.T) {
	text := strings.Repeat("a", 60) + "\n\n" + strings.Repeat("b", 60)
	chunks := Split(text, Telegram, 100)
	if len(chunks) != 2 || chunks[0].Text != strings.Repeat("a", 60) || chunks[1].Text != strings.Repeat("b", 60) {
		t.Errorf("%+v", chunks)
	}
	code := "```go\n" + strings.Repeat("line of code\n", 20) + "```"
	for _, c := range Split(code, Telegram, 100) {
		if !strings.HasPrefix(c.Text, `<pre><code class="language-go">line of code`) || !strings.HasSuffix(c.Text, "</code></pre>") || UTF16(c.Text) > 100 {
			t.Errorf("%q", c.Text)
		}
	}
}

var tag = regexp.MustCompile(`<(/?)([a-z]+)[^>]*>`)

// Whatever is written, each message is well formed, no longer than it may be, and
// nothing that was said is lost.
func TestNothingIsLost(t *testing.T) {
	piece := rapid.SampledFrom([]string{"word", "**", "*", "`", "```\n", "\n", "\n\n", "> ", "- ", "1. ", "[a](https://e.x/)", "<b>", "&amp;", "é", "😀", " ", "~~", "# ", "longerwordwithoutanyblank", "|", "\\", "_"})
	rapid.Check(t, func(t *rapid.T) {
		markdown := strings.Join(rapid.SliceOfN(piece, 0, 80).Draw(t, "markdown"), "")
		most := rapid.IntRange(80, 300).Draw(t, "most")
		whole, parts := "", ""
		for _, c := range Split(markdown, Telegram, 1<<30) {
			whole += c.Plain
		}
		for _, c := range Split(markdown, Telegram, most) {
			parts += c.Plain
			if UTF16(c.Text) > most {
				t.Fatalf("%d of %d: %q", UTF16(c.Text), most, c.Text)
			}
			if strings.TrimSpace(html.UnescapeString(tag.ReplaceAllString(c.Text, ""))) == "" {
				t.Fatalf("an empty message: %q", c.Text)
			}
			var open []string
			for _, m := range tag.FindAllStringSubmatch(c.Text, -1) {
				if m[1] == "" {
					open = append(open, m[2])
				} else if len(open) == 0 || open[len(open)-1] != m[2] {
					t.Fatalf("not well formed: %q", c.Text)
				} else {
					open = open[:len(open)-1]
				}
			}
			if len(open) > 0 {
				t.Fatalf("not closed: %q", c.Text)
			}
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		link := strings.NewReplacer("(https://e.x/)", "")
		if squeeze(link.Replace(whole)) != squeeze(link.Replace(parts)) {
			t.Fatalf("%q became %q", whole, parts)
		}
	})
}
