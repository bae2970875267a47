// Vectors writes accept and reject vectors for every type of a schema, for
// validators in any language to be held to. Verdicts, places and keywords are
// those of an independent JSON Schema validator; no code of ours is asked.
//
//	go run ./tools/vectors -schema schema -out testdata/vectors
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/vectors/vector"
)

func main() {
	folder := flag.String("schema", "schema", "schema folder")
	out := flag.String("out", "testdata/vectors", "folder to write to; generated files there that are not made any more are removed")
	flag.Parse()
	if err := write(*folder, *out); err != nil {
		fmt.Fprintln(os.Stderr, "vectors:", err)
		os.Exit(1)
	}
}

func write(folder, out string) error {
	s, err := oracle.Load(os.DirFS(folder))
	if err != nil {
		return err
	}
	sets, err := vector.Make(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	made := map[string]bool{}
	for _, set := range sets {
		name := set.Type + ".json"
		made[name] = true
		if err := os.WriteFile(filepath.Join(out, name), set.Text(), 0o644); err != nil {
			return err
		}
	}
	return removeOthers(out, made)
}

// removeOthers removes the files of types that are gone.
func removeOthers(out string, made map[string]bool) error {
	files, err := os.ReadDir(out)
	if err != nil {
		return err
	}
	for _, f := range files {
		if made[f.Name()] || !strings.HasSuffix(f.Name(), ".json") {
			continue
		}
		path := filepath.Join(out, f.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Contains(text, []byte(vector.Mark)) {
			continue // written by hand
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}
