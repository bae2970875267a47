// Package scaffold makes the files of a new project: a small protocol in the
// schema's dialect, with what an editor, the Go command and gatesmith need to
// work on it at once.
package scaffold

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"go/token"
	"io/fs"
	"path"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/name"
	"github.com/gatesmith/gatesmith/gen/run"
	"github.com/gatesmith/gatesmith/schema"
)

// example is the schema folder of the new project; in protocol.json the name
// is replaced.
//
//go:embed schema
var example embed.FS

const exampleName = `"name": "example"`

// Project is what differs between new projects.
type Project struct {
	Name   string // of the protocol: see ProtocolName
	Schema string // the schema folder, relative to the project
	Import string // the import path of the project's folder
}

// The folders of what is generated.
const (
	GoDir        = "protocol"
	ReferenceDir = "docs/reference"
)

// ProtocolName makes the name of a protocol from that of a folder.
func ProtocolName(folder string) string {
	ascii := strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return '-'
		}
		return r
	}, folder)
	if n := name.Split(ascii).Kebab(); n != "" && n[0] >= 'a' && n[0] <= 'z' {
		return n
	}
	return "example"
}

// Files returns the files of the project in order of their paths.
func (p Project) Files() ([]emit.File, error) {
	files, err := p.schemaFiles()
	if err != nil {
		return nil, err
	}
	meta, err := copied(schema.Files, "meta", path.Join(p.Schema, "meta"))
	if err != nil {
		return nil, err
	}
	files = append(files, meta...)
	files = append(files,
		emit.File{Path: run.ConfigFile, Data: p.config()},
		emit.File{Path: ".vscode/settings.json", Data: p.settings()},
		emit.File{Path: path.Join(p.Schema, "schema.go"), Data: p.goFile()},
	)
	emit.Sort(files)
	return files, nil
}

func (p Project) schemaFiles() ([]emit.File, error) {
	files, err := copied(example, "schema", p.Schema)
	for i, f := range files {
		if path.Base(f.Path) == "protocol.json" {
			files[i].Data = bytes.Replace(f.Data, []byte(exampleName), fmt.Appendf(nil, `"name": %q`, p.Name), 1)
		}
	}
	return files, err
}

// copied lists the files of a folder as they are to stand in another.
func copied(from fs.FS, dir, to string) ([]emit.File, error) {
	var out []emit.File
	err := fs.WalkDir(from, dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(from, file)
		out = append(out, emit.File{Path: path.Join(to, strings.TrimPrefix(file, dir)), Data: data})
		return err
	})
	return out, err
}

// anyValue lists what the frames of the example leave open, with the reasons.
var anyValue = []run.Exception{
	{At: "frames/error.json#/properties/details", Reason: "Each error has details of its own."},
	{At: "frames/event.json#/properties/payload", Reason: "The form belongs to the event."},
	{At: "frames/request.json#/properties/params", Reason: "The form belongs to the method."},
	{At: "frames/response.json#/properties/payload", Reason: "The form belongs to the method."},
}

func (p Project) config() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"$schema\": %s,\n  \"schema\": %s,\n", quote("./"+p.Schema+"/meta/gatesmith.schema.json"), quote(p.Schema))
	fmt.Fprintf(&b, "  \"outputs\": [\n    { \"kind\": \"go\", \"dir\": %s, \"import\": %s },\n", quote(GoDir), quote(p.Import+"/"+GoDir))
	fmt.Fprintf(&b, "    { \"kind\": \"reference\", \"dir\": %s }\n  ],\n", quote(ReferenceDir))
	b.WriteString("  \"lint\": {\n    \"exceptions\": [\n")
	for i, x := range anyValue {
		fmt.Fprintf(&b, "      { \"rule\": %s, \"at\": %s, \"reason\": %s }", quote(string(diag.TypeNoAny)), quote(x.At), quote(x.Reason))
		if i < len(anyValue)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("    ]\n  }\n}\n")
	return []byte(b.String())
}

// bindings are the metaschemas of the kinds of files.
var bindings = []struct{ files, metaschema string }{
	{"protocol.json", "protocol"}, {"methods/**/*.json", "method"}, {"events/*.json", "event"},
	{"types/*.json", "type"}, {"frames/*.json", "frame"}, {"config/*.json", "config"},
}

func (p Project) settings() []byte {
	var b strings.Builder
	b.WriteString("{\n  \"json.schemas\": [\n")
	bind := func(files, metaschema string) {
		fmt.Fprintf(&b, "    { \"fileMatch\": [%s], \"url\": %s }", quote("/"+files), quote("./"+p.Schema+"/meta/"+metaschema+".schema.json"))
	}
	bind(run.ConfigFile, "gatesmith")
	for _, x := range bindings {
		b.WriteString(",\n")
		bind(path.Join(p.Schema, x.files), x.metaschema)
	}
	b.WriteString("\n  ]\n}\n")
	return []byte(b.String())
}

// generateLine is in two parts, or go generate would carry it out here.
const generateLine = "//go:" + "generate go tool gatesmith generate"

// goFile makes the schema folder a package, which embeds it and regenerates
// everything.
func (p Project) goFile() []byte {
	pkg := path.Base(p.Schema)
	if !token.IsIdentifier(pkg) {
		pkg = "schema"
	}
	return fmt.Appendf(nil, `// Package %s holds the %s protocol as JSON Schema files: the only place where
// it is written down.
package %s

import "embed"

%s

// Files is the schema folder, for programs that serve it or check against it.
//
//go:embed protocol.json frames types methods events meta
var Files embed.FS
`, pkg, p.Name, pkg, generateLine)
}

func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
