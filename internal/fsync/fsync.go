// Package fsync makes what was written last through a loss of power.
package fsync

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// File makes the content of a file last that somebody else wrote.
func File(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// Folder makes new names in a folder last, as those that os.Rename gave.
// Windows has no such call, and needs none.
func Folder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Replace puts a text in the place of a file's, so that whoever reads it, also
// after a crash, sees the one or the other as a whole. Only the owner may read
// it, for it may hold secrets.
func Replace(path string, text []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.partial") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	return Folder(filepath.Dir(path))
}
