package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// facts is where the folder with the facts stands beside the repository.
const facts = "../../../shared/reference"

// TestCommittedIsExtracted holds the committed extract against the facts.
func TestCommittedIsExtracted(t *testing.T) {
	if _, err := os.Stat(facts); err != nil {
		t.Skipf("SKIPPED: there is no %s here, so the committed extract is taken as it is", facts)
	}
	files, err := extract(os.DirFS(facts))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		committed, err := os.ReadFile(filepath.Join("../../protocol/testdata", filepath.FromSlash(f.path)))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(committed, f.data) {
			t.Errorf("%s is not what the facts give: run go run ./tools/recordings", f.path)
		}
	}
}

func TestExtractIsSmall(t *testing.T) {
	const limit = 400 << 10
	list, err := filepath.Glob("../../protocol/testdata/recordings/*.jsonl")
	if err != nil || len(list) == 0 {
		t.Fatal("there is no extract", err)
	}
	total := int64(0)
	for _, path := range list {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > limit {
		t.Errorf("the extract has %d bytes, more than %d", total, limit)
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct{ name, frame, want string }{
		{"nothing to cut", `{"a":[1,"x"],"b":1.50}`, `{"a":[1,"x"],"b":1.50}`},
		{"items of one shape", `{"a":[{"n":1},{"n":2},{"m":3}]}`, `{"a":[{"n":1},{"m":3},"…<truncated: 3 items in total>"]}`},
		{"names are kept", `{"methods":["a","b","c"]}`, `{"methods":["a","b","c"]}`},
		{"a long text", `{"a":"` + string(bytes.Repeat([]byte("x"), 130)) + `"}`, `{"a":"` + string(bytes.Repeat([]byte("x"), 60)) + `…<truncated 70 chars>"}`},
	} {
		got, err := shorten([]byte(c.frame))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.name, got, err, c.want)
		}
	}
}
