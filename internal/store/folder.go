package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/filelock"
)

// Names in the state folder.
const (
	databaseName = "gateway.db"
	lockName     = "gateway.lock"
	backupFolder = "backups"
)

// makeStateFolder makes the folder for its owner alone. One that is there
// already keeps its permissions, for it may have been given for other things
// too: the files in it are closed to others by themselves.
func makeStateFolder(dir string, log *slog.Logger) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("cannot make the state folder: %w: make it, or choose another", err)
		}
		return nil
	case err != nil:
		return fmt.Errorf("cannot look at the state folder: %w", err)
	case !info.IsDir():
		return fmt.Errorf("the state folder %s is a file: choose another", dir)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		log.Warn("others can look into the state folder: close it with chmod 700",
			"folder", dir, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
	return nil
}

// folderLock keeps other processes out of a state folder. The lock goes with
// the process, however that ends; the file stays.
type folderLock struct{ file *os.File }

// lockFolder takes the lock. For a moment it waits: a process that has just
// been told to stop may still be on its way out.
func lockFolder(dir string) (*folderLock, error) {
	path := filepath.Join(dir, lockName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot write to the state folder: %w: let the user that runs the gateway write there, or choose another folder", err)
	}
	for attempt := 0; ; attempt++ {
		err = filelock.Try(file)
		if err == nil {
			break
		}
		if !errors.Is(err, filelock.ErrHeld) {
			_ = file.Close()
			return nil, fmt.Errorf("cannot lock %s: %w: choose a state folder on a local disk", path, err)
		}
		if attempt == 5 {
			holder := readHolder(file)
			_ = file.Close()
			return nil, &LockedError{Where: "the state folder " + dir, Holder: holder,
				Advice: "stop that gateway first, or give this one a state folder of its own"}
		}
		time.Sleep(20 * time.Millisecond)
	}
	l := &folderLock{file: file}
	if err := l.sign(); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("cannot write %s: %w", path, err)
	}
	return l, nil
}

// sign writes who has the lock, for the message of those who don't get it.
func (l *folderLock) sign() error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt(fmt.Appendf(nil, "process %d, since %s\n", os.Getpid(), time.Now().UTC().Format(time.RFC3339)), 0)
	return err
}

func readHolder(file *os.File) string {
	text := make([]byte, 200)
	n, _ := file.ReadAt(text, 0)
	if line := strings.TrimSpace(string(text[:n])); line != "" {
		return line
	}
	return "another process"
}

func (l *folderLock) release() error {
	// Emptied, so that nobody is ever named who is gone.
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
