package protocol_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// reviewed is a list of departures from a rule that somebody has looked at and
// found right, with the reasons. What is not listed fails the test, and so
// does a row by which nothing departs any more.
type reviewed struct {
	rows map[string]string
	used map[string]bool
}

func review(t *testing.T, rows map[string]string) *reviewed {
	r := &reviewed{rows, map[string]bool{}}
	t.Cleanup(func() {
		var idle []string
		for key, reason := range rows {
			if reason == "" {
				t.Errorf("the exception %q has no reason", key)
			}
			if !r.used[key] {
				idle = append(idle, key)
			}
		}
		slices.Sort(idle)
		for _, key := range idle {
			t.Errorf("the exception %q is not needed any more", key)
		}
	})
	return r
}

// allows reports whether a departure is listed.
func (r *reviewed) allows(key string) bool {
	_, ok := r.rows[key]
	if ok {
		r.used[key] = true
	}
	return ok
}

// facts gives the folder with the protocol's facts, which stands beside the
// repository when the project is worked on, and skips the test elsewhere.
func facts(t *testing.T) fs.FS {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		found := filepath.Join(filepath.Dir(dir), "shared", "reference")
		if info, err := os.Stat(found); err == nil && info.IsDir() {
			return os.DirFS(found)
		}
		if filepath.Dir(dir) == dir {
			t.Skip("SKIPPED: there is no ../shared/reference beside the repository; the committed extract of it is tested all the same")
		}
		dir = filepath.Dir(dir)
	}
}

// parsed is a JSON text as encoding/json sees it: an opinion of its own on
// what a text means.
func parsed(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
