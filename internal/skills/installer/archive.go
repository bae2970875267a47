package installer

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// unpacking takes an archive apart into a folder. What leads out of the folder,
// what is no file and no folder, and what is larger than it may be ends it: an
// archive that has one such entry is not one to take the rest of.
type unpacking struct {
	ctx    context.Context
	into   *os.Root
	strip  int
	limits Limits

	entries int
	bytes   int64
}

func (u *unpacking) tarGz(r io.Reader) error {
	z, err := gzip.NewReader(bufio.NewReader(r))
	if err != nil {
		return fmt.Errorf("the download is no tar.gz: %w", err)
	}
	for archive := tar.NewReader(z); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return u.some()
		}
		if err != nil {
			return fmt.Errorf("the archive is broken: %w", err)
		}
		switch h.Typeflag {
		case tar.TypeReg:
			err = u.entry(h.Name, fs.FileMode(h.Mode), archive)
		case tar.TypeDir:
			err = u.folder(h.Name)
		case tar.TypeXGlobalHeader:
		default:
			err = fmt.Errorf("%q is neither file nor folder (%s): such archives are refused", clip(h.Name, maxReason), kindOf(h.Typeflag))
		}
		if err != nil {
			return err
		}
	}
}

func kindOf(flag byte) string {
	switch flag {
	case tar.TypeSymlink:
		return "a symbolic link"
	case tar.TypeLink:
		return "a hard link"
	}
	return fmt.Sprintf("tar type %q", flag)
}

func (u *unpacking) zip(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		return fmt.Errorf("the download is no zip: %w", err)
	}
	for _, f := range archive.File {
		mode := f.Mode()
		switch {
		case mode.IsDir():
			err = u.folder(f.Name)
		case mode.IsRegular():
			err = u.zipped(f, mode)
		default:
			err = fmt.Errorf("%q is neither file nor folder (%s): such archives are refused", clip(f.Name, maxReason), mode.Type())
		}
		if err != nil {
			return err
		}
	}
	return u.some()
}

func (u *unpacking) zipped(f *zip.File, mode fs.FileMode) error {
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("the archive is broken: %w", err)
	}
	defer r.Close()
	return u.entry(f.Name, mode, r)
}

// some refuses an archive that nothing was taken from.
func (u *unpacking) some() error {
	if u.entries == 0 {
		return errors.New("the archive is empty")
	}
	return nil
}

// place is where an entry of an archive belongs; "" for what is left out.
func (u *unpacking) place(name string) (string, error) {
	if u.entries++; u.entries > u.limits.Files {
		return "", fmt.Errorf("the archive has more than %d entries", u.limits.Files)
	}
	if u.ctx.Err() != nil {
		return "", stopped(u.ctx)
	}
	clean := path.Clean(name)
	if strings.ContainsAny(name, "\\\x00") || !filepath.IsLocal(filepath.FromSlash(clean)) {
		return "", fmt.Errorf("the archive has the name %q, which leads out of its folder: such archives are refused", clip(name, maxReason))
	}
	for range u.strip {
		_, rest, below := strings.Cut(clean, "/")
		if !below {
			return "", nil
		}
		clean = rest
	}
	return clean, nil
}

func (u *unpacking) folder(name string) error {
	at, err := u.place(name)
	if err != nil || at == "" {
		return err
	}
	return u.into.MkdirAll(at, 0o700)
}

func (u *unpacking) entry(name string, mode fs.FileMode, r io.Reader) error {
	at, err := u.place(name)
	if err != nil || at == "" {
		return err
	}
	return u.file(at, 0o600|mode.Perm()&0o100, r)
}

// file writes a file that is not there yet.
func (u *unpacking) file(at string, mode fs.FileMode, r io.Reader) error {
	if err := u.into.MkdirAll(path.Dir(at), 0o700); err != nil {
		return err
	}
	f, err := u.into.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the archive has %q twice", clip(at, maxReason))
	}
	if err != nil {
		return err
	}
	room := u.limits.Unpacked - u.bytes
	n, err := io.Copy(f, io.LimitReader(r, room+1))
	u.bytes += n
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%q can't be unpacked: %w", clip(at, maxReason), err)
	}
	if n > room {
		return fmt.Errorf("what the archive holds has more than %d bytes", u.limits.Unpacked)
	}
	return nil
}

// locate finds a program in what was unpacked.
func locate(from *os.Root, name string) (found string, err error) {
	names := []string{name}
	if runtime.GOOS == "windows" {
		names = append(names, name+".exe", name+".cmd", name+".bat")
	}
	err = fs.WalkDir(from.FS(), ".", func(at string, e fs.DirEntry, err error) error {
		if err != nil || found != "" || !e.Type().IsRegular() {
			return err
		}
		for _, n := range names {
			if e.Name() == n {
				found = at
			}
		}
		return nil
	})
	if err == nil && found == "" {
		err = fmt.Errorf("the download has no file %q, which install.bins of the skill names", name)
	}
	return found, err
}
