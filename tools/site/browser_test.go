package site

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/reference"
)

// token is the gateway's. It is looked for where it must not be.
const token = "a token for tests, long enough"

// browser is Chromium with one page, and what the page complained about or asked
// for since somebody looked.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	requests   []string
}

// absent leaves a test out where what it needs is not there, but for CI.
func absent(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip("NOT CHECKED: " + what)
}

func open(t *testing.T) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		absent(t, "there is no Chromium: tools/needs.sh installs it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WindowSize(1280, 900))
	allocated, stop := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, end := chromedp.NewContext(allocated)
	t.Cleanup(func() {
		end()
		stop()
	})
	b := &browser{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.hear); err != nil { // starts the browser
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.complaints = append(b.complaints, fmt.Sprintf("console: %s", e.Args[0].Value))
		}
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, fmt.Sprintf("exception: %+v", e.ExceptionDetails))
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Level == cdplog.EntryLevelWarning {
			b.complaints = append(b.complaints, "log: "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

// do does things on the page within a time that is ample.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 60*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

func enter(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS(selector), text)
}

func set(selector, text string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (v chromedp.Void, err error) {
		_, err = chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%q).value = %q", selector, text))(ctx, t)
		return v, err
	}
}

func visible(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

// value evaluates an expression, which may be a promise.
func value[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 60*time.Second)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%v\nin %.300s", err, expression)
	}
	return out
}

// until waits for an expression to become true. It is asked for again and again
// from here: in the page, that would need what its policy forbids.
func (b *browser) until(expression string) {
	b.t.Helper()
	deadline := time.After(30 * time.Second)
	for again := time.Tick(20 * time.Millisecond); ; {
		// In between two pages there is nothing to ask.
		if is, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!!("+expression+")")); err == nil && is {
			return
		}
		select {
		case <-again:
		case <-deadline:
			b.t.Fatalf("this did not come about: %s\nat %s", expression, value[string](b, `location.href + "\n" + (document.querySelector(".try .state")?.textContent ?? "")`))
		}
	}
}

// visit goes to a page, which has arranged itself when it returns.
func (b *browser) visit(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
	b.until(`document.querySelector("dialog.search") !== null`)
}

func (b *browser) width(pixels int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(pixels, 844))
	value[bool](b, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`) // the page has seen it
}

// quiet fails when a page complained, or asked for anything that does not begin
// with base.
func (b *browser) quiet(where, base string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Errorf("%s: %s", where, c)
	}
	for _, r := range b.requests {
		if !strings.HasPrefix(r, base) && !strings.HasPrefix(r, strings.TrimSuffix("ws"+strings.TrimPrefix(base, "http"), "docs/")) {
			b.t.Errorf("%s: asked for %s", where, r)
		}
	}
	b.complaints, b.requests = nil, nil
}

// served is a gateway's site.
func served(t *testing.T) (base string) {
	t.Helper()
	g := apptest.Start(t, app.Options{StateDir: t.TempDir()}, "", map[string][]string{"token": {token}})
	at, err := url.Parse(g.URL())
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + at.Host + "/docs/"
}

// pages are the paths of all pages.
func pages(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, f := range files(t) {
		if filepath.Ext(f.Path) == ".html" {
			out = append(out, f.Path)
		}
	}
	return out
}

func files(t *testing.T) []emit.File {
	t.Helper()
	list, err := reference.Files()
	if err != nil {
		t.Fatal(err)
	}
	return list
}
