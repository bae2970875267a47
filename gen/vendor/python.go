package vendor

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/python"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// pythonSource is where the Python client is in this repository. It is one
// package with relative imports, so the folder may have any name.
const pythonSource = "client/python/src/gatesmith_client"

// pythonClient makes one package: the runtime, and the folder protocol with what
// follows from the schema.
func pythonClient(p *ir.Protocol, sources fs.FS, o Options) ([]emit.File, error) {
	if o.Package != "" {
		return nil, fmt.Errorf("a package is not for Python: the folder is the package, under whatever name it has")
	}
	files, used, err := pythonRuntime(p, sources)
	if err != nil {
		return nil, err
	}
	reduced, err := Reduce(p, o.Groups, used)
	if err != nil {
		return nil, err
	}
	modules, err := python.Emitter{Wire: "..wire"}.Emit(reduced)
	if err != nil {
		return nil, err
	}
	var exported string
	for _, f := range modules {
		if f.Path == "__init__.py" {
			exported = string(f.Data)
		}
		files = append(files, emit.File{Path: "protocol/" + f.Path, Data: headed(p, "the schema", "# ", f.Data)})
	}
	lacks := slices.DeleteFunc(used, func(name string) bool {
		module := slices.ContainsFunc(modules, func(f emit.File) bool { return f.Path == name+".py" })
		return module || regexp.MustCompile(`\b`+name+`\b`).MatchString(exported)
	})
	if len(lacks) > 0 {
		return nil, fmt.Errorf("the Python client's runtime is made for the gateway protocol, and this schema has no %s", strings.Join(lacks, ", "))
	}
	return files, nil
}

// pythonUse finds what a module of the runtime imports from the generated
// package, in one line or in brackets.
var pythonUse = regexp.MustCompile(`(?m)^from \.+protocol import (\([^)]*\)|[^(\n]*)$`)

func pythonRuntime(p *ir.Protocol, sources fs.FS) (files []emit.File, used []string, err error) {
	err = fs.WalkDir(sources, pythonSource, func(name string, d fs.DirEntry, err error) error {
		within := strings.TrimPrefix(name, pythonSource+"/")
		switch {
		case err != nil:
			return err
		case d.IsDir() && (within == "protocol" || d.Name() == "__pycache__"):
			return fs.SkipDir // the one is made anew
		case d.IsDir() || !strings.HasSuffix(name, ".py") && d.Name() != "py.typed":
			return nil
		}
		text, err := fs.ReadFile(sources, name)
		if err != nil {
			return err
		}
		for _, found := range pythonUse.FindAllStringSubmatch(string(text), -1) {
			used = append(used, strings.FieldsFunc(found[1], func(r rune) bool { return strings.ContainsRune("(), \n", r) })...)
		}
		if d.Name() != "py.typed" {
			text = headed(p, repository+"/"+name, "# ", text)
		}
		files = append(files, emit.File{Path: within, Data: text})
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("the sources of the Python client: %w", err)
	}
	return files, slices.Compact(slices.Sorted(slices.Values(used))), nil
}
