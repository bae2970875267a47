package site

import (
	"html"
	"strings"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
)

// languages are the names of lexers for what fences say.
var languages = map[string]string{
	"json": "json", "jsonc": "json", "go": "go", "ts": "typescript", "typescript": "typescript", "js": "javascript",
	"python": "python", "sh": "bash", "bash": "bash", "console": "bash session", "diff": "diff",
}

var formatter = chromahtml.New(chromahtml.WithClasses(true), chromahtml.PreventSurroundingPre(true))

// highlight writes code as HTML, with classes for what its parts are. Code in a
// language that we know nothing of is written plainly.
func highlight(language, code string) (string, error) {
	lexer := lexers.Get(languages[language])
	if languages[language] == "" || lexer == nil {
		return html.EscapeString(code), nil
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, code)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := formatter.Format(&b, styles.Fallback, tokens); err != nil {
		return "", err
	}
	return b.String(), nil
}

// codeBlock is code that is read as such. It can be scrolled from the keyboard.
func codeBlock(language, code string) (string, error) {
	text, err := highlight(language, strings.TrimRight(code, "\n"))
	if err != nil {
		return "", err
	}
	return `<div class="code"><pre tabindex="0" class="chroma"><code>` + text + "</code></pre></div>\n", nil
}
