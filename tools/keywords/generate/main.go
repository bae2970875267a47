// Generate writes the Go of package keywords. It is gatesmith generate without
// lint, which wants every member of a schema described.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gatesmith/gatesmith/gen/emit/golang"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

func main() {
	if err := generate("schema", "."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(schema, out string) error {
	s, err := oracle.Load(os.DirFS(schema))
	if err != nil {
		return err
	}
	const module = "github.com/gatesmith/gatesmith"
	files, err := golang.Emitter{Package: "keywords", Import: module + "/tools/keywords", Wire: module + "/protocol/wire"}.Emit(s.Model)
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
