//go:build !linux && !darwin

package console

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
)

const staleType = fs.FileMode(0)

func listen(ctx context.Context, path string, log *slog.Logger) (net.Listener, error) {
	return listenLoopback(ctx, path, log)
}

func dial(ctx context.Context, path string) (net.Conn, error) { return dialLoopback(ctx, path) }
