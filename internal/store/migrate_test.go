package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// laterMigrations are ours and a further one for both engines.
func laterMigrations(t *testing.T, second string) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	err := fs.WalkDir(embedded, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := embedded.ReadFile(path)
		all[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"sqlite", "postgres"} {
		all["migrations/"+folder+"/90001_later.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + second)}
	}
	return all
}

const goodMigration = "CREATE TABLE later (x TEXT NOT NULL);\nINSERT INTO later SELECT value FROM meta WHERE key = 'k';\n"

func TestBothEnginesHaveTheSameMigrations(t *testing.T) {
	names := func(folder string) (names string) {
		entries, err := embedded.ReadDir("migrations/" + folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			names += entry.Name() + "\n"
		}
		return names
	}
	if sqlite, postgres := names("sqlite"), names("postgres"); sqlite != postgres {
		t.Errorf("SQLite:\n%sPostgreSQL:\n%s", sqlite, postgres)
	}
}

func TestAnOlderDatabaseIsMigrated(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		put(t, s, "k", "of old")
		mustClose(t, s)
		later := o
		later.migrations = laterMigrations(t, goodMigration)
		s = mustOpen(t, later)
		var got string
		err := s.Read(t.Context(), func(q Querier) error {
			return q.QueryRowContext(t.Context(), `SELECT x FROM later`).Scan(&got)
		})
		if err != nil || got != "of old" {
			t.Errorf("got %q, %v", got, err)
		}
		mustClose(t, s)
		mustClose(t, mustOpen(t, later)) // does nothing more

		if s.engine == SQLite {
			copies := backupsIn(t, o.Dir)
			if len(copies) != 1 {
				t.Fatalf("copies: %v", copies)
			}
			checkMode(t, copies[0], 0o600)
			checkMode(t, filepath.Dir(copies[0]), 0o700)
			// The copy is what the earlier gateway can go on with.
			restored := t.TempDir()
			if err := os.Rename(copies[0], filepath.Join(restored, databaseName)); err != nil {
				t.Fatal(err)
			}
			if got := get(t, mustOpen(t, Options{Dir: restored}), "k"); got != "of old" {
				t.Errorf("the copy has %q", got)
			}
		}
	})
}

func backupsIn(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, backupFolder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestANewerDatabaseIsRefusedUnchanged(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		later := o
		later.migrations = laterMigrations(t, goodMigration)
		s := mustOpen(t, later)
		put(t, s, "k", "v")
		mustClose(t, s)
		var before [32]byte
		if s.engine == SQLite {
			before = fileHash(t, o.Dir)
		}

		_, err := Open(t.Context(), o)
		var newer *NewerError
		if !errors.As(err, &newer) || newer.Database != 90001 || newer.Program >= 90001 {
			t.Fatalf("got %v", err)
		}
		for _, word := range []string{"schema version 90001", fmt.Sprintf("versions up to %d", newer.Program), "run the newer gateway", "nothing was changed"} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%q is not in: %v", word, err)
			}
		}
		if s.engine == SQLite {
			if fileHash(t, o.Dir) != before || len(backupsIn(t, o.Dir)) != 0 {
				t.Error("something was changed")
			}
		}
		if got := get(t, mustOpen(t, later), "k"); got != "v" {
			t.Errorf("k is %q", got)
		}
	})
}

func fileHash(t *testing.T, dir string) [32]byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}

func TestAFailedMigrationLeavesTheVersionBefore(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		put(t, s, "k", "v")
		mustClose(t, s)
		newest, err := newestVersion(s.engine, embedded)
		if err != nil {
			t.Fatal(err)
		}
		later := o
		later.migrations = laterMigrations(t, "CREATE TABLE half (x TEXT);\nDELETE FROM meta;\nINSERT INTO nowhere VALUES (1);\n")
		_, err = Open(t.Context(), later)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("from version %d to 90001", newest)) || !strings.Contains(err.Error(), "90001_later.sql") {
			t.Errorf("got %v", err)
		}
		if got := get(t, mustOpen(t, o), "k"); got != "v" {
			t.Errorf("k is %q", got)
		}
	})
}

func TestFiveCopiesAreKept(t *testing.T) {
	dir := t.TempDir()
	mustClose(t, mustOpen(t, Options{Dir: dir}))
	backups := filepath.Join(dir, backupFolder)
	if err := os.Mkdir(backups, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"before-migration-20200101T000000.000Z-v1.db", "before-migration-20210101T000000.000Z-v1.db",
		"before-migration-20220101T000000.000Z-v1.db", "before-migration-20230101T000000.000Z-v1.db",
		"before-migration-20240101T000000.000Z-v1.db", "before-migration-20250101T000000.000Z-v1.db",
		"mine.db", "before-migration-notes.txt",
	} {
		if err := os.WriteFile(filepath.Join(backups, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mustOpen(t, Options{Dir: dir, migrations: laterMigrations(t, goodMigration)})
	all := backupsIn(t, dir)
	if len(all) != 7 || !strings.Contains(all[0], "2022") || !strings.HasSuffix(all[5], "notes.txt") || !strings.HasSuffix(all[6], "mine.db") {
		t.Errorf("there are %v", all)
	}
}
