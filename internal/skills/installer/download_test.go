package installer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// shop serves downloads on loopback.
func shop(t *testing.T, files map[string][]byte) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		body, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.URL.Query().Has("cut") {
			w.Header().Set("Content-Length", "1000")
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestDownload(t *testing.T) {
	tgz := tarball(t, item{name: "tool-1/tool", text: "#!/bin/sh\necho one\n", mode: 0o755}, item{name: "tool-1/data/x", text: "data"})
	zip := zipball(t, item{name: "tool-1/tool", text: "#!/bin/sh\necho two\n", mode: 0o755})
	single := []byte("#!/bin/sh\necho three\n")
	at := shop(t, map[string][]byte{"/tool.tar.gz": tgz, "/tool.zip": zip, "/tool-linux": single})
	i := &Installer{Dir: filepath.Join(t.TempDir(), "tools")}
	for _, c := range []struct {
		way  Way
		file string
		want string
	}{
		{Way{URL: at + "/tool.tar.gz", SHA256: sum(tgz), Strip: 1, Bins: []string{"tool"}}, "data/x", "one"},
		{Way{URL: at + "/tool.zip", SHA256: strings.ToUpper(sum(zip)), Bins: []string{"tool"}, Folder: "v/2"}, "v/2/tool-1/tool", "two"},
		{Way{URL: at + "/tool-linux", SHA256: sum(single), Bins: []string{"tool"}}, "tool", "three"},
		{Way{URL: at + "/x?to=/tool-linux", Archive: "none", SHA256: sum(single), Bins: []string{"tool"}}, "tool", "three"},
	} {
		c.way.Kind, c.way.Skill = Download, "s"
		out, err := i.Install(t.Context(), &c.way)
		if err != nil || out.Code != nil {
			t.Fatalf("%s: %v %v", c.way.URL, out, err)
		}
		if _, err := os.Stat(filepath.Join(i.Dir, "skills", "s", c.file)); err != nil {
			t.Errorf("%s: %v", c.way.URL, err)
		}
		if text, err := os.ReadFile(filepath.Join(i.Dir, "bin", "tool")); err != nil || !strings.Contains(string(text), c.want) {
			t.Errorf("%s: the program is %q, %v", c.way.URL, text, err)
		}
	}
	if _, err := os.Stat(filepath.Join(i.Dir, "skills", "s", "data")); err == nil {
		t.Error("a file of the earlier download is still there")
	}
	left(t, i.Dir)
}

// left looks for what an installation was to take away.
func left(t *testing.T, dir string) {
	t.Helper()
	for _, folder := range []string{"skills", "bin"} {
		entries, _ := os.ReadDir(filepath.Join(dir, folder))
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".") {
				t.Errorf("%s/%s was left behind", folder, e.Name())
			}
		}
	}
}

func TestDownloadRefused(t *testing.T) {
	file := []byte("#!/bin/sh\n")
	evil := tarball(t, item{name: "../evil", text: "x"})
	at := shop(t, map[string][]byte{"/tool": file, "/evil.tgz": evil})
	const other = "0000000000000000000000000000000000000000000000000000000000000000"
	for _, c := range []struct {
		name string
		way  Way
		want string
	}{
		{"no digest", Way{URL: at + "/tool"}, "needs sha256"},
		{"short digest", Way{URL: at + "/tool", SHA256: "abc"}, "needs sha256"},
		{"other digest", Way{URL: at + "/tool", SHA256: other}, "its SHA-256 is " + sum(file)},
		{"absent", Way{URL: at + "/none", SHA256: other}, "the server answers 404"},
		{"broken off", Way{URL: at + "/tool?cut", SHA256: other}, "broke off after 10 bytes"},
		{"no address", Way{URL: "tool", SHA256: other}, "url is no address"},
		{"password", Way{URL: "https://ada:c4nary@127.0.0.1/x", SHA256: other}, "has a password"},
		{"plain http", Way{URL: "http://example.com/x", SHA256: other}, "expected https, or http of this machine"},
		{"file", Way{URL: "file://localhost/etc/passwd", SHA256: other}, "expected https"},
		{"redirect to plain http", Way{URL: at + "/x?to=http://example.com/y", SHA256: other}, "expected https, or http of this machine"},
		{"redirect to a file", Way{URL: at + "/x?to=file:///etc/passwd", SHA256: other}, "file://"},
		{"redirects without end", Way{URL: at + "/x?to=%3Fto=%253Fto=%25253Fto=%2525253Fto=%252525253Fto=%25252525253Fto=%2525252525253Fto=y", SHA256: other}, "more than 5 redirects"},
		{"goes up", Way{URL: at + "/tool", SHA256: sum(file), Folder: "../x"}, "leads out of the skill's folder"},
		{"skill goes up", Way{URL: at + "/tool", SHA256: sum(file), Skill: ".."}, "no name for a folder"},
		{"archive of a kind that is not read", Way{URL: at + "/tool.tar.bz2", SHA256: sum(file)}, `archive is "bz2"`},
		{"no archive", Way{URL: at + "/tool", SHA256: sum(file), Archive: "zip"}, "the download is no zip"},
		{"zip slip", Way{URL: at + "/evil.tgz", SHA256: sum(evil)}, "leads out of its folder"},
		{"program that is not in it", Way{URL: at + "/tool", SHA256: sum(file), Bins: []string{"a", "b"}}, `no file "a"`},
		{"program as a path", Way{URL: at + "/tool", SHA256: sum(file), Bins: []string{"../a", "tool"}}, "no name for a file"},
		{"too large", Way{URL: at + "/tool", SHA256: sum(file)}, "more than 9 bytes"},
	} {
		i := &Installer{Dir: filepath.Join(t.TempDir(), "tools")}
		if c.name == "too large" {
			i.Limits.Download = 9
		}
		c.way.Kind = Download
		if c.way.Skill == "" {
			c.way.Skill = "s"
		}
		_, err := i.Install(t.Context(), &c.way)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "c4nary") {
			t.Errorf("%s: a password is in %v", c.name, err)
		}
		if _, err := os.Stat(filepath.Join(i.Dir, "skills", "s")); err == nil {
			t.Errorf("%s: something is installed", c.name)
		}
		left(t, i.Dir)
	}
}

// From the internet no redirect leads into a private network.
func TestNoWayInside(t *testing.T) {
	for _, c := range []struct {
		first, then string
		ok          bool
	}{
		{"93.184.216.34:443", "93.184.216.35:443", true}, {"93.184.216.34:443", "127.0.0.1:443", false}, {"93.184.216.34:443", "10.0.0.1:443", false},
		{"93.184.216.34:443", "[::1]:443", false}, {"93.184.216.34:443", "[::ffff:192.168.0.1]:443", false}, {"93.184.216.34:443", "169.254.169.254:80", false},
		{"93.184.216.34:443", "100.100.100.100:443", false}, {"93.184.216.34:443", "[fd00::1]:443", false}, {"10.0.0.1:443", "10.0.0.2:443", true}, {"10.0.0.1:443", "93.184.216.34:443", true},
	} {
		n := new(nearness)
		if err := n.control("tcp", c.first, nil); err != nil {
			t.Errorf("%s: %v", c.first, err)
		}
		if err := n.control("tcp", c.then, nil); (err == nil) != c.ok {
			t.Errorf("%s, then %s: %v", c.first, c.then, err)
		}
	}
}

// A download that nobody waits for any more ends.
func TestDownloadEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and answers none
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	i := &Installer{Dir: t.TempDir()}
	from := url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/x"}
	_, err = i.Install(ctx, &Way{Kind: Download, Skill: "s", URL: from.String(), SHA256: strings.Repeat("0", 64)})
	if err == nil || !strings.Contains(err.Error(), "took too long") {
		t.Error(err)
	}
}
