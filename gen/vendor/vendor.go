// Package vendor makes clients that people keep in their own trees: the
// generated code of the groups that they ask for, and with it the hand-written
// runtime, so that nothing of this repository is needed to build them.
//
//	files, err := vendor.Files(protocol, gatesmith.Sources, vendor.Options{Language: "go", Package: "example.com/app/gateway"})
//
// A language is a function in the table below: another one is added by writing
// it.
package vendor

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Options say what to make.
type Options struct {
	Language string
	Groups   []string // groups of methods; none means all
	Package  string   // what the target language knows the folder as: for Go its import path
	Tool     string   // the version of gatesmith, for the record; may be empty
}

// client makes the files of a client in one language, of what Reduce leaves of
// the protocol. Sources is this repository.
type client func(p *ir.Protocol, sources fs.FS, o Options) ([]emit.File, error)

// clients are the languages, in the order in which messages name them.
var clients = []struct {
	language string
	make     client
}{
	{"go", goClient},
	{"ts", typeScriptClient},
	{"python", pythonClient},
}

// Languages lists what can be vendored.
func Languages() []string {
	var out []string
	for _, c := range clients {
		out = append(out, c.language)
	}
	return out
}

// RecordFile says in the vendored folder where it came from.
const RecordFile = "gatesmith-vendor.json"

// Files makes a client: every file, its path relative to the folder that it
// goes to.
func Files(p *ir.Protocol, sources fs.FS, o Options) ([]emit.File, error) {
	i := slices.Index(Languages(), o.Language)
	if i < 0 {
		return nil, fmt.Errorf("no client is in %q: expected %s", o.Language, strings.Join(Languages(), " or "))
	}
	files, err := clients[i].make(p, sources, o)
	if err != nil {
		return nil, err
	}
	licence, err := fs.ReadFile(sources, "LICENSE")
	if err != nil {
		return nil, fmt.Errorf("the licence: %w", err)
	}
	record, err := record(p, o)
	if err != nil {
		return nil, err
	}
	files = append(files, emit.File{Path: "LICENSE", Data: licence}, emit.File{Path: RecordFile, Data: record})
	emit.Sort(files)
	return files, nil
}

// record is what a vendored folder says of itself. Its hash tells whether two
// folders, or a folder and a gateway, are of one schema.
func record(p *ir.Protocol, o Options) ([]byte, error) {
	doc := (&jsondoc.Object{}).Put("$comment", emit.Header).
		Put("protocol", p.Name).Put("version", p.Version).Put("schema", p.Hash).
		Put("language", o.Language)
	if o.Package != "" {
		doc.Put("package", o.Package)
	}
	if len(o.Groups) > 0 {
		doc.Put("groups", slices.Sorted(slices.Values(o.Groups)))
	}
	if o.Tool != "" {
		doc.Put("gatesmith", o.Tool)
	}
	return jsondoc.Pretty(doc)
}

// provenance is what stands at the head of every vendored file, below the line
// that marks it as generated.
func provenance(p *ir.Protocol, from string) []string {
	return []string{
		fmt.Sprintf("A client of the %s protocol, version %d, vendored by gatesmith", p.Name, p.Version),
		"from " + from + ".",
		"Schema: " + p.Hash,
		"Licence: MIT, see the file LICENSE of the vendored folder.",
	}
}

// headed puts the head before a file: the line that marks it as generated, and
// where it came from. Sign is what begins a comment.
func headed(p *ir.Protocol, from, sign string, text []byte) []byte {
	mark := sign + emit.Header + "\n"
	head := mark + strings.TrimRight(sign, " ") + "\n"
	for _, line := range provenance(p, from) {
		head += sign + line + "\n"
	}
	text = bytes.TrimLeft(bytes.TrimPrefix(text, []byte(mark)), "\n")
	return append([]byte(head+"\n"), text...)
}
