package wizard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/server"
)

// finish shows what is to be written, writes it, and says so. again: everything is
// to be asked once more.
func (x *script) finish(ctx context.Context) (again bool, err error) {
	next, err := x.drafted()
	if err != nil && next == nil {
		return false, err
	}
	if next.Config == nil {
		return x.refused(ctx, err)
	}
	folder := x.o.Workspace(next.Config)
	text := "Nothing of the configuration changes."
	if len(x.draft.edits) > 0 {
		text = "To be written to " + x.base.Path + ":\n" + strings.Join(x.draft.lines(), "\n")
	}
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		text += "\n\nThe folder " + folder + " will be made."
	}
	yes, err := x.ask.Confirm(ctx, Question{Name: "write", Title: "Ready to write", Text: text + x.overruled(next)}, true)
	switch {
	case err != nil:
		return false, err
	case !yes:
		return false, errCancelled
	}
	for {
		made, err := makeFolder(folder)
		if err == nil {
			err = x.write(ctx)
		}
		if err == nil {
			return false, x.done(ctx)
		}
		made.undo()
		if again, err = x.failed(ctx, err); again || err != nil {
			return again, err
		}
	}
}

// overruled tells which answers have no effect because the environment or a flag
// says something else.
func (x *script) overruled(next *config.Loaded) string {
	text := ""
	for _, e := range x.draft.edits {
		if o := next.Origin(e.key); o.Kind > config.FromFile {
			text += "\n\n" + o.String() + " wins over the file for " + e.key + ": it has no effect until that is gone."
		}
	}
	return text
}

// write changes the file, if it still is the one that was read.
func (x *script) write(ctx context.Context) error {
	if len(x.draft.edits) == 0 && string(x.text) == string(x.base.Text) {
		return nil
	}
	if x.ask.peer != nil {
		ctx = server.WithPeer(ctx, x.ask.peer)
	}
	// What is begun is finished: a client that goes away meanwhile does not matter.
	restart, err := x.o.Settings.Swap(context.WithoutCancel(ctx), x.base.Hash, by, func(*config.Loaded) ([]byte, error) { return x.draft.apply(x.text) })
	if err == nil {
		x.run.mu.Lock()
		x.run.restart = restart
		x.run.mu.Unlock()
	}
	return err
}

// failed asks what to do where nothing could be written.
func (x *script) failed(ctx context.Context, cause error) (again bool, err error) {
	if c, ok := errors.AsType[config.Conflict](cause); ok && c == config.HashChanged {
		return false, x.conflict(ctx)
	}
	if problems, ok := errors.AsType[config.Problems](cause); ok {
		return x.refused(ctx, problems)
	}
	what, err := x.ask.Choose(ctx, Question{Name: "failed", Title: "Nothing was written", Text: cause.Error(), Initial: tryAgain, Options: []Option{
		{tryAgain, "Try again", ""}, {change, "Ask everything again", ""}, {stop, "Stop", "and leave everything as it is"},
	}})
	if what == stop {
		err = errCancelled
	}
	return what == change, err
}

// refused asks what to do with answers that a gateway would not start with.
func (x *script) refused(ctx context.Context, problems error) (again bool, err error) {
	what, err := x.ask.Choose(ctx, Question{Name: "refused", Title: "The gateway would not start with this", Text: problems.Error(), Initial: change, Options: []Option{
		{change, "Ask everything again", ""}, {stop, "Stop", "and leave everything as it is"},
	}})
	if what == stop {
		err = errCancelled
	}
	return true, err
}

// conflict asks what to do with a file that somebody else changed meanwhile. What
// he wrote stays, but for what is answered here.
func (x *script) conflict(ctx context.Context) error {
	now := x.o.Settings.Read()
	if len(now.Problems) > 0 {
		return fmt.Errorf("somebody changed the configuration meanwhile, and it is not valid any more: %w", now.Problems)
	}
	changed, err := config.Compare(x.base.Text, now.Text)
	if err != nil {
		return err
	}
	text := "Somebody changed it while the questions were answered:\n" + strings.Join(summary(changed), "\n") +
		"\n\nThat can stay, with the answers put into it; where both say something of a setting, the answer counts."
	what, err := x.ask.Choose(ctx, Question{Name: "conflict", Title: "The configuration has changed", Text: text, Initial: goOn, Options: []Option{
		{goOn, "Put the answers into it", ""}, {stop, "Stop", "and leave it as it is"},
	}})
	if what == stop {
		err = errCancelled
	}
	x.base, x.text, x.now = now, now.Text, now
	return err
}

// done tells that everything is written. Whatever comes after that, it is.
func (x *script) done(ctx context.Context) error {
	text := "The gateway is set up."
	x.run.mu.Lock()
	restart := x.run.restart
	x.run.mu.Unlock()
	switch {
	case x.o.Offline:
		text += " Start it with `gateway serve`; then `gateway chat` talks to the assistant, and `gateway doctor` looks whether all is well."
	case restart:
		text += " It restarts now, so that everything takes effect. `gateway chat` talks to the assistant."
	default:
		text += " Everything is in effect. `gateway chat` talks to the assistant."
	}
	err := x.ask.Note(ctx, "done", "Done", text)
	if errors.Is(err, errExpired) && x.run.needsRestart() {
		x.o.Settings.Restart(by) // there is nobody left to tell of the end
	}
	return nil
}

// folders are those that were made for a workspace, the deepest first.
type folders []string

// makeFolder makes a folder and those above it, for their owner alone.
func makeFolder(path string) (made folders, err error) {
	for at := path; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		made = append(made, at)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		made.undo()
		return nil, fmt.Errorf("the folder %s can't be made: %w", path, err)
	}
	return made, nil
}

// undo removes them again, as far as nothing is in them.
func (f folders) undo() {
	for _, path := range f {
		_ = os.Remove(path) // one that holds something by now stays
	}
}
