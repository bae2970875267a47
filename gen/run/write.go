package run

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write brings the disk in line with the plan: it writes what differs, removes
// orphans, and returns what it did. Nothing is written when the comparison
// fails; when writing fails, what was done before stays done.
func (p *Plan) Write() ([]Difference, error) {
	differences, err := p.Compare()
	if err != nil {
		return nil, err
	}
	for i, d := range differences {
		if d.State == Orphan {
			if err := os.Remove(d.path); err != nil {
				return differences[:i], fmt.Errorf("%s: cannot remove: %s", d.Path, Plain(err))
			}
			continue
		}
		if err := WriteFile(d.path, d.data); err != nil {
			return differences[:i], fmt.Errorf("%s: cannot write: %w", d.Path, err)
		}
	}
	return differences, nil
}

// WriteFile writes a file. Folders on the way are made. A file that is there is
// replaced as a whole or not at all, so that a full disk costs nobody the text
// they had; it keeps its mode, and a link keeps leading to it. The error names
// no path.
func WriteFile(path string, data []byte) error {
	real, err := filepath.EvalSymlinks(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			err = os.WriteFile(path, data, 0o644)
		}
	case err == nil:
		err = replace(real, data)
	}
	if err != nil {
		return errors.New(Plain(err))
	}
	return nil
}

func replace(path string, data []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a file")
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".gatesmith-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = cmp.Or(err, f.Chmod(info.Mode().Perm()))
	if err = cmp.Or(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error says more
	}
	return err
}
