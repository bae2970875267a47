package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/internal/fsync"
)

// The copies made before migrations: how their names begin, so that no other
// file of the folder is ever removed, and how many are kept.
const (
	migrationBackup      = "before-migration-"
	migrationBackupsKept = 5
)

// Backup writes a copy of the database as it is at this moment to a new file,
// while reads and writes go on. For SQLite; a PostgreSQL database is saved with
// pg_dump.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.engine == PostgreSQL {
		return errors.New("store: a PostgreSQL database is not saved by the gateway: use pg_dump")
	}
	if !s.enterRead() {
		return ErrClosed
	}
	defer s.reads.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	if err := copySQLite(ctx, s.readDB, path); err != nil {
		return fmt.Errorf("cannot save the database: %w", s.explain(err))
	}
	return nil
}

// copySQLite writes the copy beside its place first and then moves it there:
// a file of the given name is always whole.
func copySQLite(ctx context.Context, db *sql.DB, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already: choose another name, or move it away", path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir := filepath.Dir(path)
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.partial") // 0600
	if err != nil {
		return err
	}
	partial := file.Name()
	defer func() { _ = os.Remove(partial) }()
	if err := file.Close(); err != nil {
		return err
	}
	// VACUUM takes an empty file for a new one, and its name as an argument.
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", partial); err != nil {
		return err
	}
	if err := fsync.File(partial); err != nil {
		return err
	}
	if err := os.Rename(partial, path); err != nil {
		return err
	}
	return fsync.Folder(dir)
}

// backupBeforeMigration keeps what a failed or regretted upgrade needs.
func (s *Store) backupBeforeMigration(ctx context.Context, db *sql.DB, version int64) error {
	dir := filepath.Join(s.dir, backupFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// The time comes first, so that names sort by age.
	name := fmt.Sprintf("%s%s-v%d.db", migrationBackup, s.now().UTC().Format("20060102T150405.000Z"), version)
	path := filepath.Join(dir, name)
	if err := copySQLite(ctx, db, path); err != nil {
		return err
	}
	s.log.Info("copied the database before its migration", "to", path, "version", version)
	return dropOldBackups(dir)
}

func dropOldBackups(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), migrationBackup) && strings.HasSuffix(entry.Name(), ".db") {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	for _, name := range names[:max(0, len(names)-migrationBackupsKept)] {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}
