//go:build unix

package store

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const nobody = 65534

// For root nothing is read-only: there the store is opened by another user.
func TestWhatCannotBeWrittenIsNamed(t *testing.T) {
	for _, c := range []struct {
		name string
		deny func(dir string) error
		want string
	}{
		{"the file", func(dir string) error { return os.Chmod(filepath.Join(dir, databaseName), 0o400) }, "gateway.db: attempt to write a readonly database"},
		{"the folder", func(dir string) error { return os.Chmod(dir, 0o500) }, "cannot write to the state folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, err := os.MkdirTemp("", "gsro") // t.TempDir can't be entered by others
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(base, "state")
			t.Cleanup(func() { _ = os.Chmod(dir, 0o700); _ = os.RemoveAll(base) })
			mustClose(t, mustOpen(t, Options{Dir: dir}))
			if c.name == "the folder" {
				_ = os.Remove(filepath.Join(dir, lockName))
			}
			if err := c.deny(dir); err != nil {
				t.Fatal(err)
			}
			p := startHelper(t, "open", dir, func(cmd *exec.Cmd) {
				if os.Geteuid() != 0 {
					return
				}
				// The test binary lies in a folder of root's.
				binary := filepath.Join(base, "helper")
				copyFile(t, cmd.Path, binary)
				cmd.Path = binary
				for _, path := range []string{base, dir, filepath.Join(dir, databaseName), filepath.Join(dir, lockName)} {
					_ = os.Chown(path, nobody, nobody)
				}
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
				cmd.Dir = base
			})
			if p.lines.Scan() {
				t.Fatalf("it said %q", p.lines.Text())
			}
			p.wait()
			if !strings.Contains(p.said.String(), c.want) || !strings.Contains(p.said.String(), "let the user that runs the gateway write") {
				t.Errorf("it said %s", p.said.String())
			}
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if closed := out.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
}
