// Package backup copies a state folder and puts it back: the database as it is
// at one moment while the gateway runs, every other file with a digest.
//
// A backup is a folder or a tar.gz with three things in it: state/, what is in
// the state folder; config/, the configuration file; and manifest.json, which
// lists every file with its size and SHA-256.
package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
)

// Names in a backup.
const (
	manifestName = "manifest.json"
	stateFolder  = "state"
	configFolder = "config"

	tempPrefix = ".backup-" // of the folder in the state folder while a backup is made
)

// format is the version of what a backup looks like.
const format = 1

// Manifest says what a backup holds.
type Manifest struct {
	Format   int       `json:"format"`
	MadeAt   time.Time `json:"madeAt"`
	Gateway  string    `json:"gateway"`          // version of the program that made it
	Database string    `json:"database"`         // sqlite, or postgres: then it is not in the backup
	Schema   int64     `json:"schema,omitempty"` // the database's version
	Files    []File    `json:"files"`
}

// File is a file of a backup.
type File struct {
	Path   string `json:"path"` // with slashes, from the backup's root
	Size   int64  `json:"size"`
	Mode   uint32 `json:"mode"` // permission bits
	SHA256 string `json:"sha256"`
}

// Size is that of all files together.
func (m *Manifest) Size() (bytes int64) {
	for _, f := range m.Files {
		bytes += f.Size
	}
	return bytes
}

// Options say what to save.
type Options struct {
	StateDir   string
	ConfigPath string // "" for none
	Postgres   bool   // the database is elsewhere
	Version    string // of this program
	Now        func() time.Time
}

// Make saves a state folder. Left out is what belongs to a process and not to
// the state: locks, sockets, the address, logs, and earlier copies.
func Make(ctx context.Context, o Options, to Sink) (*Manifest, error) {
	now := o.Now
	if now == nil {
		now = time.Now
	}
	if info, err := os.Stat(o.StateDir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("there is no state folder %s: name it with --state-dir", o.StateDir)
	}
	w := &writer{ctx: ctx, to: to, manifest: &Manifest{Format: format, MadeAt: now().UTC(), Gateway: o.Version, Database: "sqlite"}}
	if o.Postgres {
		w.manifest.Database = "postgres"
	} else if err := w.database(o.StateDir); err != nil {
		return nil, err
	}
	if err := w.folder(o.StateDir); err != nil {
		return nil, err
	}
	if o.ConfigPath != "" && !within(o.StateDir, o.ConfigPath) {
		err := w.file(o.ConfigPath, path.Join(configFolder, filepath.Base(o.ConfigPath)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return w.manifest, w.finish()
}

// within reports whether a file is in a folder, which then is saved with it.
func within(dir, file string) bool {
	below, err := filepath.Rel(dir, file)
	return err == nil && filepath.IsLocal(below)
}

// writer adds files and notes them.
type writer struct {
	ctx      context.Context
	to       Sink
	manifest *Manifest
}

// database adds a copy of the database, made beside it: there is room where it
// is, and the file system is the same.
func (w *writer) database(stateDir string) error {
	found, err := store.Inspect(w.ctx, stateDir)
	if err != nil || !found.Exists {
		return err
	}
	w.manifest.Schema = found.Version
	temp, err := os.MkdirTemp(stateDir, tempPrefix+"*")
	if err != nil {
		return fmt.Errorf("cannot copy the database: %w", err)
	}
	defer os.RemoveAll(temp)
	copied := filepath.Join(temp, store.DatabaseName)
	if err := store.Copy(w.ctx, stateDir, copied); err != nil {
		return err
	}
	return w.file(copied, path.Join(stateFolder, store.DatabaseName))
}

// stays reports whether an entry of the state folder is no state, and stays
// where it is: locks, the address, logs, earlier copies, and what other backups
// and restores are at.
func stays(name string) bool {
	switch {
	case name == "gateway.json", name == "console.sock", name == "logs", store.IsAside(name), strings.HasSuffix(name, ".partial"):
		return true
	}
	for _, prefix := range []string{tempPrefix, ".probe-", keptPrefix, stagingPrefix} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// folder adds what else is in the state folder. A file that goes meanwhile is
// none that has to be kept.
func (w *writer) folder(stateDir string) error {
	return filepath.WalkDir(stateDir, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) && at != stateDir {
				return nil
			}
			return fmt.Errorf("cannot read the state folder: %w", err)
		}
		if err := w.ctx.Err(); err != nil {
			return err
		}
		below, err := filepath.Rel(stateDir, at)
		if err != nil || below == "." {
			return err
		}
		if filepath.Dir(below) == "." && (stays(below) || store.IsDatabase(below)) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil // folders come with their files; sockets and links are not state
		}
		err = w.file(at, path.Join(stateFolder, filepath.ToSlash(below)))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// file adds a file as long as it is now: one that grows meanwhile is cut off.
func (w *writer) file(from, name string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	entry := File{Path: name, Size: info.Size(), Mode: uint32(info.Mode().Perm())}
	hash := sha256.New()
	if err := w.to.Add(entry, io.TeeReader(io.LimitReader(f, entry.Size), hash)); err != nil {
		return fmt.Errorf("cannot save %s: %w", from, err)
	}
	entry.SHA256 = hex.EncodeToString(hash.Sum(nil))
	w.manifest.Files = append(w.manifest.Files, entry)
	return nil
}

// finish adds the manifest, which comes last because it tells what came.
func (w *writer) finish() error {
	text, err := json.MarshalIndent(w.manifest, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	return w.to.Add(File{Path: manifestName, Size: int64(len(text)), Mode: 0o600}, strings.NewReader(string(text)))
}
