package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gatesmith/gatesmith/internal/filelock"
	"github.com/gatesmith/gatesmith/internal/fsync"
)

// File is the configuration file as something that is written: by the gateway
// and by commands beside it, one at a time.
type File struct {
	Sources Sources
	History History
	// Check refuses a configuration that a gateway could not start with; nil:
	// what Load allows will do.
	Check func(next *Loaded) error
}

// Write is one change of the file.
type Write struct {
	// Base is the hash of the text that the change is based on. It is not looked
	// at where there is no file.
	Base string
	// Change makes the new text.
	Change func(now *Loaded) ([]byte, error)
	// Programs allows to change what names programs to start, whatever
	// gateway.config.allowExec says.
	Programs bool
	// By says in the history who wrote it.
	By string
}

// Conflict is a change that is based on another text than the present one, or on
// an unknown one.
type Conflict uint8

// The conflicts.
const (
	HashUnavailable Conflict = iota // the present text can't be read
	HashRequired                    // no base was given
	HashChanged                     // somebody else was faster
)

// Error gives the text that clients know by heart.
func (c Conflict) Error() string {
	return [...]string{"config base hash unavailable", "config base hash required", "config changed since last load"}[c] + "; re-run config.get and retry"
}

// lockPatience is how long a writer waits for the others.
const lockPatience = 10 * time.Second

// Read reads the file as it is now.
func (f *File) Read() (*Loaded, error) { return Load(f.Sources) }

// Write changes the file. It is replaced as a whole or not at all, and only while
// it is the text that the change is based on: no writer, of this process or
// another, loses what another one wrote. Problems tell that the outcome would
// not be valid.
func (f *File) Write(ctx context.Context, w Write) (*Loaded, error) {
	path, err := f.target()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	lock, err := filelock.Wait(ctx, filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"))
	if err != nil {
		return nil, unwritable(err)
	}
	defer lock.Close()

	now, _ := f.Read() // what is wrong with it may be what is to be repaired
	if err := now.basis(w.Base); err != nil {
		return nil, err
	}
	text, err := w.Change(now)
	if err != nil {
		return nil, err
	}
	next, err := f.judge(now, text, w.Programs)
	if err != nil {
		return next, err
	}
	if now.Exists {
		if err := f.History.keep(now.Text, "", time.Now()); err != nil {
			return next, unwritable(err)
		}
	}
	if err := fsync.Replace(path, next.Text); err != nil {
		return next, unwritable(err)
	}
	// It is there. A version that could not be kept now is kept by the next
	// writer.
	_ = f.History.keep(next.Text, w.By, time.Now())
	return next, nil
}

// target is the file that is written: of a link what it points to, so that the
// link stays one.
func (f *File) target() (string, error) {
	path, err := filepath.EvalSymlinks(f.Sources.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		path = f.Sources.Path
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err != nil {
		return "", unwritable(err)
	}
	return path, nil
}

// basis refuses a change that is not based on the present text.
func (l *Loaded) basis(base string) error {
	switch {
	case !l.Exists:
		return nil
	case l.Hash == "":
		return l.conflict()
	case base == "":
		return HashRequired
	case base != l.Hash:
		return HashChanged
	}
	return nil
}

func (l *Loaded) conflict() error {
	for _, p := range l.Problems {
		if p.Rule == RuleFile {
			return fmt.Errorf("%w (%s)", HashUnavailable, p.Message)
		}
	}
	return HashUnavailable
}

// judge reads the text that is to be written. Secrets that are masked in it
// stay what they are.
func (f *File) judge(now *Loaded, text []byte, programs bool) (*Loaded, error) {
	text, places := now.unmask(text)
	if len(places) > 0 {
		var missing Problems
		for _, key := range places {
			missing = append(missing, Problem{Key: key, Rule: RuleValue, Message: key + " is masked, and the file holds no value that it could stand for: send the value"})
		}
		return now, missing
	}
	s := f.Sources
	s.Text = text
	next, err := Load(s)
	if !programs && next.file != nil {
		// First, for what is wrong with a reference tells of the machine.
		if err := now.samePrograms(next); err != nil {
			return next, err
		}
	}
	if err != nil {
		return next, err
	}
	if f.Check != nil {
		return next, f.Check(next)
	}
	return next, nil
}

// UnwritableError is a file that could not be written. The file is as it was.
type UnwritableError struct{ err error }

func unwritable(err error) error { return &UnwritableError{err} }

// Error says what to look after.
func (e *UnwritableError) Error() string {
	return fmt.Sprintf("the configuration could not be written and is as it was: %v: is its folder writable for the user that runs the gateway, and the disk not full?", e.err)
}

// Unwrap gives the cause.
func (e *UnwritableError) Unwrap() error { return e.err }
