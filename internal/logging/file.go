package logging

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/DeRuina/timberjack"
)

// Limits bound what a log file may grow to.
type Limits struct {
	SizeMB  int // of a file, then it is put aside
	TotalMB int // of all files
	Days    int // that files which were put aside are kept
}

// File is a log file that is put aside and compressed when it is large enough.
// It may be written to by many at a time.
type File struct {
	path string

	mu      sync.Mutex
	out     *timberjack.Logger
	checked time.Time
}

var _ io.WriteCloser = (*File)(nil)

// lookApart is how often it is looked whether the file is still there.
const lookApart = time.Second

// OpenFile opens a log file for adding to it, and makes its folder. Only the
// user can read it.
func OpenFile(path string, l Limits) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	probe, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := probe.Close(); err != nil {
		return nil, err
	}
	size := max(1, min(l.SizeMB, l.TotalMB/2))
	return &File{path: path, checked: time.Now(), out: &timberjack.Logger{Filename: path, FileMode: 0o600, MaxSize: size, MaxAge: max(l.Days, 0),
		MaxBackups: max(1, l.TotalMB/size-1), Compression: "gzip",
		BackupTimeFormat: "2006-01-02T15-04-05.000000", // backups of one time count as one
	}}, nil
}

// Write adds a line. A file that was deleted or moved away is begun anew.
func (f *File) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.Sub(f.checked) >= lookApart {
		f.checked = now
		if _, err := os.Lstat(f.path); errors.Is(err, fs.ErrNotExist) {
			if err := f.out.Rotate(); err != nil {
				return 0, err
			}
		}
	}
	return f.out.Write(line)
}

// Close closes the file and waits for what was put aside to be compressed.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.Close()
}
