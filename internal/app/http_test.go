package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/reference"
	"github.com/gatesmith/gatesmith/protocol"
)

// forwarded marks a request as one that somebody handed on: it is not local.
var forwarded = http.Header{"X-Forwarded-For": {"203.0.113.9"}}

// get reads a route. A header Host is the request's host.
func get(t *testing.T, method, url string, header http.Header) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Host = r.Header.Get("Host")
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func httpURL(ws string) string { return "http" + strings.TrimPrefix(ws, "ws") }

func TestMetricsRoute(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": secret}))
	p.next()
	p.call("health", object{})
	p.failure("no.such", object{})
	wrong := dial(t, url+"/v1/connect", nil)
	wrong.send(connectParams(object{"token": "wrong"}))
	wrong.next()
	wrong.closed()
	_, body := get(t, "GET", httpURL(url)+"/metrics", nil)
	for _, want := range []string{`gateway_connections{dialect="canonical",role="operator"} 1`, `gateway_requests_total{method="health",outcome="ok"} 1`,
		`gateway_requests_total{method="unknown",outcome="INVALID_REQUEST"} 1`, `gateway_auth_failures_total{reason="wrong"} 1`,
		`gateway_handshakes_refused_total{code="INVALID_REQUEST"} 1`, `gateway_build_info{commit="",schema="` + protocol.SchemaHash + `",version="v1.2.3"} 1`} {
		if !strings.Contains(body, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if strings.Contains(body, secret) || strings.Contains(body, "no.such") {
		t.Error("it shows what came over the wire")
	}
}

func TestSchemaRoute(t *testing.T) {
	_, url := gateway(t, t.TempDir(), nil)
	res, body := get(t, "GET", httpURL(url)+"/schema", nil)
	var v object
	if err := json.Unmarshal([]byte(body), &v); err != nil || v["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("%v, $schema %v", err, v["$schema"])
	}
	tag := res.Header.Get("ETag")
	if tag != `"`+protocol.SchemaHash+`"` || res.Header.Get("Content-Type") != "application/schema+json" {
		t.Errorf("headers: %v", res.Header)
	}
	if res, body := get(t, "GET", httpURL(url)+"/schema", http.Header{"If-None-Match": {tag}}); res.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("the same again: %d with %d bytes", res.StatusCode, len(body))
	}
	if res, body := get(t, "HEAD", httpURL(url)+"/schema", nil); res.StatusCode != http.StatusOK || body != "" || res.ContentLength < 1000 {
		t.Errorf("HEAD: %d, %d", res.StatusCode, res.ContentLength)
	}
}

// The site is served as it is written to a folder, under a strict policy.
func TestDocsRoute(t *testing.T) {
	_, url := gateway(t, t.TempDir(), nil)
	if res, _ := get(t, "GET", httpURL(url)+"/docs", nil); res.Header.Get("Location") != "/docs/" {
		t.Errorf("/docs leads to %q", res.Header.Get("Location"))
	}
	files, err := reference.Files()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
	for _, f := range files {
		res, body := get(t, "GET", httpURL(url)+"/docs/"+f.Path, nil)
		if res.StatusCode != http.StatusOK || body != string(f.Data) {
			t.Errorf("%s: %d and %d bytes, want %d", f.Path, res.StatusCode, len(body), len(f.Data))
		}
		if policy := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self';") {
			t.Errorf("%s: policy %q", f.Path, policy)
		}
		if want := kinds[path.Ext(f.Path)]; want != "" && res.Header.Get("Content-Type") != want {
			t.Errorf("%s is of type %q", f.Path, res.Header.Get("Content-Type"))
		}
	}
	_, index := get(t, "GET", httpURL(url)+"/docs/index.html", nil)
	for _, same := range []string{"/docs/", "/docs/index"} {
		if _, body := get(t, "GET", httpURL(url)+same, nil); body != index || body == "" {
			t.Errorf("%s is not the index", same)
		}
	}
	plain, _ := get(t, "GET", httpURL(url)+"/docs/", http.Header{"Accept-Encoding": {"identity"}})
	packed, _ := get(t, "GET", httpURL(url)+"/docs/", http.Header{"Accept-Encoding": {"gzip"}})
	if packed.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("ETag") == plain.Header.Get("ETag") {
		t.Errorf("packed: %v\nplain: %v", packed.Header, plain.Header)
	}
	if res, _ := get(t, "GET", httpURL(url)+"/docs/", http.Header{"If-None-Match": {plain.Header.Get("ETag")}, "Accept-Encoding": {"identity"}}); res.StatusCode != http.StatusNotModified {
		t.Errorf("the same again: %d", res.StatusCode)
	}
	for _, path := range []string{"/docs/nope", "/docs/../../schema/gateway.schema.json", "/docs/%2e%2e/embed.go", "/docs/methods", "/docs/methods/"} {
		if res, _ := get(t, "GET", httpURL(url)+path, nil); res.StatusCode != http.StatusNotFound && res.StatusCode/100 != 3 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if res, _ := get(t, "POST", httpURL(url)+"/docs/", nil); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", res.StatusCode)
	}
}

func TestReadyRoute(t *testing.T) {
	g, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
	type ready struct {
		Ready, Stopping bool
		Engine          string
		Checks          []app.Check
	}
	read := func(header http.Header) (int, ready) {
		t.Helper()
		res, body := get(t, "GET", httpURL(url)+"/readyz", header)
		var r ready
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		return res.StatusCode, r
	}
	status, first := read(nil)
	if status != http.StatusOK || !first.Ready || first.Engine != "SQLite" || len(first.Checks) != 1 || !first.Checks[0].OK || first.Checks[0].TookMs <= 0 {
		t.Errorf("%d %+v", status, first)
	}
	if _, again := read(nil); !again.Checks[0].CheckedAt.Equal(first.Checks[0].CheckedAt) {
		t.Error("it was checked again within the same second")
	}
	if status, r := read(forwarded); status != http.StatusOK || !r.Ready || r.Checks != nil || r.Engine != "" {
		t.Errorf("from elsewhere: %d %+v", status, r)
	}
	if status, r := read(http.Header{"X-Forwarded-For": {"203.0.113.9"}, "Authorization": {"Bearer " + secret}}); status != http.StatusOK || len(r.Checks) != 1 {
		t.Errorf("from elsewhere with the secret: %d %+v", status, r)
	}
	app.BreakStore(g)
	app.ForgetReadiness(g)
	if status, r := read(nil); status != http.StatusServiceUnavailable || r.Ready || r.Checks[0].OK || r.Checks[0].Error == "" {
		t.Errorf("without a store: %d %+v", status, r)
	}
	if status, r := read(forwarded); status != http.StatusServiceUnavailable || r.Ready || r.Checks != nil {
		t.Errorf("without a store, from elsewhere: %d %+v", status, r)
	}
	if time.Since(first.Checks[0].CheckedAt) > time.Minute {
		t.Errorf("checked at %v", first.Checks[0].CheckedAt)
	}
}
