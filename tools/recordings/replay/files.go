package replay

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/gatesmith/gatesmith/tools/recordings/transcript"
)

// Load reads the extract of a recording that is committed beside a test. Where
// the recordings are, it is compared with them; with update it is made anew.
func Load(t *testing.T, name string, methods, events []string, update bool) *transcript.Transcript {
	t.Helper()
	committed := filepath.Join("testdata", "recordings", name)
	if whole := recording(t, name); whole != nil {
		want, err := Extract(name, whole, methods, events)
		if err != nil {
			t.Fatal(err)
		}
		if update {
			if err := os.MkdirAll(filepath.Dir(committed), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(committed, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if have, err := os.ReadFile(committed); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is not what the recordings give (%v): run the test with -update", committed, err)
		}
	}
	data, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	list, err := transcript.Read(fstest.MapFS{name: {Data: data}})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Exchanges) == 0 {
		t.Fatalf("there is nothing in %s", committed)
	}
	return list
}

// recording gives a whole recording, or nil where there are none beside the
// repository.
func recording(t *testing.T, name string) []byte {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "shared", "reference", "upstream-transcripts", name))
		if err == nil {
			return data
		}
	}
	return nil
}
