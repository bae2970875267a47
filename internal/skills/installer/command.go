package installer

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/module"
)

// command is a program to run.
type command struct {
	program string // its path
	args    []string
	env     []string // beside what every program gets
}

// What may stand in a command line: names as their registries have them, which
// neither are flags nor lead to other places.
var (
	version    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+/-]*$`)
	npmPackage = regexp.MustCompile(`^(?:@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*(?:@[A-Za-z0-9^~][A-Za-z0-9._+-]*)?$`)
	uvPackage  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9,._-]+\])?(?:==[A-Za-z0-9.*+!-]+)?$`)
	formula    = regexp.MustCompile(`^[a-z0-9][a-z0-9@._+-]*(?:/[a-z0-9][a-z0-9@._+-]*){0,2}$`)
)

// command builds the command line of a way.
func (i *Installer) command(w *Way) (*command, error) {
	switch w.Kind {
	case Go:
		return i.goInstall(w.Module)
	case Node:
		return i.npmInstall(w.Package)
	case UV:
		return nil, i.leave("uv", "package", w.Package, uvPackage, "uv tool install ")
	case Brew:
		return nil, i.leave("brew", "formula", w.Formula, formula, "brew install ")
	}
	return nil, fmt.Errorf("invalid install command: there is no kind %q", w.Kind)
}

// goInstall has Go build and install a package, with modules and caches of its
// own: the service that the gateway runs as may have no home folder. A build cache
// that the environment names is used.
func (i *Installer) goInstall(name string) (*command, error) {
	path, at, _ := strings.Cut(name, "@")
	at = cmp.Or(at, "latest")
	if err := module.CheckImportPath(path); err != nil || !version.MatchString(at) {
		return nil, fmt.Errorf("invalid install command: module is %q: expected the path of a package, with or without @version", name)
	}
	c := &command{args: []string{"install", "-modcacherw", path + "@" + at}, env: []string{
		"GOBIN=" + Folders(i.Dir)[0], "GOPATH=" + filepath.Join(i.Dir, "cache", "go"), "GOMODCACHE=" + filepath.Join(i.Dir, "cache", "go", "mod"),
		"GOCACHE=" + filepath.Join(i.Dir, "cache", "go-build"), "GOWORK=off",
	}}
	if cache, ok := i.env("GOCACHE"); ok {
		c.env = append(c.env, "GOCACHE="+cache)
	}
	return c, i.resolve(c, "go")
}

// npmInstall has npm install a package below the installer's folder. Scripts of
// packages don't run: they would be programs that nobody named.
func (i *Installer) npmInstall(name string) (*command, error) {
	if !npmPackage.MatchString(name) {
		return nil, fmt.Errorf("invalid install command: package is %q: expected the name of an npm package, with or without @version", name)
	}
	c := &command{args: []string{"install", "--global", "--prefix", filepath.Join(i.Dir, "npm"), "--cache", filepath.Join(i.Dir, "cache", "npm"),
		"--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--", name}}
	return c, i.resolve(c, "npm")
}

// resolve finds the program, and makes the folder that everything goes into.
func (i *Installer) resolve(c *command, program string) (err error) {
	if c.program, err = i.lookPath(program); err != nil {
		return fmt.Errorf("%s not installed: it is not in the gateway's PATH", program)
	}
	if c.program, err = filepath.Abs(c.program); err != nil {
		return err
	}
	return os.MkdirAll(i.Dir, 0o700)
}

// leave builds the command of a kind that people run themselves: Homebrew changes
// the whole machine and uv the user's own folders, beyond what the gateway could
// take back.
func (i *Installer) leave(program, member, name string, shape *regexp.Regexp, line string) error {
	if !shape.MatchString(name) {
		return fmt.Errorf("invalid install command: %s is %q: expected a name as %s knows it", member, name, program)
	}
	text := fmt.Sprintf("the gateway builds this command but does not run it; run it on the gateway's machine: %s%s", line, name)
	if _, err := i.lookPath(program); err != nil {
		text = program + " not installed; " + text
	}
	return &leftError{text}
}

type leftError struct{ text string }

func (e *leftError) Error() string { return e.text }
func (e *leftError) Unwrap() error { return errNotRun }

// What programs get of the gateway's environment: what every program needs, and
// where the tools fetch from. Anything else may be a secret of the gateway's.
var (
	shared = []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP",
		"SystemRoot", "SYSTEMDRIVE", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PATHEXT", "COMSPEC", "PROGRAMFILES", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
		"GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOTOOLCHAIN", "GOINSECURE"}
	addresses = []string{"GOPROXY", "npm_config_registry", "NPM_CONFIG_REGISTRY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"}
)

func (i *Installer) environment(c *command) []string {
	var env []string
	home := false
	for _, name := range shared {
		if value, ok := i.env(name); ok {
			env = append(env, name+"="+value)
			home = home || name == "HOME"
		}
	}
	for _, name := range addresses {
		// One with a password in it stays here.
		if value, ok := i.env(name); ok && !strings.Contains(value, "@") {
			env = append(env, name+"="+value)
		}
	}
	if !home {
		env = append(env, "HOME="+i.Dir)
	}
	return append(env, c.env...)
}
