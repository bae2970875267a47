package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/fsync"
)

// History keeps the last versions of the configuration in a folder, which only
// the owner may read.
type History struct {
	Dir string // "": nothing is kept
}

// historyLength is how many versions are kept.
const historyLength = 50

// HistoryDir is where a state folder has the versions.
func HistoryDir(stateDir string) string { return filepath.Join(stateDir, "config-history") }

// Version is a text that the file once had.
type Version struct {
	Hash string    `json:"hash"`
	At   time.Time `json:"at"`           // when it was written, or found
	By   string    `json:"by,omitempty"` // what wrote it; "" for a hand
	path string
}

// Text reads the version.
func (v Version) Text() ([]byte, error) { return os.ReadFile(v.path) }

// versionTime is a time in a file's name, which sorts as the times do.
const versionTime = "20060102T150405.000000000Z"

// keep adds a version, unless the newest one is the same.
func (h History) keep(text []byte, by string, now time.Time) error {
	if h.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(h.Dir, 0o700); err != nil {
		return err
	}
	all, err := h.Versions()
	if err != nil {
		return err
	}
	hash := Hash(text)
	if len(all) > 0 && all[0].Hash == hash {
		return nil
	}
	name := now.UTC().Format(versionTime) + "_" + hash
	if by != "" {
		name += "_" + by
	}
	if err := fsync.Replace(filepath.Join(h.Dir, name+versionEnd), text); err != nil {
		return err
	}
	for _, old := range all[min(len(all), historyLength-1):] {
		err = errors.Join(err, os.Remove(old.path))
	}
	return err
}

const versionEnd = ".json5"

// Versions lists what is kept, the newest first.
func (h History) Versions() ([]Version, error) {
	entries, err := os.ReadDir(h.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Version
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), versionEnd)
		parts := strings.SplitN(name, "_", 3)
		if !ok || len(parts) < 2 {
			continue
		}
		at, err := time.Parse(versionTime, parts[0])
		if err != nil {
			continue
		}
		v := Version{Hash: parts[1], At: at, path: filepath.Join(h.Dir, e.Name())}
		if len(parts) == 3 {
			v.By = parts[2]
		}
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b Version) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(a.path, b.path)) })
	return all, nil
}

// Find gives the version whose hash begins so: the newest one where the same
// text was there several times.
func (h History) Find(hash string) (Version, error) {
	all, err := h.Versions()
	if err != nil {
		return Version{}, err
	}
	var found *Version
	for k, v := range all {
		switch {
		case hash == "" || !strings.HasPrefix(v.Hash, hash):
		case found == nil:
			found = &all[k]
		case found.Hash != v.Hash:
			return Version{}, fmt.Errorf("several versions begin with %s: give more of the hash", hash)
		}
	}
	if found == nil {
		return Version{}, fmt.Errorf("no version %q is kept: `gateway config history` lists them", hash)
	}
	return *found, nil
}
