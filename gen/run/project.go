// Package run joins the generator's stages: it finds the configuration, loads
// and checks the schema folder, emits files in memory, and writes them or
// compares them with what is there. It knows no flags and prints nothing.
//
//	p := run.Open(".", "")
//	model, findings := p.Load()
//	if len(findings) == 0 {
//		plan, err := p.Plan(model)
//		…
//		done, err := plan.Write()
//	}
package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/lint"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Project is a schema folder with the configuration that belongs to it.
type Project struct {
	Config Config

	wd       string       // absolute; shown paths are relative to it
	dir      string       // absolute; the paths of Config are relative to it
	file     *source.File // the configuration, if there is one
	schemaAt *source.Node // where the configuration names the schema folder
	findings diag.List    // of the configuration

	exceptions []lint.Exception
}

// Open finds the project of a folder: the nearest configuration file in it or
// above, else the folder schema in it. With schema that folder is the one, and
// a configuration counts only when it is the one of that folder. What is wrong
// with the configuration comes with the findings of Load.
func Open(wd, schema string) *Project {
	wd, err := filepath.Abs(wd)
	if err != nil { // only where the process has no working folder
		return &Project{findings: unreadable(wd, "the folder", err)}
	}
	start := wd
	if schema != "" {
		start = join(wd, schema)
	}
	if path := findConfig(start); path != "" {
		p := &Project{wd: wd, dir: filepath.Dir(path)}
		p.read(path)
		// A configuration that cannot be read may well be the one.
		if schema == "" || p.file == nil || p.file.Root == nil || sameDir(p.SchemaDir(), start) {
			return p
		}
	}
	if schema == "" {
		schema = "schema"
	}
	return &Project{wd: wd, dir: wd, Config: Config{Schema: schema}}
}

// findConfig walks up to the nearest configuration file; "" when there is none.
func findConfig(dir string) string {
	for {
		path := filepath.Join(dir, ConfigFile)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// read parses the configuration file.
func (p *Project) read(path string) {
	data, err := os.ReadFile(path)
	if err != nil {
		p.findings = unreadable(p.Shown(path), "the configuration", err)
		return
	}
	p.file, p.findings = source.Parse(ConfigFile, p.Shown(path), data)
	if p.file.Root != nil {
		r := &configReader{p: p}
		r.config(p.file.Root)
		p.findings = r.list
	}
}

// Configured reports whether there is a configuration file.
func (p *Project) Configured() bool { return p.file != nil }

// SchemaDir is the schema folder, absolute.
func (p *Project) SchemaDir() string { return p.abs(p.Config.Schema) }

// abs gives a path of the configuration as an absolute one.
func (p *Project) abs(path string) string { return join(p.dir, path) }

// Path gives a path that the user named, relative to where they stand, as an
// absolute one.
func (p *Project) Path(path string) string { return join(p.wd, path) }

// Shown gives a path as messages show it: relative to where the user stands,
// unless that is far off, and with slashes.
func (p *Project) Shown(path string) string {
	rel, err := filepath.Rel(p.wd, path)
	if err != nil || strings.HasPrefix(rel, filepath.Join("..", "..", "..")) {
		rel = path
	}
	return filepath.ToSlash(rel)
}

func join(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// sameDir reports whether two paths lead to one folder, through links as well.
func sameDir(a, b string) bool {
	if a == b {
		return true
	}
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

func unreadable(shown, what string, err error) diag.List {
	var list diag.List
	list.Add(diag.Pos{File: shown}, diag.FileUnreadable, "cannot read %s: %s", what, Plain(err))
	return list
}

// Plain strips the operation and the path that the caller prints itself.
func Plain(err error) string {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error()
	}
	if le, ok := errors.AsType[*os.LinkError](err); ok {
		return le.Err.Error()
	}
	return err.Error()
}
