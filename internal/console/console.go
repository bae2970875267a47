package console

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
)

// Path is where the console of a state folder is.
func Path(stateDir string) string { return filepath.Join(stateDir, "console.sock") }

// PathTooLongError says that the state folder lies too deep for a socket in
// it.
type PathTooLongError struct {
	Path  string
	Limit int
}

// Error says what to do.
func (e *PathTooLongError) Error() string {
	return fmt.Sprintf("the console socket's path has %d bytes and the system takes at most %d: %s: choose a state folder with a shorter path", len(e.Path), e.Limit, e.Path)
}

// Listen opens the console of a state folder, which the caller has locked: what
// an earlier process left behind is removed. Connections that Accept returns
// are the owner's. The log hears of those that are not.
func Listen(ctx context.Context, stateDir string, log *slog.Logger) (net.Listener, error) {
	path := Path(stateDir)
	if err := removeStale(path); err != nil {
		return nil, err
	}
	return listen(ctx, path, log)
}

// Dial connects to the console of a state folder. It is an error that
// errors.Is fs.ErrNotExist when no gateway has opened one there.
func Dial(ctx context.Context, stateDir string) (net.Conn, error) {
	return dial(ctx, Path(stateDir))
}

// removeStale removes the console of a process that is gone. Something of
// another kind is not ours to remove.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != staleType:
		return fmt.Errorf("%s is in the way of the console socket: it is none, so remove it by hand", path)
	}
	return os.Remove(path)
}
