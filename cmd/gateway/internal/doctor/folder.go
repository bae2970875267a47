package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/backup"
	"github.com/gatesmith/gatesmith/internal/store"
)

func versions(i store.Inspection) string {
	text := fmt.Sprintf("%s has schema version %d, this program knows versions up to %d", i.Where, i.Version, i.Newest)
	if i.Size > 0 {
		text += "; " + screen.Size(i.Size)
	}
	return text
}

// folder looks at the state folder: whether the gateway can write there, and
// others cannot read.
func (x *examination) folder() {
	const check = "state folder"
	path := x.State.Path
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		x.say(check, OK, path+" is not there yet: the first start makes it", "")
		return
	case err != nil:
		x.say(check, Wrong, err.Error(), "check who owns the folders above it, or choose another with --state-dir")
		return
	case !info.IsDir():
		x.say(check, Wrong, path+" is a file", "choose another folder with --state-dir")
		return
	}
	if owner, ours := ownedByUs(info); !ours {
		x.say(check, Doubt, fmt.Sprintf("%s belongs to user %s", path, owner), "run this, and the gateway, as that user")
	}
	probe, err := os.CreateTemp(path, ".probe-*")
	if err != nil {
		x.say(check, Wrong, fmt.Sprintf("%s cannot be written: %v", path, err), "let the user that runs the gateway write there: chown and chmod u+rwx")
		return
	}
	_ = errors.Join(probe.Close(), os.Remove(probe.Name()))
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		x.say(check, Doubt, fmt.Sprintf("others can look into %s (%04o)", path, mode), "chmod 700 "+path)
		return
	}
	backups, restores := backup.Leftovers(path)
	for _, left := range restores {
		x.say(check, Wrong, left+" is of a restore that runs, or was interrupted: files may be missing", "run gateway restore --force again, then remove it; what was there before is in the newest before-restore-…")
	}
	for _, left := range backups {
		x.say(check, Doubt, left+" is of a backup that runs, or was interrupted", "when none runs, remove it")
	}
	if len(restores)+len(backups) == 0 {
		x.say(check, OK, path, "")
	}
}

// The room that has to be there: a database that cannot grow loses nothing,
// and takes nothing either.
const (
	littleSpace = 1_000_000_000
	noSpace     = 100_000_000
)

func (x *examination) space() {
	const check = "disk space"
	path := existing(x.State.Path)
	free, err := freeSpace(path)
	switch {
	case err != nil:
		x.say(check, Doubt, fmt.Sprintf("cannot tell how much room there is at %s: %v", path, err), "")
	case free < noSpace:
		x.say(check, Wrong, fmt.Sprintf("%s is free at %s", screen.Size(free), path), "make room: the gateway takes no writes on a full disk")
	case free < littleSpace:
		x.say(check, Doubt, fmt.Sprintf("%s is free at %s", screen.Size(free), path), "make room soon")
	default:
		x.say(check, OK, screen.Size(free)+" is free", "")
	}
}

// existing is the nearest folder that is there.
func existing(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || filepath.Dir(path) == path {
			return path
		}
		path = filepath.Dir(path)
	}
}

// secrets looks whether others can read what they must not.
func (x *examination) secrets() {
	const check = "secrets"
	if runtime.GOOS == "windows" {
		return // the folder's list of rights decides, and Windows has its own tools for it
	}
	open := 0
	for _, name := range []string{"token", "device.json", "tls-key.pem", store.DatabaseName} {
		path := filepath.Join(x.State.Path, name)
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			open++
			x.say(check, Wrong, fmt.Sprintf("others can read %s (%04o)", path, info.Mode().Perm()),
				"chmod 600 "+path+", and make a new secret if somebody may have read it")
		}
	}
	if open == 0 {
		x.say(check, OK, "nobody else can read them", "")
	}
}
