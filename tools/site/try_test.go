package site

import (
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

// TestTryIt calls a real gateway from the pages that it serves.
func TestTryIt(t *testing.T) {
	b, base := open(t), served(t)
	b.width(1280)
	b.visit(base + "methods/health.html")
	said := func(text string) {
		b.until(`document.querySelector(".try .state").textContent.includes("` + text + `")`)
	}
	log := func() string { return value[string](b, `document.querySelector(".try .log").textContent`) }
	newest := func(text string) {
		b.until(`document.querySelector(".try .log > div:first-child")?.textContent.includes("` + text + `")`)
	}
	b.do(visible(".try .connect button"), enter(".try [name=token]", "a wrong token"), click(".try .connect button"))
	said("No connection")
	b.do(set(".try [name=token]", ""), enter(".try [name=token]", token), click(".try .connect button"))
	said("Connected")
	b.do(click(".try .call [type=submit]"))
	said("Done")
	newest("result after")
	if text := log(); !strings.Contains(text, `"status": "ok"`) {
		t.Errorf("health said %s", text)
	}

	// The connection is the next page's, too.
	value[any](b, `document.querySelector('#nav a[href$="/set-heartbeats.html"]').click()`)
	b.until(`document.title.startsWith("set-heartbeats ")`)
	b.do(visible(".try .call [type=submit]"))
	if value[bool](b, `!document.querySelector(".try .connect").hidden`) {
		t.Error("the connection was not kept")
	}
	b.do(set(".try [name=params]", `{ "enabled": "yes" }`), click(".try .call [type=submit]"))
	newest("error after")
	if text := log(); !strings.Contains(text, `"code": "INVALID_REQUEST"`) || !strings.Contains(text, `"/enabled"`) {
		t.Errorf("a wrong call said %s", text)
	}
	b.do(set(".try [name=params]", `{ `), click(".try .call [type=submit]"))
	said("no JSON")

	// Events are heard.
	value[any](b, `document.querySelector('#nav a[href$="/system-event.html"]').click()`)
	b.until(`document.title.startsWith("system-event ")`)
	b.do(visible(".try .call [type=submit]"), set(".try [name=params]", `{ "text": "Node: kitchen", "host": "kitchen" }`),
		click(".try .call [type=submit]"))
	b.until(`document.querySelector(".try .log").textContent.includes("event presence")`)

	if *shots != "" {
		b.shoot("trying")
		b.width(1280)
	}
	for where, text := range map[string]string{
		"the address": `location.href`,
		"storage":     `JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state])`,
		"the page":    `document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea")].map((e) => e.value).join()`,
		"a database":  `indexedDB.databases().then((d) => JSON.stringify(d))`,
	} {
		found := value[string](b, text)
		if strings.Contains(found, token) {
			t.Errorf("the token is in %s", where)
		}
		if where == "a database" && found != "[]" {
			t.Errorf("there are databases: %s", found)
		}
	}
	b.mu.Lock()
	for _, r := range b.requests {
		if strings.Contains(r, "long%20enough") || strings.Contains(r, token) {
			t.Errorf("the token is in the address %s", r)
		}
	}
	b.mu.Unlock()
	b.do(click(".try .disconnect"))
	said("Disconnected")
	b.visit(base + "methods/health.html")
	b.do(visible(".try .connect button"))
	b.quiet("trying", base)
}
