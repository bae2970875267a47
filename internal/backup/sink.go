package backup

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Sink takes a backup's files.
type Sink interface {
	// Add stores a file. The content has to have the size that is said.
	Add(f File, content io.Reader) error
}

// Archive writes a tar.gz, which only its owner can read: it holds secrets.
type Archive struct {
	path string
	file *os.File
	zip  *gzip.Writer
	tar  *tar.Writer
}

// NewArchive begins an archive. It has its name when Close has returned well.
func NewArchive(path string) (*Archive, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("%s is there already: choose another name, or move it away", path)
	}
	f, err := os.OpenFile(path+".partial", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	a := &Archive{path: path, file: f, zip: gzip.NewWriter(f)}
	a.tar = tar.NewWriter(a.zip)
	return a, nil
}

// Add stores a file.
func (a *Archive) Add(f File, content io.Reader) error {
	if err := a.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.Path, Size: f.Size, Mode: int64(f.Mode), Format: tar.FormatPAX}); err != nil {
		return err
	}
	return exactly(a.tar, content, f.Size)
}

// Close completes the archive on the disk, or removes it when the backup
// failed.
func (a *Archive) Close(failed error) error {
	if failed != nil {
		return errors.Join(failed, a.file.Close(), os.Remove(a.file.Name()))
	}
	err := errors.Join(a.tar.Close(), a.zip.Close(), a.file.Sync(), a.file.Close())
	if err == nil {
		err = os.Rename(a.file.Name(), a.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("cannot write %s: %w", a.path, err), os.Remove(a.file.Name()))
	}
	return nil
}

// Folder stores a backup as plain files.
type Folder struct{ root *os.Root }

// NewFolder makes the folder, which must not be there or be empty.
func NewFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty: choose another folder", path)
	}
	root, err := os.OpenRoot(path)
	return &Folder{root}, err
}

// Add stores a file.
func (f *Folder) Add(entry File, content io.Reader) error { return put(f.root, entry, content) }

// Close ends the backup.
func (f *Folder) Close(failed error) error { return errors.Join(failed, f.root.Close()) }

// put writes a file below a root, and nowhere else.
func put(root *os.Root, entry File, content io.Reader) error {
	name := filepath.FromSlash(entry.Path)
	if dir := filepath.Dir(name); dir != "." {
		if err := root.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, os.FileMode(entry.Mode)&0o700|0o600)
	if err != nil {
		return err
	}
	return errors.Join(exactly(out, content, entry.Size), out.Sync(), out.Close())
}

// exactly copies so many bytes, no fewer.
func exactly(to io.Writer, from io.Reader, size int64) error {
	n, err := io.Copy(to, io.LimitReader(from, size))
	if err == nil && n < size {
		return fmt.Errorf("it became shorter while it was read: %d bytes of %d", n, size)
	}
	return err
}
