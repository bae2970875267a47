package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"golang.org/x/mod/modfile"
)

// goModule is the Go module that a folder is in; the zero value is none.
type goModule struct {
	dir, path string
	has       bool // it requires gatesmith, or is gatesmith
}

// findModule walks up to the nearest go.mod. The folder need not exist yet.
func findModule(dir string) (goModule, error) {
	for {
		file := filepath.Join(dir, "go.mod")
		data, err := os.ReadFile(file)
		if err == nil {
			mod, err := modfile.ParseLax(file, data, nil)
			if err != nil {
				return goModule{}, err
			}
			if mod.Module == nil {
				return goModule{}, fmt.Errorf("%s: the file names no module", file)
			}
			has := mod.Module.Mod.Path == gatesmith || slices.ContainsFunc(mod.Require, func(r *modfile.Require) bool { return r.Mod.Path == gatesmith })
			return goModule{dir: dir, path: mod.Module.Mod.Path, has: has}, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return goModule{}, nil
		}
		dir = up
	}
}

// within is a folder as seen from the module's, with slashes.
func (m goModule) within(dir string) string {
	rel, err := filepath.Rel(m.dir, dir)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(rel)
}

// language is the Go version of new modules: that of gatesmith's own, for a
// module cannot say less than what it requires.
const language = "1.26.6"

// newModule is the text of a go.mod. It requires gatesmith only where its
// version can be had.
func newModule(modulePath string) []byte {
	text := fmt.Sprintf("module %s\n\ngo %s\n\ntool %s/cmd/gatesmith\n", modulePath, language, gatesmith)
	if v := ownVersion(); v != "" {
		text += fmt.Sprintf("\nrequire %s %s\n", gatesmith, v)
	}
	return []byte(text)
}

func ownVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return released(info)
}

// nextSteps says what is left to do by hand: generated code calls package
// wire, and go generate runs gatesmith, so the module has to require both.
func (t *tool) nextSteps(dir string, mod goModule, made bool) {
	v := ownVersion()
	command := ""
	switch {
	case mod.has:
	case v != "" && made:
		command = "go mod tidy"
	case v != "":
		command = fmt.Sprintf("go get -tool %s/cmd/gatesmith@%s && go mod tidy", gatesmith, v)
	default:
		command = fmt.Sprintf("go mod edit -tool=%s/cmd/gatesmith -require=%s@v0.0.0 -replace=%s=CHECKOUT && go mod tidy", gatesmith, gatesmith, gatesmith)
	}
	if command != "" {
		t.say("the generated code needs package %s/protocol/wire; in %s run:", gatesmith, dir)
		t.say("\t%s", command)
	}
	if command != "" && v == "" {
		t.say("where CHECKOUT is the folder that this gatesmith was built from")
	}
	t.say("then change the schema, and run go generate ./... after each change")
}
