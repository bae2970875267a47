package baseline

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository makes a git repository with a schema folder of one version, which
// is tagged v1, and another version in the work tree.
func repository(t *testing.T) Place {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	for _, f := range [][2]string{
		{"schema/protocol.json", `{ "name": "one" }`}, {"schema/types/A.json", `{}`}, {"schema/meta/x.json", `{`},
		{"schema/notes.txt", "no schema"}, {".gitattributes", "*.json text\n"},
	} {
		write(t, filepath.Join(dir, f[0]), f[1])
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "one"}, {"tag", "v1"}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %s", args, out)
		}
	}
	write(t, filepath.Join(dir, "schema/protocol.json"), `{ "name": "two" }`)
	return Place{Dir: dir, Schema: filepath.Join(dir, "schema")}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRevision: the folder as it was, and no more of it than is schema.
func TestRevision(t *testing.T) {
	p := repository(t)
	for _, name := range []string{"v1", "HEAD", "refs/tags/v1"} {
		tree, list, err := Read(p, name)
		if err != nil || len(list) > 0 {
			t.Fatal(err, list)
		}
		if got := tree.File("protocol.json").Root.Str("name"); got != "one" || len(tree.Files) != 2 {
			t.Errorf("%s: name %q, %d files", name, got, len(tree.Files))
		}
		if shown := tree.File("types/A.json").Shown(); shown != name+":schema/types/A.json" {
			t.Errorf("a file is shown as %s", shown)
		}
	}
}

// TestFolderFirst: what is there under the path is meant before any revision.
func TestFolderFirst(t *testing.T) {
	p := repository(t)
	write(t, filepath.Join(p.Dir, "v1/protocol.json"), `{ "name": "folder" }`)
	tree, _, err := Read(p, "v1")
	if err != nil || tree.File("protocol.json").Root.Str("name") != "folder" {
		t.Error(err)
	}
	if tree, _, err := Read(p, "."); err != nil || tree.File("protocol.json").Root.Str("name") != "two" {
		t.Error("a project's own folder schema", err)
	}
}

// TestWithoutGit: what can be read without it, is; for the rest the message
// names git.
func TestWithoutGit(t *testing.T) {
	p := repository(t)
	t.Setenv("PATH", "")
	if _, _, err := Read(p, "v1"); err == nil || !strings.Contains(err.Error(), "git is not installed, or not on PATH") {
		t.Error(err)
	}
	if _, _, err := Read(p, "schema"); err != nil {
		t.Error(err)
	}
}
