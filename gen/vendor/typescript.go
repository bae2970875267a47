package vendor

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/emit/typescript"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// typeScriptSource is where the TypeScript client is in this repository. Its
// modules refer to each other by relative paths, so they are taken over as they
// stand.
const typeScriptSource = "client/typescript"

// ErrOtherProtocol is why there is no client of a schema in TypeScript.
var ErrOtherProtocol = errors.New("the TypeScript client's runtime is made for the gateway protocol")

// Modules makes the JavaScript modules of the client in all groups, for pages
// that call.
func Modules(p *ir.Protocol, sources fs.FS) ([]emit.File, error) {
	files, err := Files(p, sources, Options{Language: "ts"})
	return slices.DeleteFunc(files, func(f emit.File) bool { return !strings.HasSuffix(f.Path, ".js") && f.Path != "LICENSE" }), err
}

// typeScriptClient makes the folders lib, the runtime, and generated. A
// package.json says that the modules are ES modules, whatever the tree around
// them is.
func typeScriptClient(p *ir.Protocol, sources fs.FS, o Options) ([]emit.File, error) {
	if o.Package != "" {
		return nil, fmt.Errorf("a package is not for TypeScript: modules refer to each other by relative paths")
	}
	runtime, used, err := typeScriptRuntime(p, sources)
	if err != nil {
		return nil, err
	}
	reduced, err := Reduce(p, o.Groups, used)
	if err != nil {
		return nil, err
	}
	if lacks := lackingTypes(reduced, used); len(lacks) > 0 {
		return nil, fmt.Errorf("%w, and this schema has no %s", ErrOtherProtocol, strings.Join(lacks, ", "))
	}
	modules, err := typescript.Emitter{Wire: "../lib/wire/index.js", Base: "../lib/connection.js"}.Emit(reduced)
	if err != nil {
		return nil, err
	}
	for _, f := range modules {
		runtime = append(runtime, emit.File{Path: "generated/" + f.Path, Data: headed(p, "the schema", "// ", f.Data)})
	}
	manifest, err := jsondoc.Pretty((&jsondoc.Object{}).Put("$comment", emit.Header).Put("private", true).Put("type", "module").Put("sideEffects", false))
	if err != nil {
		return nil, err
	}
	return append(runtime, emit.File{Path: "package.json", Data: manifest}), nil
}

// typeScriptUse finds the generated types that a module of the runtime uses:
// imported by name, or in a type.
var typeScriptUse = regexp.MustCompile(`import \{([^}]*)\} from "\.\./generated/types\.js"|import\("\.\./generated/types\.js"\)\.(\w+)`)

func typeScriptRuntime(p *ir.Protocol, sources fs.FS) (files []emit.File, used []string, err error) {
	err = fs.WalkDir(sources, path.Join(typeScriptSource, "lib"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, ".d.ts") {
			return err
		}
		text, err := fs.ReadFile(sources, name)
		if err != nil {
			return err
		}
		for _, found := range typeScriptUse.FindAllStringSubmatch(string(text), -1) {
			used = append(used, strings.FieldsFunc(found[1]+","+found[2], func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })...)
		}
		files = append(files, emit.File{Path: strings.TrimPrefix(name, typeScriptSource+"/"), Data: headed(p, repository+"/"+name, "// ", text)})
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("the sources of the TypeScript client: %w", err)
	}
	return files, slices.Compact(slices.Sorted(slices.Values(used))), nil
}

// lackingTypes lists the types that a runtime uses and a protocol has not.
func lackingTypes(p *ir.Protocol, used []string) []string {
	return slices.DeleteFunc(slices.Clone(used), func(name string) bool {
		return slices.ContainsFunc(p.Types, func(t *ir.Type) bool { return t.Name.Pascal(p.Initialisms) == name })
	})
}
