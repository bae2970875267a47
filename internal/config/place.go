package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// Place is where a file or folder is, and why there.
type Place struct {
	Path string // absolute
	From string // the flag or variable that says so; "" for the usual place
}

// Named reports whether somebody chose the place.
func (p Place) Named() bool { return p.From != "" }

// ConfigPlace tells where the configuration file is: --config, whose value is
// flag, else GATEWAY_CONFIG, else gatesmith/gateway.json5 in the folder that
// the system has for configuration.
func ConfigPlace(flag string, env func(string) string) (Place, error) {
	if p, err := named([]source{{"--config", flag}, {"GATEWAY_CONFIG", env("GATEWAY_CONFIG")}}, env); err != nil || p.Named() {
		return p, err
	}
	folder, err := configFolder(env)
	if err != nil {
		return Place{}, fmt.Errorf("where is the configuration file? %w: set --config or GATEWAY_CONFIG", err)
	}
	return Place{Path: filepath.Join(folder, "gatesmith", "gateway.json5")}, nil
}

// StatePlace tells where the state folder is: --state-dir, whose value is flag,
// else GATEWAY_STATE_DIR, else $STATE_DIRECTORY, which systemd sets, else
// ~/.gatesmith.
func StatePlace(flag string, env func(string) string) (Place, error) {
	// systemd lists several folders with colons between; the first is ours.
	systemd, _, _ := strings.Cut(env("STATE_DIRECTORY"), string(os.PathListSeparator))
	sources := []source{{"--state-dir", flag}, {"GATEWAY_STATE_DIR", env("GATEWAY_STATE_DIR")}, {"STATE_DIRECTORY", systemd}}
	if p, err := named(sources, env); err != nil || p.Named() {
		return p, err
	}
	home, err := homeFolder(env)
	if err != nil {
		return Place{}, fmt.Errorf("where is the state folder? %w: set --state-dir or GATEWAY_STATE_DIR", err)
	}
	return Place{Path: filepath.Join(home, ".gatesmith")}, nil
}

type source struct{ name, path string }

// named makes a place of the first path that is given. A leading ~ is the home
// folder: shells leave it as it is in --flag=~/x, and systemd always does.
func named(sources []source, env func(string) string) (Place, error) {
	for _, s := range sources {
		if s.path == "" {
			continue
		}
		path := s.path
		if path == "~" || strings.HasPrefix(path, "~/") {
			home, err := homeFolder(env)
			if err != nil {
				return Place{}, fmt.Errorf("%s is %s: %w", s.name, s.path, err)
			}
			path = filepath.Join(home, path[1:])
		}
		path, err := filepath.Abs(path)
		if err != nil {
			return Place{}, fmt.Errorf("%s is %s: %w: give an absolute path", s.name, s.path, err)
		}
		return Place{Path: path, From: s.name}, nil
	}
	return Place{}, nil
}

// configFolder follows the XDG specification, by which a relative path does
// not count; Windows has a folder of its own.
func configFolder(env func(string) string) (string, error) {
	if xdg := env("XDG_CONFIG_HOME"); filepath.IsAbs(xdg) {
		return xdg, nil
	}
	if appData := env("AppData"); runtime.GOOS == "windows" && appData != "" {
		return appData, nil
	}
	home, err := homeFolder(env)
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".config"), nil
}

var errNoHome = errors.New("this user has no home folder")

func homeFolder(env func(string) string) (string, error) {
	name := "HOME"
	if runtime.GOOS == "windows" {
		name = "USERPROFILE"
	}
	if home := env(name); filepath.IsAbs(home) {
		return home, nil
	}
	return "", fmt.Errorf("%w (%s is not set)", errNoHome, name)
}

// MakeState sees to it that the state folder is there, for its owner alone, and
// can be written. The warning is of a folder that others can look into, which
// is left as it is.
func MakeState(p Place) (warning string, err error) {
	said := ""
	if p.Named() {
		said = " (from " + p.From + ")"
	}
	wrap := func(err error, hint string) error {
		return fmt.Errorf("state folder %s%s: %w: %s", p.Path, said, bare(err), hint)
	}
	info, err := os.Stat(p.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(p.Path, 0o700); err != nil {
			return "", wrap(err, "make it by hand, owned by the user that runs the gateway, or choose another with --state-dir")
		}
	case err != nil:
		return "", wrap(err, "check who owns the folders above it, or choose another with --state-dir")
	case !info.IsDir():
		return "", wrap(errors.New("there is a file in its place"), "choose another folder with --state-dir")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		warning = fmt.Sprintf("state folder %s%s: other users can look into it (%04o): chmod 700 %s", p.Path, said, info.Mode().Perm(), p.Path)
	}
	probe, err := os.CreateTemp(p.Path, ".probe-*")
	if err != nil {
		return "", wrap(err, "it has to be writable for the user that runs the gateway")
	}
	return warning, errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// bare takes the path and the system call off an error: the message around it
// names the path already.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// read takes in the file. That it is missing is a problem of nobody, unless
// somebody named it; even then the defaults are in force.
func (l *Loaded) read(s Sources) {
	if s.Text != nil {
		l.Text, l.Exists = s.Text, true
		return
	}
	info, err := os.Stat(s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if s.Named {
			l.Warnings = append(l.Warnings, Problem{File: s.Path, Rule: RuleFile, Message: "there is no such file: the defaults are in force"})
		}
		return
	case err != nil:
		l.unreadable(err)
		return
	case !info.Mode().IsRegular():
		// Opening a named pipe might never return.
		what := "something other than a file"
		if info.IsDir() {
			what = "a folder"
		}
		l.Exists = true
		l.Problems = append(l.Problems, Problem{File: s.Path, Rule: RuleFile, Message: "this is " + what + ": expected the configuration file, name it with --config or GATEWAY_CONFIG"})
		return
	}
	l.Exists, l.mode = true, info.Mode()
	file, err := os.Open(s.Path)
	if err != nil {
		l.unreadable(err)
		return
	}
	defer file.Close()
	// One byte more than allowed tells a text that is too long.
	l.Text, err = io.ReadAll(io.LimitReader(file, maxText+1))
	if err != nil {
		l.Text = nil
		l.unreadable(err)
	} else if len(l.Text) > maxText {
		l.Text = nil
		l.Problems = append(l.Problems, Problem{File: l.Path, Rule: RuleFile, Message: fmt.Sprintf("the file is too long: at most %d bytes are read", maxText)})
	}
}

func (l *Loaded) unreadable(err error) {
	l.Exists = true
	message := "can't be read: " + bare(err).Error()
	if errors.Is(err, fs.ErrPermission) {
		message += ": it has to be readable for the user that runs the gateway"
	} else if errors.Is(err, syscall.ENOTDIR) {
		message += ": a part of its path is a file"
	}
	l.Problems = append(l.Problems, Problem{File: l.Path, Rule: RuleFile, Message: message})
}
