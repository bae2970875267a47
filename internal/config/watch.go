package config

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// How the file is watched. Editors write in several steps, so that it is read
// once they have been quiet for a while; where the system tells nothing, it is
// looked at from time to time.
const (
	watchQuiet = 200 * time.Millisecond
	watchPoll  = 2 * time.Second
)

// Watch has the gateway follow its file when a hand changes it, until ctx ends.
func (s *Service) Watch(ctx context.Context) {
	w := watchFolder(s.o.File.Sources.Path, s.o.Logger)
	defer w.close()
	s.mu.Lock()
	s.keep()
	s.mu.Unlock()
	s.look() // it may have changed since it was read
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.changed():
			quiet = time.After(watchQuiet)
		case <-w.failed():
			quiet = time.After(watchQuiet) // events may have been lost
		case <-w.poll():
			s.look()
		case <-quiet:
			quiet = nil
			s.look()
		}
	}
}

// look follows the file if it is another text than the one that was looked at
// last. A file that is gone is no reason to forget what it said: it may be about
// to be written.
func (s *Service) look() {
	l, _ := s.o.File.Read()
	s.mu.Lock()
	seen := s.seen
	s.mu.Unlock()
	switch {
	case l.Hash == seen:
	case !l.Exists:
		s.o.Logger.Warn("the configuration file is gone, what was in force stays so", "path", l.Path)
		s.mu.Lock()
		s.seen = l.Hash
		s.fallen = []Fallback{{"", Problems{{File: l.Path, Rule: RuleFile, Message: "the file is gone"}}, s.good.name()}}
		s.mu.Unlock()
	default:
		s.Follow("the configuration file changed")
	}
}

// folderWatch tells when something happens in the folder of a file: a file that
// is replaced is another one, which only its folder knows.
type folderWatch struct {
	folder  string
	system  *fsnotify.Watcher // nil: the system tells nothing
	polling *time.Ticker
}

func watchFolder(path string, log *slog.Logger) *folderWatch {
	w := &folderWatch{folder: filepath.Dir(path)}
	var err error
	if w.system, err = fsnotify.NewWatcher(); err == nil {
		err = w.system.Add(w.folder)
	}
	// What a link points to is elsewhere, where nothing is heard of it.
	target, linkErr := filepath.EvalSymlinks(path)
	if err != nil || linkErr == nil && filepath.Dir(target) != filepath.Clean(w.folder) {
		log.Debug("the configuration file is looked at from time to time", "path", path, "error", err)
		w.polling = time.NewTicker(watchPoll)
	}
	return w
}

func (w *folderWatch) changed() <-chan fsnotify.Event {
	if w.system == nil {
		return nil
	}
	return w.system.Events
}

func (w *folderWatch) failed() <-chan error {
	if w.system == nil {
		return nil
	}
	return w.system.Errors
}

func (w *folderWatch) poll() <-chan time.Time {
	if w.polling == nil {
		return nil
	}
	return w.polling.C
}

func (w *folderWatch) close() {
	if w.system != nil {
		_ = w.system.Close()
	}
	if w.polling != nil {
		w.polling.Stop()
	}
}
