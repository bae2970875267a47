package protocol_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/vectors/vector"
)

//go:generate go run ../tools/vectors -schema ../schema -out ../testdata/vectors

const vectorsFolder = "../testdata/vectors"

var modes = map[string]wire.Mode{"strict": wire.Strict, "lenient": wire.Lenient}

// TestVectors runs the vectors that all languages share: those that were made
// from the schema, and those written by hand for traps.
func TestVectors(t *testing.T) {
	count := map[bool]int{}
	for _, folder := range []string{vectorsFolder, filepath.Join(vectorsFolder, "traps")} {
		sets, err := vector.Read(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range sets {
			typ := subject.Type(t, set.Type)
			for _, v := range set.Tests {
				count[set.Generated]++
				where := set.Type + ": " + v.Description + " (" + v.Mode + ")"
				mode, known := modes[v.Mode]
				if !known {
					t.Errorf("%s: there is no such mode", where)
				}
				_, err := typ.Decode(v.JSON(), mode)
				checkVector(t, where, v, err)
			}
		}
	}
	t.Logf("%d vectors from the schema, %d by hand", count[true], count[false])
	if count[true] < 6*len(registered) || count[false] < 60 {
		t.Error("where are the vectors?")
	}
}

func checkVector(t *testing.T, where string, v vector.Vector, err error) {
	t.Helper()
	if (err == nil) != v.Valid {
		t.Errorf("%s: valid should be %v, we say %v\n%s", where, v.Valid, err, v.JSON())
		return
	}
	if err == nil {
		return
	}
	var issues wire.Issues
	if !errors.As(err, &issues) || len(issues) == 0 {
		t.Errorf("%s: the refusal gives no issues: %v", where, err)
		return
	}
	if v.Path != nil && issues[0].Path != *v.Path {
		t.Errorf("%s: the place should be %q, we say %q\n%s", where, *v.Path, issues[0].Path, v.JSON())
	}
	if v.Rule != "" && issues[0].Rule != v.Rule {
		t.Errorf("%s: the rule should be %q, we say %q\n%s", where, v.Rule, issues[0].Rule, v.JSON())
	}
}

// TestVectorsAreCurrent: the committed vectors are those of the schema.
func TestVectorsAreCurrent(t *testing.T) {
	subject.Load(t)
	sets, err := vector.Make(subject.Schema)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]bool{}
	for _, set := range sets {
		made[set.Type] = true
		if len(set.Tests) < 6 {
			t.Errorf("%s has only %d vectors", set.Type, len(set.Tests))
		}
		committed, err := os.ReadFile(filepath.Join(vectorsFolder, set.Type+".json"))
		if err != nil || string(committed) != string(set.Text()) {
			t.Errorf("%s differs from what the schema gives: run go generate (%v)", set.Type, err)
		}
	}
	files, err := filepath.Glob(filepath.Join(vectorsFolder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); !made[name] {
			t.Errorf("%s is of no type: run go generate", file)
		}
	}
}
