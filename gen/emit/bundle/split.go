package bundle

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/format"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Split turns a bundle that Draft2020 made back into the files of a schema
// folder, for source.New. The files have the canonical layout: a formatted
// folder comes back byte for byte.
func Split(data []byte) (map[string][]byte, error) {
	doc, list := source.Parse("bundle", "bundle", data)
	if len(list) > 0 {
		return nil, errors.New(list[0].String())
	}
	manifest, defs := doc.Root.Get("x-protocol"), doc.Root.Get("$defs")
	if manifest == nil || manifest.Kind != source.Object || defs == nil || defs.Kind != source.Object {
		return nil, fmt.Errorf("%s: this is no bundle of a protocol: expected an object with x-protocol and $defs", doc.Root.Pos())
	}
	files := map[string][]byte{}
	add := func(name string, text []byte) error {
		out, err := format.Format(name, text)
		files[name] = out
		return err
	}
	if err := add(dialect.ManifestFile, manifest.Raw()); err != nil {
		return nil, err
	}
	for _, m := range defs.Members {
		name := m.Key + ".json"
		// The names become paths on a disk: none may lead out of the folder.
		if !fs.ValidPath(name) || strings.ContainsAny(name, `\:`) || name == dialect.ManifestFile {
			return nil, fmt.Errorf("%s: $defs key %q is no path of a schema file", defs.KeyPos(m.Key), m.Key)
		}
		text, err := pointOutside(defs, m)
		if err != nil {
			return nil, err
		}
		if err := add(name, text); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// pointOutside gives the text of an entry with its references leading to the
// files again.
func pointOutside(defs *source.Node, entry source.Member) ([]byte, error) {
	r := rewritten{strings: map[*source.Node]string{}}
	var err error
	dialect.Walk(entry.Value, func(schema *source.Node) {
		ref := schema.Get("$ref")
		if ref == nil || ref.Kind != source.String || err != nil {
			return
		}
		key, pointer, ok := cutRef(ref.Text)
		if !ok || !defs.Has(key) {
			err = fmt.Errorf("%s: $ref %q leads to no entry of the bundle: expected \"#/$defs/<path>\"", ref.Pos(), ref.Text)
			return
		}
		r.strings[ref] = relative(entry.Key, key, pointer)
	})
	if err != nil {
		return nil, err
	}
	return r.append(nil, entry.Value), nil
}

// cutRef takes a reference apart: the entry it leads to, and the pointer
// within.
func cutRef(ref string) (key, pointer string, ok bool) {
	escaped, inside := strings.CutPrefix(ref, "#/$defs/")
	if !inside {
		return "", "", false
	}
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return "", "", false
	}
	token, rest, deeper := strings.Cut(plain, "/")
	if deeper {
		pointer = "/" + rest
	}
	return source.UnescapePointer(token), pointer, true
}

// relative is the reference from one file to a place in another, as people
// write it.
func relative(from, to, pointer string) string {
	if from == to {
		return "#" + pointer
	}
	dir := strings.Split(path.Dir(from), "/")
	if path.Dir(from) == "." {
		dir = nil
	}
	target := strings.Split(to, "/")
	common := 0
	for common < len(dir) && common < len(target)-1 && dir[common] == target[common] {
		common++
	}
	ref := strings.Repeat("../", len(dir)-common) + strings.Join(target[common:], "/") + ".json"
	if pointer != "" {
		ref += "#" + pointer
	}
	return ref
}
