// Package installer installs what skills need: programs by the tools of their
// languages, and archives by the gateway itself. Everything lands in one folder of
// the gateway's, so that it needs no rights beyond its own and can be taken away
// with that folder.
//
//	bin/          programs of Go modules and of downloads
//	npm/          what npm installs
//	skills/NAME/  what is downloaded for a skill
//	cache/        of the tools that are run
package installer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// The kinds of ways to install.
const (
	Go       = "go"
	Node     = "node"
	Download = "download"
	Brew     = "brew"
	UV       = "uv"
)

// Kinds lists them.
var Kinds = []string{Brew, Node, Go, UV, Download}

// Way says how something is installed, as the author of a skill wrote it.
type Way struct {
	Kind    string
	Skill   string   // the skill's key, which names the folder of downloads
	Bins    []string // programs that are there afterwards
	Module  string   // go: path of the package, with or without @version
	Package string   // node, uv
	Formula string   // brew

	URL     string // download
	SHA256  string // of what is downloaded, in hexadecimal
	Archive string // tar.gz or zip; "": as the URL ends; none: one file
	Strip   int    // leading folders of the archive's names to leave out
	Folder  string // below the skill's own
}

// Limits bound what an installation may take.
type Limits struct {
	Output   int           // bytes that are kept of each output
	Download int64         // bytes
	Unpacked int64         // bytes
	Files    int           // in an archive
	Grace    time.Duration // between asking a program to end and making it
}

var defaults = Limits{Output: 64 << 10, Download: 512 << 20, Unpacked: 2 << 30, Files: 50_000, Grace: 2 * time.Second}

// Installer installs into one folder.
type Installer struct {
	Dir    string
	Logger *slog.Logger
	Limits Limits // where zero: defaults

	Env      func(name string) (string, bool)  // os.LookupEnv when nil
	LookPath func(name string) (string, error) // exec.LookPath when nil
}

// Outcome is what came of an installation.
type Outcome struct {
	Stdout, Stderr string
	Code           *int // exit status; nil: nothing was started, or it did not end by itself
}

// Folders are where installed programs lie.
func Folders(dir string) []string {
	npm := filepath.Join(dir, "npm")
	if runtime.GOOS != "windows" {
		npm = filepath.Join(npm, "bin")
	}
	return []string{filepath.Join(dir, "bin"), npm}
}

// Install does what a way says, until ctx ends. What it learned is given with an
// error, too.
func (i *Installer) Install(ctx context.Context, w *Way) (out Outcome, err error) {
	i.log().Info("installing for a skill", "skill", w.Skill, "kind", w.Kind)
	if w.Kind == Download {
		err = i.download(ctx, w)
	} else {
		var c *command
		if c, err = i.command(w); err == nil {
			out, err = i.run(ctx, c)
		}
	}
	if err == nil {
		err = i.missing(w.Bins)
	}
	if err != nil {
		i.log().Warn("not installed", "skill", w.Skill, "kind", w.Kind, "error", err)
		return out, err
	}
	i.log().Info("installed for a skill", "skill", w.Skill, "kind", w.Kind)
	return out, nil
}

// missing holds an installer to what it was to bring.
func (i *Installer) missing(bins []string) error {
	for _, name := range bins {
		if _, err := i.Find(name); err != nil {
			return fmt.Errorf("the installation went well, but the program %q is not there after it: is install.bins of the skill right?", name)
		}
	}
	return nil
}

// Find gives the place of a program: one that was installed here, or in PATH.
func (i *Installer) Find(name string) (string, error) {
	for _, folder := range Folders(i.Dir) {
		if path, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
			return path, nil
		}
	}
	return i.lookPath(name)
}

func (i *Installer) lookPath(name string) (string, error) {
	if i.LookPath != nil {
		return i.LookPath(name)
	}
	return exec.LookPath(name)
}

func (i *Installer) env(name string) (string, bool) {
	if i.Env != nil {
		return i.Env(name)
	}
	return os.LookupEnv(name)
}

func (i *Installer) log() *slog.Logger {
	if i.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return i.Logger
}

func (i *Installer) limits() Limits {
	l := i.Limits
	if l.Output == 0 {
		l.Output = defaults.Output
	}
	if l.Download == 0 {
		l.Download = defaults.Download
	}
	if l.Unpacked == 0 {
		l.Unpacked = defaults.Unpacked
	}
	if l.Files == 0 {
		l.Files = defaults.Files
	}
	if l.Grace == 0 {
		l.Grace = defaults.Grace
	}
	return l
}

// errNotRun is why nothing was done for a kind that the gateway leaves to people.
var errNotRun = errors.New("the gateway does not run it")

// NotRun reports whether an error says that the gateway leaves this kind to
// people.
func NotRun(err error) bool { return errors.Is(err, errNotRun) }

// Known reports whether there is such a kind.
func Known(kind string) bool { return slices.Contains(Kinds, kind) }
