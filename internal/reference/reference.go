// Package reference serves the protocol's reference as a site: the one that
// gatesmith docs --html writes, made of the embedded schema when somebody asks
// for the first of its pages.
//
// The site is in no file of the repository: it follows from the schema, the
// guides and the changelog, and would change with each of them. Making it takes
// a fraction of a second; what is kept is compressed.
package reference

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith"
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/run"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/gen/vendor"
	"github.com/gatesmith/gatesmith/schema"
)

// policy lets pages run the site's own scripts and speak to the gateway that
// they come from. There is no inline script or style in them.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// kinds are the content types of the site's files.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
	".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// file is one of the site, compressed.
type file struct {
	packed []byte
	kind   string
	tag    string
}

// site is the same for every gateway of the process.
var site = sync.OnceValues(build)

// Handler serves the site below the prefix, which ends in a slash. A page may be
// named without its ending.
func Handler(prefix string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		files, err := site()
		if err != nil {
			http.Error(w, "the reference cannot be shown: "+err.Error(), http.StatusInternalServerError)
			return
		}
		name, _ := strings.CutPrefix(r.URL.Path, prefix)
		if name == "" || strings.HasSuffix(name, "/") {
			name += "index.html"
		}
		f, found := files[path.Clean(name)]
		if !found {
			f, found = files[path.Clean(name)+".html"]
		}
		if !found {
			http.Error(w, "there is no such page: begin at "+prefix, http.StatusNotFound)
			return
		}
		f.serve(w, r)
	})
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache") // ask, and be told that it is the same
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", `"`+f.tag+`-gz"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.packed))
		return
	}
	h.Set("ETag", `"`+f.tag+`"`)
	unpacked, err := unpack(f.packed)
	if err != nil { // only when memory is damaged
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(unpacked))
}

// build makes the site and compresses it.
func build() (map[string]*file, error) {
	list, err := Files()
	if err != nil {
		return nil, err
	}
	out := make(map[string]*file, len(list))
	for _, f := range list {
		packed, err := pack(f.Data)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(f.Data)
		kind := kinds[path.Ext(f.Path)]
		if kind == "" {
			kind = "text/plain; charset=utf-8"
		}
		out[f.Path] = &file{packed, kind, hex.EncodeToString(sum[:12])}
	}
	return out, nil
}

// Files are the files of the site.
func Files() ([]emit.File, error) {
	tree, findings := source.Load(schema.Files, "schema")
	p, more := lower.Lower(tree)
	for _, f := range append(findings, more...) {
		return nil, fmt.Errorf("the embedded schema: %s: %s", f.Pos, f.Message)
	}
	text, err := gatesmith.Project.ReadFile(run.ConfigFile)
	if err != nil {
		return nil, err
	}
	config, err := run.ParseConfig(text)
	if err != nil {
		return nil, err
	}
	client, err := vendor.Modules(p, gatesmith.Sources)
	if err != nil {
		return nil, err
	}
	e, err := config.SiteEmitter(gatesmith.Project, client)
	if err != nil {
		return nil, err
	}
	return e.Emit(p)
}

func pack(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return bytes.Clone(b.Bytes()), nil
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
