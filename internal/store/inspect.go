package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/gatesmith/gatesmith/internal/filelock"
)

// Inspection is what can be told of a database from outside, whether a gateway
// runs on it or not.
type Inspection struct {
	Where   string // the file, or which PostgreSQL database
	Exists  bool
	Size    int64 // of the file
	Version int64 // of its schema; 0 for one that has none yet
	Newest  int64 // the version that this program migrates to
}

// Inspect looks at the database in a state folder without changing it. The
// error is a *DamagedError, a *NewerError, or what kept it from looking.
func Inspect(ctx context.Context, dir string) (Inspection, error) {
	i := Inspection{}
	var err error
	if i.Newest, err = newestVersion(SQLite, embedded); err != nil {
		return i, err
	}
	err = outside(ctx, dir, func(s *Store, db *sql.DB) error {
		i.Where = s.where
		info, err := os.Stat(s.where)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		i.Exists, i.Size = true, info.Size()
		found, err := readSchema(ctx, db, SQLite)
		if err != nil {
			return err
		}
		i.Version = found.version
		switch {
		case found.foreign:
			return explained{fmt.Errorf("%s is another program's database: choose another state folder, or move the file away", s.where)}
		case found.version > i.Newest:
			return &NewerError{Where: s.where, Database: found.version, Program: i.Newest}
		}
		return quickCheck(ctx, db, s.where)
	})
	return i, err
}

// InspectURL looks at a PostgreSQL database without changing it.
func InspectURL(ctx context.Context, url string) (Inspection, error) {
	i := Inspection{Exists: true}
	var err error
	if i.Newest, err = newestVersion(PostgreSQL, embedded); err != nil {
		return i, err
	}
	config, err := postgresConfig(url)
	if err != nil {
		return i, err
	}
	i.Where = wherePostgres(config)
	s := &Store{engine: PostgreSQL, where: i.Where}
	db := stdlib.OpenDB(*config)
	found, err := readSchema(ctx, db, PostgreSQL)
	i.Version = found.version
	if err == nil && found.version > i.Newest {
		err = &NewerError{Where: i.Where, Database: found.version, Program: i.Newest}
	}
	return i, errors.Join(s.explain(err), db.Close())
}

// Copy writes a copy of the SQLite database in a state folder, as it is at this
// moment, to a new file. A gateway may run on it meanwhile. Without a database
// there is no copy, and no error but fs.ErrNotExist.
func Copy(ctx context.Context, dir, path string) error {
	return outside(ctx, dir, func(s *Store, db *sql.DB) error {
		if _, err := os.Stat(s.where); err != nil {
			return err
		}
		if err := copySQLite(ctx, db, path); err != nil {
			return fmt.Errorf("cannot copy the database: %w", s.explain(err))
		}
		return nil
	})
}

// outside opens the database for reading beside whoever has it.
func outside(ctx context.Context, dir string, f func(s *Store, db *sql.DB) error) error {
	path, err := filepath.Abs(filepath.Join(dir, databaseName))
	if err != nil {
		return fmt.Errorf("cannot tell where the state folder is: %w", err)
	}
	s := &Store{engine: SQLite, where: path}
	db, err := sql.Open("sqlite", dsn(path, "mode", "ro", "_pragma", "trusted_schema(0)"))
	if err != nil {
		return err
	}
	return errors.Join(s.explain(f(s, db)), db.Close())
}

// Holder tells which process has a state folder; "" when none has.
func Holder(dir string) (string, error) {
	file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer file.Close()
	if err := filelock.Try(file); errors.Is(err, filelock.ErrHeld) {
		return readHolder(file), nil
	} else if err != nil {
		return "", err
	}
	return "", nil // closing gives the lock back
}

// Hold keeps gateways off a state folder, which must exist, until release is
// called. The error is a *LockedError when one runs on it.
func Hold(dir string) (release func() error, err error) {
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	return lock.release, nil
}

// DatabaseName is the name of the SQLite database in a state folder.
const DatabaseName = databaseName

// IsDatabase reports whether a file of the state folder, by its name there, is
// the database or belongs to it. Such files are not to be copied as they are.
func IsDatabase(name string) bool {
	switch name {
	case databaseName, databaseName + "-wal", databaseName + "-shm", databaseName + "-journal":
		return true
	}
	return false
}

// IsAside reports whether an entry of the state folder is no state: the lock,
// or copies of the database made before migrations.
func IsAside(name string) bool { return name == lockName || name == backupFolder }
