package python

import (
	"testing"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/emittest"
)

var emitter = Emitter{Wire: "gatesmith_client.wire"}

func TestGolden(t *testing.T) { emittest.Golden(t, emitter, "python") }

// emitted reads and emits the files of a schema.
func emitted(t *testing.T, files map[string][]byte) ([]emit.File, error) {
	t.Helper()
	return emitter.Emit(emittest.Model(t, files))
}
