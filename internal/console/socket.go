//go:build linux || darwin

package console

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
)

const staleType = fs.ModeSocket

func listen(ctx context.Context, path string, log *slog.Logger) (net.Listener, error) {
	if len(path) > maxPath {
		return nil, &PathTooLongError{path, maxPath}
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the console socket: %w", err)
	}
	// Until this is done the check at each connection keeps others out.
	if err := os.Chmod(path, 0o600); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("cannot close the console socket to other users: %w", err)
	}
	return &ownersListener{l.(*net.UnixListener), log, peerUID}, nil
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	if len(path) > maxPath {
		return nil, &PathTooLongError{path, maxPath}
	}
	var d net.Dialer
	return d.DialContext(ctx, "unix", path)
}

// ownersListener lets in whom the system says to be the gateway's own user, or
// root.
type ownersListener struct {
	*net.UnixListener
	log *slog.Logger
	uid func(*net.UnixConn) (uint32, error)
}

// Accept waits for a connection of the owner. Others are closed at once.
func (l *ownersListener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		uid, err := l.uid(c)
		if err == nil && owns(uid) {
			return c, nil
		}
		_ = c.Close()
		if err == nil {
			err = errors.New("only the gateway's own user and root may use it")
		}
		l.log.Warn("turned away at the console socket", "uid", uid, "error", err)
	}
}

func owns(uid uint32) bool { return uid == 0 || int(uid) == os.Geteuid() }
