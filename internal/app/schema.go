package app

import (
	"bytes"
	"net/http"
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

// unchanging serves what follows from the schema, and so is the same as long as
// that is.
func unchanging(w http.ResponseWriter, r *http.Request, text []byte) {
	w.Header().Set("ETag", `"`+protocol.SchemaHash+`"`)
	w.Header().Set("Cache-Control", "no-cache") // ask, and be told that it is the same
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
}
