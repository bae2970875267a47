// Generate writes the Go of package keywords, or its Python for the tests of the
// Python client. It is gatesmith generate without lint, which wants every member
// of a schema described.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/golang"
	"github.com/gatesmith/gatesmith/gen/emit/python"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

func main() {
	schema := flag.String("schema", "schema", "schema folder")
	out := flag.String("out", ".", "folder to write to")
	lang := flag.String("lang", "go", "go or python")
	flag.Parse()
	if err := generate(*schema, *out, *lang); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

const module = "github.com/gatesmith/gatesmith"

var emitters = map[string]emit.Emitter{
	"go":     golang.Emitter{Package: "keywords", Import: module + "/tools/keywords", Wire: module + "/protocol/wire"},
	"python": python.Emitter{Wire: "gatesmith_client.wire"},
}

func generate(schema, out, lang string) error {
	emitter, known := emitters[lang]
	if !known {
		return fmt.Errorf("language is %q: expected go or python", lang)
	}
	s, err := oracle.Load(os.DirFS(schema))
	if err != nil {
		return err
	}
	files, err := emitter.Emit(s.Model)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(out, filepath.FromSlash(f.Path)), f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
