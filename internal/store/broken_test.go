package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestADamagedFileIsNamed(t *testing.T) {
	whole := t.TempDir()
	s := mustOpen(t, Options{Dir: whole})
	for i := range 200 {
		put(t, s, strings.Repeat("k", i), strings.Repeat("v", 100))
	}
	mustClose(t, s)
	good, err := os.ReadFile(filepath.Join(whole, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("this is not a database\n", 500)
	spoilt := func(from, to int) []byte {
		bad := append([]byte(nil), good...)
		copy(bad[from:to], text)
		return bad
	}
	for name, data := range map[string][]byte{
		"a text":               []byte(text),
		"a broken header":      spoilt(0, 100),
		"a broken schema":      spoilt(100, 4096),
		"the end is missing":   good[:4096],
		"half a page":          good[:2000],
		"broken from the 2nd":  spoilt(4096, len(good)),
		"a short piece of one": good[:50],
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, databaseName)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(t.Context(), Options{Dir: dir})
			var damaged *DamagedError
			if !errors.As(err, &damaged) {
				t.Fatalf("got %v", err)
			}
			for _, word := range []string{path, "damaged", "backups", ".recover"} {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q is not in: %v", word, err)
				}
			}
			if now, err := os.ReadFile(path); err != nil || string(now) != string(data) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

// Damage in the middle of a table is met when it is read, and by Check.
func TestDamageIsMetLater(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	for i := range 500 {
		put(t, s, strings.Repeat("k", i), strings.Repeat("v", 100))
	}
	mustClose(t, s)
	path := filepath.Join(dir, databaseName)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The last pages are of meta, which grew last.
	copy(data[len(data)-16*4096:], strings.Repeat("damage ", 16*4096/7))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Options{Dir: dir})
	var damaged *DamagedError
	if err := s.Check(t.Context()); !errors.As(err, &damaged) {
		t.Errorf("Check: %v", err)
	}
	err = s.Read(t.Context(), func(q Querier) error {
		var n int
		return q.QueryRowContext(t.Context(), `SELECT SUM(length(key) + length(value)) FROM meta`).Scan(&n)
	})
	if !errors.As(err, &damaged) {
		t.Errorf("Read: %v", err)
	}
	// And is not migrated.
	mustClose(t, s)
	if _, err = Open(t.Context(), Options{Dir: dir, migrations: laterMigrations(t, goodMigration)}); !errors.As(err, &damaged) {
		t.Errorf("Open: %v", err)
	}
}

func TestAnotherProgramsDatabaseIsRefused(t *testing.T) {
	dir := t.TempDir()
	db, err := openSQLiteWriter(filepath.Join(dir, databaseName), "FULL")
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("CREATE TABLE theirs (x)")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "another program's database") {
		t.Errorf("got %v", err)
	}
}
