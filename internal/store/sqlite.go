package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// openSQLite opens the file in the state folder. Nothing is written to it
// before its version is known to be one of ours.
func (s *Store) openSQLite(ctx context.Context, migrations fs.FS, synchronous string) error {
	path, err := filepath.Abs(filepath.Join(s.dir, databaseName))
	if err != nil {
		return fmt.Errorf("cannot tell where the state folder is: %w", err)
	}
	s.where = path
	if err := closeToOthers(path); err != nil {
		return err
	}
	before, err := s.inspectSQLite(ctx, path, migrations)
	if err != nil {
		return err
	}
	s.writeDB, err = openSQLiteWriter(path, synchronous)
	if err != nil {
		return err
	}
	var journal string
	if err := s.writeDB.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&journal); err != nil {
		return err
	}
	if journal != "wal" {
		return explained{fmt.Errorf("%s cannot be used with a write-ahead log: choose a state folder on a local disk", path)}
	}
	if err := s.migrate(ctx, before, migrations); err != nil {
		return err
	}
	s.readDB, err = openSQLiteReaders(path)
	return err
}

// closeToOthers makes the file if need be, so that it has its permissions from
// the start; SQLite gives the files beside it the same.
func closeToOthers(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("cannot make the database: %w", err)
		}
		return file.Close()
	}
	if err != nil {
		return fmt.Errorf("cannot look at the database: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, info.Mode().Perm()&^0o077); err != nil {
			return fmt.Errorf("cannot close the database to others: %w: give the file to the user that runs the gateway", err)
		}
	}
	return nil
}

// inspectSQLite looks at the file without changing it, and copies it when it is
// about to be migrated.
func (s *Store) inspectSQLite(ctx context.Context, path string, migrations fs.FS) (schema, error) {
	db, err := sql.Open("sqlite", dsn(path, "mode", "ro"))
	if err != nil {
		return schema{}, err
	}
	defer func() { _ = db.Close() }()
	before, err := readSchema(ctx, db, SQLite)
	if err != nil {
		return schema{}, err
	}
	if before.foreign {
		return schema{}, explained{fmt.Errorf("%s is another program's database: choose another state folder, or move the file away", path)}
	}
	target, err := newestVersion(SQLite, migrations)
	if err != nil {
		return schema{}, err
	}
	if before.version > target {
		return schema{}, &NewerError{Where: path, Database: before.version, Program: target}
	}
	if before.version > 0 && before.version < target {
		if err := quickCheck(ctx, db, path); err != nil {
			return schema{}, err
		}
		if err := s.backupBeforeMigration(ctx, db, before.version); err != nil {
			return schema{}, fmt.Errorf("cannot copy the database before its migration from version %d to %d: %w: "+
				"make room, or let the gateway write to the folder backups; nothing was changed", before.version, target, err)
		}
	}
	return before, nil
}

// dsn names a file for the driver. As a URI, so that any path will do.
func dsn(path string, settings ...string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	// _error_rc and _dqs: no misleading message, and no misspelt name taken
	// for a text.
	q := url.Values{"_busy_timeout": {"5000"}, "_error_rc": {"1"}, "_dqs": {"0"}}
	for i := 0; i < len(settings); i += 2 {
		q.Add(settings[i], settings[i+1])
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	return u.String()
}

// openSQLiteWriter gives the one connection that writes. With synchronous FULL
// a commit is on the disk, in the log, when it returns; macOS needs to be told
// that it is meant.
func openSQLiteWriter(path, synchronous string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path,
		"_journal_mode", "WAL", "_synchronous", synchronous, "_foreign_keys", "1",
		"_txlock", "immediate", "_defensive", "1",
		"_pragma", "fullfsync(1)", "_pragma", "journal_size_limit(67108864)", "_pragma", "trusted_schema(0)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func openSQLiteReaders(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, "mode", "ro", "_pragma", "trusted_schema(0)"))
	if err != nil {
		return nil, err
	}
	n := max(4, runtime.GOMAXPROCS(0))
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// Check looks for damage: an error says what was found. It reads the whole
// file. PostgreSQL looks after itself.
func (s *Store) Check(ctx context.Context) error {
	if s.engine == PostgreSQL {
		return nil
	}
	if !s.enterRead() {
		return ErrClosed
	}
	defer s.reads.Done()
	return s.explain(quickCheck(ctx, s.readDB, s.where))
}

func quickCheck(ctx context.Context, db *sql.DB, path string) error {
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return &DamagedError{Path: path, Detail: errors.New(found)}
	}
	return nil
}
