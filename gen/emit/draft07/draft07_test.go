package draft07

import (
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// TestEveryCheckIsWritten: a new kind of limit cannot be forgotten here.
func TestEveryCheckIsWritten(t *testing.T) {
	for _, kind := range ir.CheckKinds {
		typ := &ir.Type{Kind: ir.String, Checks: []ir.Check{{Kind: kind, Text: "x", Limit: ir.Value{Kind: ir.Int, JSON: "1"}}}}
		text, err := jsondoc.Pretty(Writer{Protocol: &ir.Protocol{}}.Definition(typ))
		if err != nil || !strings.Contains(string(text), `"`+string(kind)+`": `) {
			t.Errorf("%s is not written: %s %v", kind, text, err)
		}
	}
}
