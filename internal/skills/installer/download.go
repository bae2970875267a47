package installer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// The forms of downloads.
const (
	tarGz  = "tar.gz"
	zipped = "zip"
	none   = "none" // one file
)

var (
	digest    = regexp.MustCompile(`^[0-9A-Fa-f]{64}$`)
	safeName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$`)
	maxStrip  = 16
	errDigest = errors.New("invalid install command: a download needs sha256, the digest of what its URL gives, in 64 hexadecimal digits")
)

// download fetches what a way names, holds it to its digest, and puts it in place
// of what an earlier download left.
func (i *Installer) download(ctx context.Context, w *Way) (err error) {
	from, form, err := w.source()
	if err != nil {
		return err
	}
	for _, folder := range []string{"bin", "skills"} {
		if err := os.MkdirAll(filepath.Join(i.Dir, folder), 0o700); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(i.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	// A folder that nothing was in: what is unpacked meets nothing of others.
	fresh := path.Join("skills", ".new-"+rand.Text())
	if err := root.Mkdir(fresh, 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.RemoveAll(fresh)) }()
	file, err := i.fetch(ctx, from, w.SHA256)
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	into, err := root.OpenRoot(fresh)
	if err != nil {
		return err
	}
	defer into.Close()
	u := &unpacking{ctx: ctx, into: into, strip: w.Strip, limits: i.limits()}
	switch form {
	case tarGz:
		err = u.tarGz(file)
	case zipped:
		err = u.zip(file)
	default:
		err = u.file(w.fileName(from), 0o700, file)
	}
	if err != nil {
		return err
	}
	if err := publish(root, into, w.Bins); err != nil {
		return err
	}
	return replace(root, fresh, path.Join("skills", w.Skill, path.Clean("/" + w.Folder)[1:]))
}

// source is where a download comes from, and in what form.
func (w *Way) source() (*url.URL, string, error) {
	from, err := url.Parse(w.URL)
	switch {
	case err != nil || from.Host == "":
		return nil, "", errors.New("invalid install command: url is no address such as https://example.com/tool.tar.gz")
	case from.User != nil:
		return nil, "", errors.New("invalid install command: url has a password in it")
	case !digest.MatchString(w.SHA256):
		return nil, "", errDigest
	case !safeName.MatchString(w.Skill):
		return nil, "", fmt.Errorf("invalid install command: the skill's key %q is no name for a folder", w.Skill)
	case w.Folder != "" && !filepath.IsLocal(w.Folder), strings.Contains(w.Folder, `\`):
		return nil, "", fmt.Errorf("invalid install command: targetDir %q leads out of the skill's folder", w.Folder)
	case w.Strip < 0 || w.Strip > maxStrip:
		return nil, "", fmt.Errorf("invalid install command: stripComponents is %d: expected 0 to %d", w.Strip, maxStrip)
	}
	form := strings.ToLower(w.Archive)
	if form == "" {
		form = formOf(from.Path)
	}
	switch form {
	case tarGz, "tgz":
		form = tarGz
	case zipped:
	case none:
		if !safeName.MatchString(path.Base(from.Path)) {
			return nil, "", errors.New("invalid install command: the last part of url is no name for a file")
		}
	default:
		return nil, "", fmt.Errorf("invalid install command: archive is %q: expected tar.gz, zip or none", form)
	}
	return from, form, nil
}

// fileName is how a file is called that is downloaded alone: as the one program
// that it is to be, or as its address says.
func (w *Way) fileName(from *url.URL) string {
	name := path.Base(from.Path)
	if len(w.Bins) == 1 && safeName.MatchString(w.Bins[0]) {
		if ext := path.Ext(name); ext == ".exe" {
			return w.Bins[0] + ext
		}
		return w.Bins[0]
	}
	return name
}

// formOf is the form that a name tells.
func formOf(name string) string {
	name = strings.ToLower(name)
	switch {
	case strings.HasSuffix(name, ".tar.gz"), strings.HasSuffix(name, ".tgz"):
		return tarGz
	case strings.HasSuffix(name, ".zip"):
		return zipped
	case strings.Contains(name, ".tar."), strings.HasSuffix(name, ".7z"), strings.HasSuffix(name, ".rar"):
		return path.Ext(name)[1:]
	}
	return none
}

// fetch downloads into a file that has no place yet, and checks its digest.
func (i *Installer) fetch(ctx context.Context, from *url.URL, want string) (_ *os.File, err error) {
	body, err := get(ctx, from)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	file, err := os.CreateTemp(filepath.Join(i.Dir, "skills"), ".download-*")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(file.Name())
		}
	}()
	sum := sha256.New()
	most := i.limits().Download
	n, err := io.Copy(io.MultiWriter(file, sum), io.LimitReader(body, most+1))
	switch {
	case ctx.Err() != nil:
		return nil, stopped(ctx)
	case err != nil:
		return nil, fmt.Errorf("the download broke off after %d bytes: %w", n, plainly(err))
	case n > most:
		return nil, fmt.Errorf("the download has more than %d bytes", most)
	}
	have := hex.EncodeToString(sum.Sum(nil))
	if subtle.ConstantTimeCompare([]byte(have), []byte(strings.ToLower(want))) == 0 {
		return nil, fmt.Errorf("the download is not what the skill names: its SHA-256 is %s", have)
	}
	_, err = file.Seek(0, io.SeekStart)
	return file, err
}

// publish puts the programs that a download brings where programs are looked for.
func publish(root, from *os.Root, bins []string) error {
	for _, name := range bins {
		if !safeName.MatchString(name) {
			return fmt.Errorf("invalid install command: the program %q is no name for a file", name)
		}
		found, err := locate(from, name)
		if err != nil {
			return err
		}
		if err := install(root, from, found, path.Join("bin", filepath.Base(found))); err != nil {
			return err
		}
	}
	return nil
}

// install copies a program, and has it whole or not at all under its name.
func install(root, from *os.Root, source, target string) error {
	in, err := from.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	fresh := path.Join("bin", ".new-"+rand.Text())
	out, err := root.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err == nil {
		err = root.Rename(fresh, target)
	}
	if err != nil {
		_ = root.Remove(fresh)
	}
	return err
}

// replace moves a folder to its place.
func replace(root *os.Root, fresh, target string) error {
	if err := root.MkdirAll(path.Dir(target), 0o700); err != nil {
		return err
	}
	if err := root.RemoveAll(target); err != nil {
		return err
	}
	return root.Rename(fresh, target)
}
