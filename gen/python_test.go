package gen_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gatesmith/gatesmith/gen/emit/python"
)

// TestPythonOfEveryCase emits the Python of every schema that is accepted:
// twice with the same bytes, and such that Python can compile it.
func TestPythonOfEveryCase(t *testing.T) {
	emitter := python.Emitter{Wire: "gatesmith_client.wire"}
	dir := t.TempDir()
	for _, c := range cases(t) {
		o := c.run(t)
		if len(o.findings) > 0 {
			continue
		}
		files, err := emitter.Emit(o.model)
		if err != nil {
			t.Errorf("%s: %v", c, err)
			continue
		}
		again, err := emitter.Emit(o.model)
		if err != nil {
			t.Fatal(err)
		}
		same(t, c.String(), files, again)
		for _, f := range files {
			path := filepath.Join(dir, filepath.FromSlash(c.name), f.Path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	compiler, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no python3 to compile the emitted modules with")
		}
		t.Skip("SKIPPED: there is no python3 to compile the emitted modules with")
	}
	if out, err := exec.Command(compiler, "-W", "error", "-m", "compileall", "-q", dir).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, bytes.TrimSpace(out))
	}
}
