// Package format is the canonical layout of schema files: gatesmith fmt. It
// fixes the order of keywords and where lines break, so that a diff shows what
// changed and nothing else. It never changes what a file says: strings and
// numbers keep their text, lists their order, and instance data (examples,
// defaults, enum values) the order of its members as well. It does not judge
// either; a file that breaks the dialect is formatted like any other.
//
//	out, err := format.Format("types/SessionKey.json", data)
package format

import (
	"errors"

	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Format returns the canonical text of the schema file that stands at path,
// which is relative to the schema folder and tells what kind of file it is.
// Formatting twice changes nothing more.
func Format(path string, data []byte) ([]byte, error) {
	file, list := source.Parse(path, path, data)
	if len(list) > 0 {
		return nil, errors.New(list[0].String())
	}
	return text(file, nil), nil
}

// text lays out one file. Lists replaces what stands in some arrays of
// strings.
func text(file *source.File, lists map[*source.Node][]string) []byte {
	kind := &schemaForm
	if file.Path == dialect.ManifestFile {
		kind = &manifestForm
	}
	p := printer{lists: lists}
	p.value(file.Root, kind, 0)
	return append(p.out, '\n')
}
