//go:build !unix

package server

import (
	"net"
	"syscall"
)

// attempt is a write that does not wait. Here there is none.
type attempt struct{}

func directly(net.Conn) syscall.RawConn { return nil }

func (*attempt) write(syscall.RawConn, []byte) (int, error) { return 0, nil }
