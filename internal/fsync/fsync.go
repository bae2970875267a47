// Package fsync makes what was written last through a loss of power.
package fsync

import (
	"errors"
	"os"
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
