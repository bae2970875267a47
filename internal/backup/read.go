package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxManifest is how large a manifest may be.
const maxManifest = 64 << 20

// Check reads a backup and compares every file with its digest.
func Check(ctx context.Context, from string) (*Manifest, error) {
	return read(ctx, from, func(File, io.Reader) error { return nil })
}

// read gives each file of a backup to f, and then compares what came with the
// manifest: the digests, that nothing is missing, and that nothing was added.
func read(ctx context.Context, from string, f func(File, io.Reader) error) (*Manifest, error) {
	info, err := os.Stat(from)
	if err != nil {
		return nil, fmt.Errorf("cannot read the backup: %w", err)
	}
	r := &reader{ctx: ctx, each: f, digests: map[string]string{}}
	if info.IsDir() {
		err = r.folder(from)
	} else {
		err = r.archive(from)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	if err := r.compare(); err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return r.manifest, nil
}

type reader struct {
	ctx      context.Context
	each     func(File, io.Reader) error
	digests  map[string]string
	manifest *Manifest
}

func (r *reader) archive(from string) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	zip, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("this is not a backup: expected a tar.gz or a folder with %s: %w", manifestName, err)
	}
	archive := tar.NewReader(zip)
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			// The check sum at the end covers everything.
			_, err = io.Copy(io.Discard, zip)
			return err
		}
		if err != nil {
			return fmt.Errorf("the archive is damaged: %w", err)
		}
		if head.Typeflag != tar.TypeReg {
			return fmt.Errorf("%q is no plain file: this was not made by gateway backup", head.Name)
		}
		if err := r.take(File{Path: head.Name, Size: head.Size, Mode: uint32(head.FileInfo().Mode().Perm())}, archive); err != nil {
			return err
		}
	}
}

func (r *reader) folder(from string) error {
	root, err := os.OpenRoot(from)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%q is no plain file: this was not made by gateway backup", at)
		}
		file, err := root.Open(filepath.FromSlash(at))
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		return r.take(File{Path: at, Size: info.Size(), Mode: uint32(info.Mode().Perm())}, file)
	})
}

// take passes a file on and notes its digest.
func (r *reader) take(f File, content io.Reader) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if f.Path == manifestName {
		return r.readManifest(content)
	}
	top, _, _ := strings.Cut(f.Path, "/")
	if !fs.ValidPath(f.Path) || top != stateFolder && top != configFolder || !filepath.IsLocal(filepath.FromSlash(f.Path)) {
		return fmt.Errorf("there is no place for %q: this was not made by gateway backup", f.Path)
	}
	if _, again := r.digests[f.Path]; again {
		return fmt.Errorf("%q is in it twice", f.Path)
	}
	hash := sha256.New()
	content = io.TeeReader(content, hash)
	if err := r.each(f, content); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return fmt.Errorf("%s is damaged: %w", f.Path, err)
	}
	r.digests[f.Path] = hex.EncodeToString(hash.Sum(nil))
	return nil
}

func (r *reader) readManifest(content io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(content, maxManifest))
	if err != nil {
		return fmt.Errorf("%s is damaged: %w", manifestName, err)
	}
	m := new(Manifest)
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(m); err != nil {
		return fmt.Errorf("%s is damaged: %w", manifestName, err)
	}
	if m.Format != format {
		return fmt.Errorf("%s has format %d: this gateway reads format %d; it was made by gateway %s", manifestName, m.Format, format, m.Gateway)
	}
	r.manifest = m
	return nil
}

func (r *reader) compare() error {
	if r.manifest == nil {
		return fmt.Errorf("there is no %s in it: the backup is not complete, or was not made by gateway backup", manifestName)
	}
	var wrong []string
	for _, f := range r.manifest.Files {
		digest, there := r.digests[f.Path]
		delete(r.digests, f.Path)
		switch {
		case !there:
			wrong = append(wrong, f.Path+" is missing")
		case digest != f.SHA256:
			wrong = append(wrong, f.Path+" was changed")
		}
	}
	for name := range r.digests {
		wrong = append(wrong, name+" was added")
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("the backup is not as it was made: %s: use another one", strings.Join(wrong, ", "))
}
