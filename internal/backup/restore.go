package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
)

// How folders that a restore makes in the state folder are named: while it
// reads, and where it keeps what was there before.
const (
	stagingPrefix = ".restore-"
	keptPrefix    = "before-restore-"
)

// RestoreOptions say where a backup goes.
type RestoreOptions struct {
	StateDir   string
	Force      bool   // also over a state folder that is not empty
	ConfigPath string // where the configuration goes
	WithConfig bool   // also over one that is there
	Now        func() time.Time
}

// Restored says what was done.
type Restored struct {
	*Manifest
	Kept       string // the folder with what was in the state folder before; "" when it was empty
	Config     string // where the configuration was written; "" when it was not
	KeptConfig string // the configuration that was there before, under its new name
	Skipped    string // the configuration that was left as it is
}

// Restore puts a backup into a state folder. Everything is read, compared with
// its digest and looked at before anything is changed. Then gateways are kept
// off the folder while files change places; what was there is moved aside, not
// removed.
//
// All of that happens inside the folder, so that it works for mount points,
// and for users who may write nowhere else.
func Restore(ctx context.Context, from string, o RestoreOptions) (*Restored, error) {
	now := o.Now
	if now == nil {
		now = time.Now
	}
	if err := os.MkdirAll(o.StateDir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the state folder: %w", err)
	}
	release, err := store.Hold(o.StateDir)
	if err != nil {
		return nil, err
	}
	r := &restore{options: o, done: &Restored{}, stamp: now().UTC().Format("20060102T150405Z")}
	err = r.run(ctx, from)
	return r.done, errors.Join(err, release())
}

type restore struct {
	options RestoreOptions
	done    *Restored
	stamp   string
	staging string
}

func (r *restore) run(ctx context.Context, from string) error {
	old, err := r.present()
	if err != nil {
		return err
	}
	if len(old) > 0 && !r.options.Force {
		return fmt.Errorf("the state folder %s is not empty: restore into another one, or say --force, which moves what is there aside", r.options.StateDir)
	}
	if r.staging, err = os.MkdirTemp(r.options.StateDir, stagingPrefix+"*"); err != nil {
		return fmt.Errorf("cannot write to the state folder: %w", err)
	}
	defer os.RemoveAll(r.staging)
	if err := r.stage(ctx, from); err != nil {
		return err
	}
	if err := r.swap(old); err != nil {
		return err
	}
	return r.config()
}

// swapMark is in the folder of a restore while files change places.
const swapMark = "swapping"

// Interrupted is an error when a restore ended while files changed places: the
// state is neither the old one nor that of the backup, and nothing should be
// started on it.
func Interrupted(stateDir string) error {
	_, restores := Leftovers(stateDir)
	for _, left := range restores {
		if _, err := os.Stat(filepath.Join(left, swapMark)); err == nil {
			return fmt.Errorf("a restore into %s was interrupted, and files are missing: restore again with --force; what was there before is in the newest folder %s…", stateDir, keptPrefix)
		}
	}
	return nil
}

// Leftovers lists what interrupted backups and restores left in a state folder.
func Leftovers(stateDir string) (backups, restores []string) {
	entries, _ := os.ReadDir(stateDir)
	for _, e := range entries {
		path := filepath.Join(stateDir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), tempPrefix):
			backups = append(backups, path)
		case strings.HasPrefix(e.Name(), stagingPrefix):
			restores = append(restores, path)
		}
	}
	return backups, restores
}

// present lists what is in the state folder and would be replaced.
func (r *restore) present() ([]string, error) {
	entries, err := os.ReadDir(r.options.StateDir)
	if err != nil {
		return nil, fmt.Errorf("cannot read the state folder: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !stays(e.Name()) && e.Type()&fs.ModeSocket == 0 {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// stage reads the backup into the folder and looks at its database.
func (r *restore) stage(ctx context.Context, from string) error {
	root, err := os.OpenRoot(r.staging)
	if err != nil {
		return err
	}
	defer root.Close()
	r.done.Manifest, err = read(ctx, from, func(f File, content io.Reader) error { return put(root, f, content) })
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(r.staging, stateFolder), 0o700); err != nil {
		return err
	}
	if _, err := store.Inspect(ctx, filepath.Join(r.staging, stateFolder)); err != nil {
		return fmt.Errorf("nothing was changed: the database of the backup: %w", err)
	}
	return nil
}

// swap moves what is there aside and the backup to its place. When it fails,
// what was moved goes back.
func (r *restore) swap(old []string) error {
	var undo []func() error
	move := func(from, to string) error {
		if err := os.Rename(from, to); err != nil {
			return err
		}
		undo = append(undo, func() error { return os.Rename(to, from) })
		return nil
	}
	err := func() error {
		if err := r.mark(); err != nil {
			return err
		}
		if len(old) > 0 {
			r.done.Kept = filepath.Join(r.options.StateDir, keptPrefix+r.stamp)
			if err := os.Mkdir(r.done.Kept, 0o700); err != nil {
				return err
			}
		}
		for _, name := range old {
			if err := move(filepath.Join(r.options.StateDir, name), filepath.Join(r.done.Kept, name)); err != nil {
				return err
			}
		}
		entries, err := os.ReadDir(filepath.Join(r.staging, stateFolder))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := move(filepath.Join(r.staging, stateFolder, e.Name()), filepath.Join(r.options.StateDir, e.Name())); err != nil {
				return err
			}
		}
		return nil
	}()
	if err == nil {
		// What earlier restores left is of no use any more.
		_, restores := Leftovers(r.options.StateDir)
		for _, left := range restores {
			if left != r.staging {
				err = errors.Join(err, os.RemoveAll(left))
			}
		}
		return err
	}
	for k := len(undo) - 1; k >= 0; k-- {
		err = errors.Join(err, undo[k]())
	}
	return fmt.Errorf("the state folder was left as it was: %w", err)
}

// mark notes on the disk that files change places from here on; it goes with
// the folder it is in.
func (r *restore) mark() error {
	f, err := os.Create(filepath.Join(r.staging, swapMark))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// config writes the configuration of the backup where there is none.
func (r *restore) config() error {
	if r.options.ConfigPath == "" {
		return nil
	}
	entries, err := os.ReadDir(filepath.Join(r.staging, configFolder))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(r.staging, configFolder, entries[0].Name()))
	if err != nil {
		return err
	}
	to := r.options.ConfigPath
	switch present, err := os.ReadFile(to); {
	case err == nil && string(present) == string(text):
		return nil
	case err == nil && !r.options.WithConfig:
		r.done.Skipped = to
		return nil
	case err == nil:
		r.done.KeptConfig = to + "." + keptPrefix + r.stamp
		if err := os.Rename(to, r.done.KeptConfig); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	r.done.Config = to
	return os.WriteFile(to, text, 0o600)
}
