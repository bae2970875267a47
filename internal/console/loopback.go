package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
)

// This is the console of systems that don't say who connected. It is compiled
// and tested everywhere, so that it stays whole.

// secretLength is how many bytes a connection begins with.
const secretLength = 64

// listenLoopback opens a TCP listener and tells the owner alone how to come in.
func listenLoopback(ctx context.Context, path string, log *slog.Logger) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot open the console: %w", err)
	}
	raw := make([]byte, secretLength/2)
	rand.Read(raw) // never fails
	secret := hex.EncodeToString(raw)
	if err := writeNew(path, l.Addr().String()+"\n"+secret+"\n"); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot tell where the console is: %w", err), l.Close())
	}
	return &secretListener{Listener: l, path: path, secret: secret, log: log}, nil
}

// writeNew writes a file that must not be there yet, for its owner alone.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// dialLoopback connects and presents the secret.
func dialLoopback(ctx context.Context, path string) (net.Conn, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	address, secret, ok := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if secret = strings.TrimSpace(secret); !ok || len(secret) != secretLength {
		return nil, fmt.Errorf("%s does not say where the console is: restart the gateway", path)
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", strings.TrimSpace(address))
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c, secret); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// secretListener hands out connections that fail at the first read unless they
// begin with the secret: the reader's deadline bounds how long that may take,
// and nobody who is slow keeps others waiting.
type secretListener struct {
	net.Listener
	path   string
	secret string
	log    *slog.Logger
}

// Accept waits for a connection.
func (l *secretListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &secretConn{Conn: c, secret: l.secret, log: l.log}, nil
}

// Close also removes the file.
func (l *secretListener) Close() error {
	err := l.Listener.Close()
	if rm := os.Remove(l.path); rm != nil && !errors.Is(rm, fs.ErrNotExist) {
		err = errors.Join(err, rm)
	}
	return err
}

type secretConn struct {
	net.Conn
	secret string
	log    *slog.Logger
	once   sync.Once
	fault  error
}

var errNotOwner = errors.New("the connection did not begin with the console's secret")

// Read gives what follows the secret.
func (c *secretConn) Read(p []byte) (int, error) {
	c.once.Do(c.prove)
	if c.fault != nil {
		return 0, c.fault
	}
	return c.Conn.Read(p)
}

func (c *secretConn) prove() {
	presented := make([]byte, secretLength)
	if _, c.fault = io.ReadFull(c.Conn, presented); c.fault != nil {
		return
	}
	if subtle.ConstantTimeCompare(presented, []byte(c.secret)) != 1 {
		c.fault = errNotOwner
		c.log.Warn("turned away at the console", "error", c.fault)
		_ = c.Conn.Close()
	}
}
