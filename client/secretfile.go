package client

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// readSecret reads a file that only its owner may read. One that others can
// read too is refused: what is in it is no secret any more.
func readSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	// Windows has no such bits; there the folder's list of rights decides.
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others: mode is %04o: expected 0600: if nobody has copied it, run chmod 600", path, mode)
	}
	return os.ReadFile(path)
}

// writeSecret replaces a file at once, so that a crash leaves the old one or
// the new one.
func writeSecret(path string, data []byte) error {
	temp, err := secretTemp(path, data)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return err
	}
	return nil
}

// createSecret is writeSecret for a file that must not be there yet: of
// several that create it at once, one succeeds and the others get
// fs.ErrExist.
func createSecret(path string, data []byte) error {
	temp, err := secretTemp(path, data)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	err = os.Link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// Some file systems have no links. Then the file is made under its own
	// name, and a reader at the same moment may find it empty.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// secretTemp writes a file of mode 0600 beside path, and its folder if need
// be.
func secretTemp(path string, data []byte) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // made with 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}
