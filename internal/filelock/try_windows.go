package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// Try locks one byte far behind the content. Windows keeps others from
// reading what is locked, and they are to read who has it.
func Try(file *os.File) error {
	far := windows.Overlapped{OffsetHigh: 0x7fffffff}
	err := windows.LockFileEx(windows.Handle(file.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &far)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return ErrHeld
	}
	return err
}
