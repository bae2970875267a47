package golang

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

func TestTry(t *testing.T) {
	s := time.Now()
	tree, list := source.Load(os.DirFS("../../../schema"), "schema")
	p, more := lower.Lower(tree)
	list = append(list, more...)
	diag.WriteText(os.Stdout, list, tree.Text)
	t.Log(time.Since(s))
	s = time.Now()
	files, err := Emitter{Package: "protocol", Import: "github.com/gatesmith/gatesmith/protocol", Wire: "github.com/gatesmith/gatesmith/protocol/wire"}.Emit(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(s))
	for _, f := range files {
		os.WriteFile(filepath.Join("../../../protocol", f.Path), f.Data, 0o644)
		t.Log(f.Path, len(f.Data))
	}
}
