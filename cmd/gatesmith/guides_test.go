package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"golang.org/x/mod/modfile"
)

// TestGuides follows docs/embed.md from an empty folder, and docs/add-a-method.md
// from where that ends. With -update it rewrites the outputs of commands; those of
// examples in Go are for the author to see to.
func TestGuides(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles a program of its own")
	}
	for _, program := range []string{"git", "go"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(program + " is not installed")
			}
			t.Skip("NOT CHECKED: " + program + " is not installed")
		}
	}
	reader := &pageReader{t: t, wd: t.TempDir()}
	reader.arrived = func() { requireOurs(t, reader.wd) }
	for _, page := range []string{"../../docs/embed.md", "../../docs/add-a-method.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		followed := reader.follow(string(text))
		switch {
		case followed == string(text):
		case *update:
			if err := os.WriteFile(page, []byte(followed), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s is not what happens (go test ./cmd/gatesmith -run Guides -update rewrites it):\n%s", page, followed)
		}
	}
	if reader.done < 14 {
		t.Errorf("only %d blocks were followed", reader.done)
	}
}

// requireOurs has a module require this one as it stands, and what this one
// requires: what the commands on the page do with a network.
func requireOurs(t *testing.T, dir string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := readModule(t, root), readModule(t, dir)
	for _, r := range ours.Require {
		theirs.AddNewRequire(r.Mod.Path, r.Mod.Version, r.Indirect)
	}
	const module = "github.com/gatesmith/gatesmith"
	theirs.AddNewRequire(module, "v0.0.0", false)
	if err := theirs.AddReplace(module, "", root, ""); err != nil {
		t.Fatal(err)
	}
	text, err := theirs.Format()
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"go.mod": text, "go.sum": sums} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func readModule(t *testing.T, dir string) *modfile.File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return mod
}

// duration is how long a test took, which is never the same.
var duration = regexp.MustCompile(`\t(\d+\.\d+s|\(cached\))`)

// goCommand runs the go command without a network, in the module that the page
// makes. That it fails is for the page to say.
func (r *pageReader) goCommand(cmd *exec.Cmd, out *bytes.Buffer) string {
	cmd.Dir = r.wd
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly -trimpath", "GOWORK=off", "GOTOOLCHAIN=local", "CGO_ENABLED=0")
	_ = cmd.Run()
	return duration.ReplaceAllString(out.String(), "\t0.01s")
}
