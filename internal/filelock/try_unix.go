//go:build unix

package filelock

import (
	"os"

	"golang.org/x/sys/unix"
)

// Try takes a lock that belongs to the open file: also a second opening in
// the same process is refused, and closing other files doesn't lose it.
func Try(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch err {
		case unix.EINTR:
			continue
		case unix.EWOULDBLOCK:
			return ErrHeld
		}
		return err
	}
}
