package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCommitted: the committed code is what the generator makes now.
func TestCommitted(t *testing.T) {
	dir := t.TempDir()
	if err := generate("../schema", dir, "go"); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		want, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if have, err := os.ReadFile(filepath.Join("..", f.Name())); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s differs from what the generator makes: run go generate (%v)", f.Name(), err)
		}
	}
}
