//go:build unix

package store

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

var errHeld = errors.New("the lock is held")

// tryLock takes a lock that belongs to the open file: also a second opening in
// the same process is refused, and closing other files doesn't lose it.
func tryLock(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch err {
		case unix.EINTR:
			continue
		case unix.EWOULDBLOCK:
			return errHeld
		}
		return err
	}
}
