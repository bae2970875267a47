//go:build unix

package installer

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// moduleProxy is a folder as GOPROXY reads it, with one module.
func moduleProxy(t *testing.T, path, version string, files map[string]string) string {
	t.Helper()
	source, proxy := t.TempDir(), t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(source, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(proxy, path, "@v")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := zip.CreateFromDir(&archive, module.Version{Path: path, Version: version}, source); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"list": version + "\n", version + ".info": `{"Version":"` + version + `"}`, version + ".mod": files["go.mod"], version + ".zip": archive.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "file://" + proxy
}

// with is the environment of a test, with some of it set.
func with(set map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if v, ok := set[name]; ok {
			return v, true
		}
		return os.LookupEnv(name)
	}
}

func TestGoInstall(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go to install with")
	}
	proxy := moduleProxy(t, "example.com/greet", "v1.2.3", map[string]string{"go.mod": "module example.com/greet\n\ngo 1.26\n",
		"main.go": "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello of greet\") }\n"})
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	i := &Installer{Dir: filepath.Join(t.TempDir(), "tools"), Env: with(map[string]string{"GOPROXY": proxy, "GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOCACHE": strings.TrimSpace(string(cache))})}
	out, err := i.Install(t.Context(), &Way{Kind: Go, Skill: "greet", Module: "example.com/greet@latest", Bins: []string{"greet"}})
	if err != nil || out.Code == nil || *out.Code != 0 || !strings.Contains(out.Stderr, "example.com/greet v1.2.3") {
		t.Fatalf("%+v %v", out, err)
	}
	at, err := i.Find("greet")
	if err != nil || at != filepath.Join(i.Dir, "bin", "greet") {
		t.Fatalf("%s %v", at, err)
	}
	if said, err := exec.Command(at).Output(); err != nil || string(said) != "hello of greet\n" {
		t.Errorf("%q %v", said, err)
	}
	out, err = i.Install(t.Context(), &Way{Kind: Go, Skill: "greet", Module: "example.com/none@latest"})
	if err == nil || out.Code == nil || *out.Code == 0 || !strings.Contains(out.Stderr, "example.com/none") {
		t.Errorf("%+v %v", out, err)
	}
	_, err = i.Install(t.Context(), &Way{Kind: Go, Skill: "greet", Module: "example.com/greet@latest", Bins: []string{"other-program-of-greet"}})
	if err == nil || !strings.Contains(err.Error(), `"other-program-of-greet" is not there`) {
		t.Error(err)
	}
}

// npmRegistry serves one package, with a script that must not run.
func npmRegistry(t *testing.T, marker string) string {
	t.Helper()
	manifest := map[string]any{"name": "greet", "version": "1.2.3", "bin": map[string]string{"greet-npm": "greet.js"}, "scripts": map[string]string{"install": "touch " + marker, "postinstall": "touch " + marker}}
	text, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	archive := tarball(t, item{name: "package/package.json", text: string(text), mode: 0o644},
		item{name: "package/greet.js", text: "#!/usr/bin/env node\nconsole.log('hello of greet')\n", mode: 0o755})
	hash := sha512.Sum512(archive)
	mux := http.NewServeMux()
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	manifest["dist"] = map[string]string{"tarball": s.URL + "/greet.tgz", "integrity": "sha512-" + base64.StdEncoding.EncodeToString(hash[:])}
	mux.HandleFunc("/greet", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"name": "greet", "dist-tags": map[string]string{"latest": "1.2.3"}, "versions": map[string]any{"1.2.3": manifest}})
	})
	mux.HandleFunc("/greet.tgz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(archive) })
	return s.URL
}

func TestNpmInstall(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("there is no npm to install with")
	}
	marker := filepath.Join(t.TempDir(), "ran")
	home := t.TempDir()
	i := &Installer{Dir: filepath.Join(t.TempDir(), "tools"), Env: with(map[string]string{"HOME": home, "npm_config_registry": npmRegistry(t, marker)})}
	out, err := i.Install(t.Context(), &Way{Kind: Node, Skill: "greet", Package: "greet@1.2.3", Bins: []string{"greet-npm"}})
	if err != nil || out.Code == nil || *out.Code != 0 || !strings.Contains(out.Stdout, "added 1 package") {
		t.Fatalf("%+v %v", out, err)
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("a script of the package ran")
	}
	at, err := i.Find("greet-npm")
	if err != nil || !strings.HasPrefix(at, filepath.Join(i.Dir, "npm")) {
		t.Fatalf("%s %v", at, err)
	}
	if said, err := exec.Command(at).Output(); err != nil || string(said) != "hello of greet\n" {
		t.Errorf("%q %v", said, err)
	}
	if out, err = i.Install(t.Context(), &Way{Kind: Node, Skill: "greet", Package: "none"}); err == nil || !strings.Contains(out.Stderr, "404") {
		t.Errorf("%+v %v", out, err)
	}
}
