package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const written = "../../schema/meta/gatesmith.schema.json"

// TestUpToDate: the file is what the Go type says.
func TestUpToDate(t *testing.T) {
	want, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(written); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not up to date (%v): run go generate ./gen/run", written, err)
	}
}

// TestVerdicts: editors accept the configuration of this repository, and
// refuse what gatesmith refuses.
func TestVerdicts(t *testing.T) {
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", read(t, written)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(read(t, "../../gatesmith.json")); err != nil {
		t.Error(err)
	}
	for text, valid := range map[string]bool{
		`{}`:                true,
		`{"schema": "s"}`:   true,
		`{"schema": ""}`:    false,
		`{"shema": "s"}`:    false,
		`{"outputs": [{}]}`: false,
		`{"outputs": [{"kind": "bundle", "dir": "b"}]}`:                                         true,
		`{"outputs": [{"kind": "go", "dir": "b", "import": "i", "package": "p", "wire": "w"}]}`: true,
		`{"outputs": [{"kind": "html", "dir": "b"}]}`:                                           false,
		`{"outputs": [{"kind": "bundle", "dir": "b", "draft": 7}]}`:                             false,
		`{"lint": {"exceptions": [{"rule": "r", "at": "a#", "reason": "why"}]}}`:                true,
		`{"lint": {"exceptions": [{"rule": "r", "at": "a#"}]}}`:                                 false,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); (err == nil) != valid {
			t.Errorf("%s is valid: %v, want %v", text, err == nil, valid)
		}
	}
}

func read(t *testing.T, path string) any {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestWrite: a file that is as it should be is left alone.
func TestWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "meta/gatesmith.schema.json")
	if err := write(file); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	if err := write(file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("it was written again: %v", err)
	}
}

// TestDescribed: every key has a description that fits on a line.
func TestDescribed(t *testing.T) {
	data, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, `": { "`) && !strings.Contains(line, `"description": "`) {
			t.Errorf("no description: %s", line)
		}
	}
}
