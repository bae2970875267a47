package installer

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// item is an entry of an archive that a test makes.
type item struct {
	name, text string
	kind       byte // of tar; 0: a file
	mode       int64
}

func tarball(t *testing.T, items ...item) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, i := range items {
		h := &tar.Header{Name: i.name, Typeflag: i.kind, Mode: i.mode, Size: int64(len(i.text))}
		switch i.kind {
		case 0:
			h.Typeflag = tar.TypeReg
		case tar.TypeSymlink, tar.TypeLink:
			h.Linkname, h.Size = i.text, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte(i.text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipball(t *testing.T, items ...item) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, i := range items {
		h := &zip.FileHeader{Name: i.name, Method: zip.Deflate}
		mode := fs.FileMode(i.mode)
		switch i.kind {
		case tar.TypeSymlink:
			mode |= fs.ModeSymlink
		case tar.TypeChar:
			mode |= fs.ModeDevice | fs.ModeCharDevice
		case tar.TypeDir:
			mode |= fs.ModeDir
		}
		h.SetMode(mode)
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if i.kind != tar.TypeDir {
			if _, err := f.Write([]byte(i.text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpack takes an archive apart in a folder that has a secret beside it.
func unpack(t *testing.T, form string, archive []byte, set func(*unpacking)) (string, error) {
	t.Helper()
	outer := t.TempDir()
	dir := filepath.Join(outer, "in")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outer, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	u := &unpacking{ctx: t.Context(), into: root, limits: Limits{Files: 5, Unpacked: 100}}
	if set != nil {
		set(u)
	}
	if form == tarGz {
		err = u.tarGz(bytes.NewReader(archive))
	} else {
		path := filepath.Join(outer, "archive")
		if err := os.WriteFile(path, archive, 0o600); err != nil {
			t.Fatal(err)
		}
		f, fault := os.Open(path)
		if fault != nil {
			t.Fatal(fault)
		}
		defer f.Close()
		err = u.zip(f)
	}
	if text, _ := os.ReadFile(filepath.Join(outer, "secret")); string(text) != "secret" {
		t.Errorf("a file outside is now %q", text)
	}
	entries, _ := os.ReadDir(outer)
	for _, e := range entries {
		if name := e.Name(); name != "in" && name != "secret" && name != "archive" {
			t.Errorf("%s was written outside", name)
		}
	}
	return dir, err
}

func TestUnpack(t *testing.T) {
	items := []item{{name: "t-1/", kind: tar.TypeDir, mode: 0o777}, {name: "t-1/bin/tool", text: "#!", mode: 0o755}, {name: "./t-1/README", text: "Hello.", mode: 0o4644}, {name: "top", text: "x", mode: 0o600}}
	for form, archive := range map[string][]byte{tarGz: tarball(t, items...), zipped: zipball(t, items...)} {
		dir, err := unpack(t, form, archive, func(u *unpacking) { u.strip = 1 })
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		for name, want := range map[string]struct {
			text string
			mode fs.FileMode
		}{"bin/tool": {"#!", 0o700}, "README": {"Hello.", 0o600}} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			info, _ := os.Stat(filepath.Join(dir, name))
			if err != nil || string(text) != want.text || info.Mode() != want.mode {
				t.Errorf("%s: %s is %q, %v, %v", form, name, text, info, err)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "top")); err == nil {
			t.Errorf("%s: what is above the folders that are left out is there", form)
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	file := item{name: "a", text: "x", mode: 0o600}
	for _, c := range []struct {
		name  string
		items []item
		set   func(*unpacking)
		want  string
	}{
		{"name that goes up", []item{{name: "../secret", text: "x"}}, nil, "leads out of its folder"},
		{"name that goes up later", []item{{name: "a/../../secret", text: "x"}}, nil, "leads out of its folder"},
		{"folder that goes up", []item{{name: "../other/", kind: tar.TypeDir}}, nil, "leads out of its folder"},
		{"absolute name", []item{{name: "/tmp/gatesmith-escape", text: "x"}}, nil, "leads out of its folder"},
		{"backslashes", []item{{name: `..\secret`, text: "x"}}, nil, "leads out of its folder"},
		{"strip makes it go up", []item{{name: "a/../../secret", text: "x"}}, func(u *unpacking) { u.strip = 1 }, "leads out of its folder"},
		{"symbolic link", []item{{name: "a", kind: tar.TypeSymlink, text: "../secret"}, {name: "a", text: "x"}}, nil, "neither file nor folder"},
		{"symbolic link inside", []item{file, {name: "b", kind: tar.TypeSymlink, text: "a"}}, nil, "neither file nor folder"},
		{"device", []item{{name: "a", kind: tar.TypeChar}}, nil, "neither file nor folder"},
		{"twice", []item{file, {name: "./a", text: "y"}}, nil, "twice"},
		{"file as folder", []item{file, {name: "a/b", text: "y"}}, nil, "file exists"},
		{"too many", []item{{name: "1"}, {name: "2"}, {name: "3"}, {name: "4"}, {name: "5"}, {name: "6"}}, nil, "more than 5 entries"},
		{"too large", []item{{name: "1", text: strings.Repeat("x", 60)}, {name: "2", text: strings.Repeat("x", 60)}}, nil, "more than 100 bytes"},
		{"empty", nil, nil, "is empty"},
		{"given up", []item{file}, func(u *unpacking) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			u.ctx = ctx
		}, "was ended"},
	} {
		for form, archive := range map[string][]byte{tarGz: tarball(t, c.items...), zipped: zipball(t, c.items...)} {
			if _, err := unpack(t, form, archive, c.set); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %s: %v", c.name, form, err)
			}
		}
	}
	link := tarball(t, item{name: "a", kind: tar.TypeLink, text: "../secret"})
	if _, err := unpack(t, tarGz, link, nil); err == nil || !strings.Contains(err.Error(), "a hard link") {
		t.Error(err)
	}
}

// What is no archive, or only the beginning of one, is an error and not a crash.
func TestUnpackBroken(t *testing.T) {
	for form, whole := range map[string][]byte{tarGz: tarball(t, item{name: "a", text: "some text"}), zipped: zipball(t, item{name: "a", text: "some text"})} {
		for n := range len(whole) - 1 {
			if _, err := unpack(t, form, whole[:n], nil); err == nil && form == zipped {
				t.Errorf("%s: the first %d bytes of %d pass for an archive", form, n, len(whole))
			}
		}
		if _, err := unpack(t, form, []byte("<html>Not found</html>"), nil); err == nil {
			t.Errorf("%s: a page passes for an archive", form)
		}
	}
}
