package store

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// NewerError is of a database that a newer gateway has migrated.
type NewerError struct {
	Where    string // which database
	Database int64  // its schema version
	Program  int64  // the newest that this program knows
}

// Error says which versions met, and what to do.
func (e *NewerError) Error() string {
	return fmt.Sprintf("%s has schema version %d, made by a newer gateway; this one knows versions up to %d: "+
		"run the newer gateway, or use the backup that it made before it migrated; nothing was changed",
		e.Where, e.Database, e.Program)
}

// LockedError is of a state folder or database that another process has.
type LockedError struct {
	Where  string // what is locked
	Holder string // who has it
	Advice string // what to do
}

// Error names the other, and says what to do.
func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is in use by %s: %s", e.Where, e.Holder, e.Advice)
}

// DamagedError is of a SQLite file that can't be understood.
type DamagedError struct {
	Path   string
	Detail error
}

// Error says what was found, and what to do.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is damaged or not a database (%v): stop the gateway, keep a copy of the file and of those "+
		"that begin with its name, and put back a copy from the folder backups, or recover what can be with "+
		"the program sqlite3 and its command .recover", e.Path, e.Detail)
}

// Unwrap gives the engine's error.
func (e *DamagedError) Unwrap() error { return e.Detail }

// explained marks an error that says already what to do.
type explained struct{ error }

func (e explained) Unwrap() error { return e.error }

// explain adds what to do to those errors of an engine that someone who runs a
// gateway meets. Others, such as a mistake in SQL, stay as they are.
func (s *Store) explain(err error) error {
	var damaged *DamagedError
	var done explained
	if err == nil || errors.As(err, &damaged) || errors.As(err, &done) {
		return err
	}
	if s.engine == PostgreSQL {
		return s.explainPostgres(err)
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	advice := ""
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return &DamagedError{Path: s.where, Detail: err}
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		advice = "let the user that runs the gateway write the file and its folder, and check that the disk is not mounted read-only"
	case sqlite3.SQLITE_CANTOPEN:
		advice = "check that the file and its folder belong to the user that runs the gateway"
	case sqlite3.SQLITE_FULL:
		advice = "the disk is full: make room"
	case sqlite3.SQLITE_BUSY:
		advice = "another program holds the file: end it, for example a sqlite3 shell with an open transaction"
	case sqlite3.SQLITE_IOERR:
		advice = "the disk failed to read or write: look into the system's log"
	default:
		return err
	}
	return explained{fmt.Errorf("%s: %w: %s", s.where, err, advice)}
}

func (s *Store) explainPostgres(err error) error {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return explained{fmt.Errorf("%s cannot be reached: %w: start the server, or correct the URL", s.where, err)}
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) || len(e.Code) < 2 {
		return err
	}
	advice := ""
	switch {
	case e.Code == "25006":
		advice = "the server is read-only, perhaps a standby: use the primary"
	case e.Code == "42501":
		advice = "grant the user the right to create and write tables in the schema"
	case e.Code[:2] == "57":
		advice = "the server is stopping or starting: try again"
	case e.Code[:2] == "53":
		advice = "the server has run out of disk, memory or connections: make room"
	default:
		return err
	}
	return explained{fmt.Errorf("%s: %w: %s", s.where, err, advice)}
}
