package reference

import (
	"testing"

	"github.com/gatesmith/gatesmith/gen/emit/emittest"
)

func TestGolden(t *testing.T) { emittest.Golden(t, Emitter{}, "docs") }
