// Configschema writes the JSON Schema of gatesmith.json, for editors, from the
// Go type that the file is read into and from its comments.
//
//	go run ./tools/configschema schema/meta/gatesmith.schema.json
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/gatesmith/gatesmith/gen/format"
	"github.com/gatesmith/gatesmith/gen/run"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "configschema: expected one argument: the file to write")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "configschema: %s\n", err)
		os.Exit(1)
	}
}

// write leaves a file alone that is as it should be.
func write(file string) error {
	data, err := schema()
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return run.WriteFile(file, data)
}

// schema is the text of the schema, in the layout of schema files.
func schema() ([]byte, error) {
	r := &jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, Mapper: kinds}
	dir, err := packageDir()
	if err != nil {
		return nil, err
	}
	t := reflect.TypeFor[run.Config]()
	if err := r.AddGoComments("", dir, jsonschema.WithFullComment()); err != nil {
		return nil, err
	}
	// The library files comments under the folder they were found in, and
	// looks for them under the import path.
	comments := r.CommentMap
	r.CommentMap = map[string]string{}
	for key, text := range comments {
		r.CommentMap[t.PkgPath()+strings.TrimPrefix(key, dir)] = strings.Join(strings.Fields(text), " ")
	}
	s := r.ReflectFromType(t)
	s.Title = run.ConfigFile
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return format.Format("meta/gatesmith.schema.json", data)
}

// kinds lists the values of run.Kind, which reflection cannot see.
func kinds(t reflect.Type) *jsonschema.Schema {
	if t != reflect.TypeFor[run.Kind]() {
		return nil
	}
	s := &jsonschema.Schema{Type: "string"}
	for _, k := range run.Kinds {
		s.Enum = append(s.Enum, string(k))
	}
	return s
}

// packageDir is where the source of package run is: the command is for working
// on this repository and may be started anywhere in it.
func packageDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		source := filepath.Join(dir, "gen", "run")
		if _, err := os.Stat(filepath.Join(source, "config.go")); err == nil {
			return source, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("gen/run is neither in this folder nor in one above: start the command inside the repository")
		}
		dir = parent
	}
}
