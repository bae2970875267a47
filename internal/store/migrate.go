package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
)

// embedded are the migrations: a folder for each engine, the same numbers in
// both. One that was released is never changed; there are none downwards,
// because the way back is the copy made before.
//
//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var embedded embed.FS

// versionTable is where goose keeps which migrations were applied.
const versionTable = "goose_db_version"

// schema is what a database has before it is migrated.
type schema struct {
	version int64 // the newest migration applied
	foreign bool  // it has tables, none of ours: somebody else's
}

// readSchema only reads.
func readSchema(ctx context.Context, db *sql.DB, engine Engine) (schema, error) {
	var found schema
	var ours, tables int64
	err := db.QueryRowContext(ctx, engine.Pick(
		`SELECT COALESCE(SUM(name = '`+versionTable+`'), 0), COUNT(*) FROM sqlite_master WHERE type = 'table'`,
		`SELECT (to_regclass('`+versionTable+`') IS NOT NULL)::int, 0`)).Scan(&ours, &tables)
	if err != nil {
		return found, err
	}
	if ours == 0 {
		// In PostgreSQL other programs may well have tables beside ours.
		found.foreign = tables > 0
		return found, nil
	}
	err = db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM `+versionTable).Scan(&found.version)
	return found, err
}

// newProvider gives the migrations of an engine.
func newProvider(engine Engine, db *sql.DB, migrations fs.FS) (*goose.Provider, error) {
	dialect, folder := engine.dialect()
	sub, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.Dialect(dialect), db, sub, goose.WithDisableGlobalRegistry(true))
}

// newestVersion is what this program migrates to.
func newestVersion(engine Engine, migrations fs.FS) (int64, error) {
	provider, err := newProvider(engine, new(sql.DB), migrations)
	if err != nil {
		return 0, err
	}
	sources := provider.ListSources()
	return sources[len(sources)-1].Version, nil
}

// migrate brings the database to the newest version. Each migration is a
// transaction: one that fails leaves the version before it.
func (s *Store) migrate(ctx context.Context, before schema, migrations fs.FS) error {
	target, err := newestVersion(s.engine, migrations)
	if err != nil {
		return err
	}
	switch {
	case before.version > target:
		return &NewerError{Where: s.where, Database: before.version, Program: target}
	case before.version == target:
		return nil
	}
	provider, err := newProvider(s.engine, s.writeDB, migrations)
	if err != nil {
		return err
	}
	began := time.Now()
	if _, err := provider.Up(ctx); err != nil {
		var partial *goose.PartialError
		if errors.As(err, &partial) && partial.Failed != nil {
			err = fmt.Errorf("migration %s: %w", partial.Failed.Source.Path, partial.Err)
		}
		advice := "what that migration did was undone: report this, and go on with the earlier gateway"
		return fmt.Errorf("%s cannot be migrated from version %d to %d: %w: %s", s.where, before.version, target, s.explain(err), advice)
	}
	if before.version > 0 {
		s.log.Info("migrated the database", "from", before.version, "to", target, "took", time.Since(began))
	}
	return nil
}
