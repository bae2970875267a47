package app

import (
	"bytes"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/docs"
	"github.com/gatesmith/gatesmith/protocol"
)

// schema serves the protocol as JSON Schema. Its tag is the hash that the
// handshake names, so that clients know when theirs is old.
func schema(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/schema+json")
	unchanging(w, r, docs.Schema)
}

// reference serves the pages of the protocol's reference, in Markdown. A page
// may be named without its ending.
func reference(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/docs")
	if name == "" {
		name = "/index"
	}
	text, err := docs.Reference.ReadFile("reference" + strings.TrimSuffix(name, ".md") + ".md")
	if err != nil {
		http.Error(w, "there is no such page: begin at /docs/", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
	w.Header().Set("Content-Disposition", "inline")
	unchanging(w, r, text)
}

// unchanging serves what follows from the schema, and so is the same as long as
// that is.
func unchanging(w http.ResponseWriter, r *http.Request, text []byte) {
	w.Header().Set("ETag", `"`+protocol.SchemaHash+`"`)
	w.Header().Set("Cache-Control", "no-cache") // ask, and be told that it is the same
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
}
