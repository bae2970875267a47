package site

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit/reference"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// panel is the form that calls a method. A script fills it with life, where
// pages are served and not read from a folder.
func (s *site) panel(pg *page, c *reference.Chapter) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div class="try" data-method="%s" data-client="%s" data-tables="%s">`+"\n", html.EscapeString(c.Method.Wire),
		relative(pg.path, "client/"+ClientModule), relative(pg.path, "client/"+TablesModule))
	b.WriteString(`<p class="note">This panel needs JavaScript, and pages that a web server serves.</p>` + "\n")
	b.WriteString(`<form class="connect" autocomplete="off" hidden>
<p>The call goes from this page to the gateway and nowhere else. The token stays in the memory of this page: it is neither stored nor put into an address.</p>
<label>Gateway <input name="address" type="text" inputmode="url" spellcheck="false" required></label>
<label>Token <input name="token" type="password" autocomplete="off" spellcheck="false"></label>
<button type="submit">Connect</button>
</form>
<form class="call" hidden>
`)
	params := "{}"
	list := samples(c)
	if len(list) > 0 {
		params = reference.Pretty(list[0].Exchange.Params)
	}
	if len(list) > 1 {
		b.WriteString(`<label>Example <select name="example">`)
		for _, x := range list {
			fmt.Fprintf(&b, `<option value="%s">%s</option>`, html.EscapeString(reference.Pretty(x.Exchange.Params)), html.EscapeString(strings.ReplaceAll(x.Title, "`", "")))
		}
		b.WriteString("</select></label>\n")
	}
	fmt.Fprintf(&b, `<label>Params <textarea name="params" rows="%s" spellcheck="false">%s</textarea></label>`+"\n", strconv.Itoa(min(strings.Count(params, "\n")+2, 16)), html.EscapeString(params))
	if c.Method.Effect == ir.EffectWrite {
		b.WriteString(`<p class="note">This method changes the state of the gateway.</p>` + "\n")
	}
	b.WriteString(`<div class="actions"><button type="submit">Call</button><button type="button" class="disconnect">Disconnect</button></div>
</form>
<p class="state" role="status"></p>
<div class="log" role="log" aria-label="Answers and events" tabindex="0" hidden></div>
</div>
`)
	return b.String()
}
