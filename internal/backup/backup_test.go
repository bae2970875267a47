package backup_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/backup"
	"github.com/gatesmith/gatesmith/internal/store"
)

// write puts the same number under two keys at once.
func write(st *store.Store, n int) error {
	ctx := context.Background()
	return st.Write(ctx, func(tx *store.Tx) error {
		for _, key := range []string{"left", "right"} {
			if _, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, fmt.Sprint(n)); err != nil {
				return err
			}
		}
		return nil
	})
}

// numbers reads the two keys.
func numbers(t *testing.T, dir string) (left, right int) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	err = st.Read(t.Context(), func(q store.Querier) error {
		if err := q.QueryRowContext(t.Context(), `SELECT value FROM meta WHERE key = 'left'`).Scan(&left); err != nil {
			return err
		}
		return q.QueryRowContext(t.Context(), `SELECT value FROM meta WHERE key = 'right'`).Scan(&right)
	})
	if err != nil {
		t.Fatal(err)
	}
	return left, right
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// state is a state folder with all that may be in one, and its configuration.
func state(t *testing.T) backup.Options {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(write(st, 1), st.Close()); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"token": "hush\n", "media/a/b.txt": "deep", "empty": "", "gateway.json": "{}", "logs/gateway.log": "lines",
		"backups/before-migration-x.db": "old", ".probe-1": "", "gateway.json.partial": ""} {
		put(t, filepath.Join(dir, name), content)
	}
	config := filepath.Join(t.TempDir(), "gateway.json5")
	put(t, config, "{ /* mine */ }")
	return backup.Options{StateDir: dir, ConfigPath: config, Version: "v1.2.3", Now: func() time.Time { return time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC) }}
}

func archive(t *testing.T, o backup.Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "backup.tar.gz")
	a, err := backup.NewArchive(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = backup.Make(t.Context(), o, a)
	if err := a.Close(err); err != nil {
		t.Fatal(err)
	}
	return path
}

func folder(t *testing.T, o backup.Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "backup")
	f, err := backup.NewFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = backup.Make(t.Context(), o, f)
	if err := f.Close(err); err != nil {
		t.Fatal(err)
	}
	return path
}

// What was saved comes back, in either form, and nothing else does.
func TestRoundTrip(t *testing.T) {
	for name, form := range map[string]func(*testing.T, backup.Options) string{"archive": archive, "folder": folder} {
		t.Run(name, func(t *testing.T) {
			from := state(t)
			path := form(t, from)
			m, err := backup.Check(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range m.Files {
				names = append(names, f.Path)
			}
			if got, want := strings.Join(names, " "), "state/gateway.db state/empty state/media/a/b.txt state/token config/gateway.json5"; got != want {
				t.Errorf("the backup has %s, want %s", got, want)
			}
			if m.Gateway != "v1.2.3" || m.Database != "sqlite" || m.Schema == 0 || !m.MadeAt.Equal(from.Now()) || m.Size() == 0 {
				t.Errorf("the manifest is %+v", m)
			}
			to := filepath.Join(t.TempDir(), "state")
			config := filepath.Join(t.TempDir(), "conf", "gateway.json5")
			done, err := backup.Restore(t.Context(), path, backup.RestoreOptions{StateDir: to, ConfigPath: config})
			if err != nil || done.Kept != "" || done.Config != config {
				t.Fatalf("%+v, %v", done, err)
			}
			if text(t, filepath.Join(to, "token")) != "hush\n" || text(t, filepath.Join(to, "media/a/b.txt")) != "deep" || text(t, config) != "{ /* mine */ }" {
				t.Error("a file came back different")
			}
			if left, right := numbers(t, to); left != 1 || right != 1 {
				t.Errorf("the database came back with %d and %d", left, right)
			}
			entries, _ := os.ReadDir(to)
			for _, e := range entries {
				if strings.HasPrefix(e.Name(), ".") {
					t.Errorf("%s was left behind", e.Name())
				}
			}
			if info, err := os.Stat(filepath.Join(to, "token")); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the token: %v, %v", info, err)
			}
		})
	}
}

// A backup made while a gateway writes is of one moment, and as new as what
// was acknowledged before it.
func TestBackupBesideWrites(t *testing.T) {
	o := state(t)
	st, err := store.Open(t.Context(), store.Options{Dir: o.StateDir})
	if err != nil {
		t.Fatal(err)
	}
	stop, done, at := make(chan struct{}), make(chan error, 1), make(chan int)
	go func() {
		for n := 2; ; n++ {
			if err := write(st, n); err != nil {
				done <- err
				return
			}
			select {
			case <-stop:
				done <- nil
				return
			case at <- n:
			default:
			}
		}
	}()
	for range 3 {
		known := <-at
		to := filepath.Join(t.TempDir(), "state")
		if _, err := backup.Restore(t.Context(), archive(t, o), backup.RestoreOptions{StateDir: to}); err != nil {
			t.Fatal(err)
		}
		if left, right := numbers(t, to); left != right || left < known {
			t.Errorf("after %d the backup has %d and %d", known, left, right)
		}
	}
	close(stop)
	if err := errors.Join(<-done, st.Close()); err != nil {
		t.Error(err)
	}
}

// A restore goes over nothing that is there, unless it is told to; then what
// was there is kept.
func TestRestoreOverState(t *testing.T) {
	path := archive(t, state(t))
	to := state(t)
	put(t, filepath.Join(to.StateDir, "mine"), "kept")
	put(t, to.ConfigPath, "{ /* other */ }")
	options := backup.RestoreOptions{StateDir: to.StateDir, ConfigPath: to.ConfigPath, Now: to.Now}
	if _, err := backup.Restore(t.Context(), path, options); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Fatalf("over a state folder: %v", err)
	}
	st, err := store.Open(t.Context(), store.Options{Dir: to.StateDir})
	if err != nil {
		t.Fatal(err)
	}
	options.Force = true
	if _, err := backup.Restore(t.Context(), path, options); !errors.As(err, new(*store.LockedError)) {
		t.Fatalf("over a gateway that runs: %v", err)
	}
	if err := errors.Join(write(st, 7), st.Close()); err != nil {
		t.Fatal(err)
	}
	done, err := backup.Restore(t.Context(), path, options)
	if err != nil || done.Skipped != to.ConfigPath || done.Config != "" {
		t.Fatalf("%+v, %v", done, err)
	}
	if want := filepath.Join(to.StateDir, "before-restore-20261128T120000Z"); done.Kept != want {
		t.Errorf("the old state is in %s, want %s", done.Kept, want)
	}
	if left, _ := numbers(t, to.StateDir); left != 1 {
		t.Errorf("restored: %d", left)
	}
	if left, _ := numbers(t, done.Kept); left != 7 {
		t.Errorf("kept: %d", left)
	}
	if text(t, filepath.Join(done.Kept, "mine")) != "kept" || text(t, filepath.Join(to.StateDir, "logs/gateway.log")) != "lines" {
		t.Error("something else changed its place")
	}
	if _, err := os.Stat(filepath.Join(to.StateDir, "mine")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("what was there is still there")
	}
	options.WithConfig, options.Now = true, time.Now
	done, err = backup.Restore(t.Context(), path, options)
	if err != nil || done.Config != to.ConfigPath || text(t, done.KeptConfig) != "{ /* other */ }" || text(t, to.ConfigPath) != "{ /* mine */ }" {
		t.Errorf("%+v, %v", done, err)
	}
}

// Of a restore that was interrupted while files changed places, gateways are
// told; another restore puts it right.
func TestInterrupted(t *testing.T) {
	path := archive(t, state(t))
	to := state(t).StateDir
	left := filepath.Join(to, ".restore-1")
	put(t, filepath.Join(left, "state", "token"), "half")
	if err := backup.Interrupted(to); err != nil {
		t.Errorf("it only read: %v", err)
	}
	put(t, filepath.Join(left, "swapping"), "")
	if err := backup.Interrupted(to); err == nil || !strings.Contains(err.Error(), "restore again with --force") {
		t.Errorf("while files changed places: %v", err)
	}
	if _, err := backup.Restore(t.Context(), path, backup.RestoreOptions{StateDir: to, Force: true}); err != nil {
		t.Fatal(err)
	}
	if err := backup.Interrupted(to); err != nil {
		t.Errorf("after another restore: %v", err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there", left)
	}
}

// A backup that was touched is refused, and nothing is changed.
func TestTouched(t *testing.T) {
	for _, c := range []struct {
		name  string
		touch func(t *testing.T, dir string)
		want  string
	}{
		{"changed", func(t *testing.T, dir string) { put(t, filepath.Join(dir, "state/token"), "evil\n") }, "state/token was changed"},
		{"missing", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "state/token")) }, "state/token is missing"},
		{"added", func(t *testing.T, dir string) { put(t, filepath.Join(dir, "state/more"), "") }, "state/more was added"},
		{"elsewhere", func(t *testing.T, dir string) { put(t, filepath.Join(dir, "more"), "") }, `there is no place for "more"`},
		{"a link", func(t *testing.T, dir string) { os.Symlink("/etc/passwd", filepath.Join(dir, "state/link")) }, "is no plain file"},
		{"no manifest", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "manifest.json")) }, "there is no manifest.json in it"},
		{"a broken manifest", func(t *testing.T, dir string) { put(t, filepath.Join(dir, "manifest.json"), "{") }, "manifest.json is damaged"},
		{"another format", func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, "manifest.json"), `{"format":9,"gateway":"v9"}`)
		}, "has format 9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, state(t))
			c.touch(t, dir)
			to := filepath.Join(t.TempDir(), "state")
			_, err := backup.Restore(t.Context(), dir, backup.RestoreOptions{StateDir: to})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if entries, _ := os.ReadDir(to); len(entries) != 1 { // the lock
				t.Errorf("left behind: %v", entries)
			}
		})
	}
}

func TestDamagedArchive(t *testing.T) {
	path := archive(t, state(t))
	whole := text(t, path)
	for name, damaged := range map[string]string{"cut": whole[:len(whole)/2], "flipped": whole[:len(whole)/2] + string([]byte{whole[len(whole)/2] ^ 1}) + whole[len(whole)/2+1:], "no archive": "hello"} {
		put(t, path, damaged)
		if _, err := backup.Check(t.Context(), path); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	if _, err := backup.Check(t.Context(), path+"-none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestNotMade(t *testing.T) {
	o := state(t)
	if _, err := backup.NewArchive(archive(t, o)); err == nil {
		t.Error("an archive was written over another")
	}
	if _, err := backup.NewFolder(o.StateDir); err == nil {
		t.Error("a folder that is not empty was taken")
	}
	put(t, filepath.Join(o.StateDir, store.DatabaseName), strings.Repeat("no database", 100))
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	a, err := backup.NewArchive(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = backup.Make(t.Context(), o, a)
	if err := a.Close(err); !errors.As(err, new(*store.DamagedError)) {
		t.Errorf("of a damaged database: %v", err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
	o.StateDir += "-none"
	if _, err := backup.Make(t.Context(), o, a); err == nil {
		t.Error("there is no state folder, and a backup of it")
	}
}

// A configuration in the state folder is saved once.
func TestConfigurationInside(t *testing.T) {
	o := state(t)
	o.ConfigPath = filepath.Join(o.StateDir, "gatesmith", "gateway.json5")
	put(t, o.ConfigPath, "{}")
	path := archive(t, o)
	m, err := backup.Check(t.Context(), path)
	if err != nil || m.Files[2].Path != "state/gatesmith/gateway.json5" || len(m.Files) != 5 {
		t.Errorf("%+v, %v", m, err)
	}
	to := filepath.Join(t.TempDir(), "state")
	if _, err := backup.Restore(t.Context(), path, backup.RestoreOptions{StateDir: to, ConfigPath: filepath.Join(to, "gatesmith", "gateway.json5")}); err != nil {
		t.Error(err)
	}
}

// With PostgreSQL the rest is saved.
func TestPostgres(t *testing.T) {
	o := state(t)
	o.Postgres = true
	m, err := backup.Check(t.Context(), archive(t, o))
	if err != nil || m.Database != "postgres" {
		t.Fatalf("%+v, %v", m, err)
	}
	for _, f := range m.Files {
		if strings.Contains(f.Path, store.DatabaseName) {
			t.Errorf("%s is in it", f.Path)
		}
	}
}
