package mcp

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// shared are the variables of the gateway's environment that programs get: what
// every program needs, and nothing that may be a secret of the gateway's.
var shared = []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TERM", "TMPDIR", "TEMP", "TMP",
	"SystemRoot", "SYSTEMDRIVE", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PATHEXT", "COMSPEC", "PROGRAMFILES"}

// killAfter is how long a program may take to end.
const killAfter = 3 * time.Second

func (x *server) transport() (mcp.Transport, error) {
	c := x.config
	switch {
	case c.Command.Set && c.URL.Set:
		return nil, errors.New("it has both command and url: leave one out")
	case c.Command.Set:
		cmd := exec.Command(x.program(c.Command.V), c.Args...)
		cmd.Env = x.environment()
		cmd.Dir = x.owner.o.Dir
		if c.Cwd.Set {
			cmd.Dir = c.Cwd.V
		}
		if info, err := os.Stat(cmd.Dir); err != nil || !info.IsDir() {
			cmd.Dir = "" // a workspace that nobody made yet
		}
		return &mcp.CommandTransport{Command: cmd, TerminateDuration: killAfter}, nil
	case c.URL.Set:
		return &mcp.StreamableClientTransport{Endpoint: c.URL.V, HTTPClient: &http.Client{Transport: &headers{c.Headers, http.DefaultTransport}}, MaxRetries: 2}, nil
	}
	return nil, errNoPlace
}

// program is the place of a program that was installed for skills, and the name
// itself of any other.
func (x *server) program(name string) string {
	if _, err := exec.LookPath(name); err == nil || strings.ContainsAny(name, `/\`) {
		return name
	}
	for _, folder := range x.owner.o.Path {
		if path, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
			return path
		}
	}
	return name
}

func (x *server) environment() []string {
	var out []string
	for _, name := range shared {
		value, ok := os.LookupEnv(name)
		if name == "PATH" && len(x.owner.o.Path) > 0 {
			value, ok = strings.Join(append(filepath.SplitList(value), x.owner.o.Path...), string(os.PathListSeparator)), true
		}
		if ok {
			out = append(out, name+"="+value)
		}
	}
	for name, value := range x.config.Env {
		out = append(out, name+"="+value)
	}
	slices.Sort(out)
	return out
}

// headers adds the configured headers to each request.
type headers struct {
	set  map[string]string
	next http.RoundTripper
}

func (h *headers) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, value := range h.set {
		r.Header.Set(name, value)
	}
	return h.next.RoundTrip(r)
}

// clean takes addresses out of an error: they may hold secrets.
func clean(err error) error {
	var fault *url.Error
	if errors.As(err, &fault) {
		return fault.Err
	}
	return err
}
