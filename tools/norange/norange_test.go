package norange

import (
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

func TestAnalyzer(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), Analyzer, "emit")
}

// ordered are the packages whose output has to be the same every time: the
// emitters, what they take names and shapes from, and what writes schema files.
var ordered = []string{"gen/emit/...", "gen/name", "gen/shape", "gen/ir", "gen/format"}

// TestEmittersDoNotRangeOverMaps runs the analyzer over the packages whose
// output is compared byte by byte.
func TestEmittersDoNotRangeOverMaps(t *testing.T) {
	var patterns []string
	for _, o := range ordered {
		patterns = append(patterns, "github.com/gatesmith/gatesmith/"+o)
	}
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded) < len(ordered) || packages.PrintErrors(loaded) > 0 {
		t.Fatalf("%d packages were loaded for %q", len(loaded), patterns)
	}
	graph, err := checker.Analyze([]*analysis.Analyzer{Analyzer}, loaded, nil)
	if err != nil {
		t.Fatal(err)
	}
	for act := range graph.All() {
		if act.Err != nil {
			t.Fatal(act.Err)
		}
		for _, d := range act.Diagnostics {
			t.Errorf("%s: %s", act.Package.Fset.Position(d.Pos), d.Message)
		}
	}
}
