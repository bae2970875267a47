//go:build unix

package server

import (
	"errors"
	"net"
	"syscall"
)

// attempt is a write that does not wait: as much as the system takes at once.
type attempt struct {
	data []byte
	n    int
	err  error
	call func(fd uintptr) bool
}

// directly gives what attempts need, or nil where a write may have to wait.
func directly(c net.Conn) syscall.RawConn {
	s, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// write writes what can be written at once.
func (a *attempt) write(raw syscall.RawConn, data []byte) (int, error) {
	if a.call == nil {
		a.call = a.once
	}
	a.data, a.n, a.err = data, 0, nil
	err := raw.Write(a.call)
	a.data = nil
	return a.n, errors.Join(err, a.err)
}

// once reports that it need not be called again, whatever came of it.
func (a *attempt) once(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), a.data)
		switch {
		case n > 0:
			a.n = n
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
		default:
			a.err = err
		}
		return true
	}
}
