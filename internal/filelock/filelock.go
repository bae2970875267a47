// Package filelock lets one of several processes, or of several parts of one,
// have something to itself. A lock belongs to an open file, and ends with it.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrHeld is a lock that somebody else has.
var ErrHeld = errors.New("the lock is held")

// patience is the pause between two looks at a lock that is held.
const patience = 10 * time.Millisecond

// Wait opens a file, which it makes where there is none, and takes its lock.
// Closing the file gives the lock back. The file stays: removing it would let
// two hold the lock of one name.
func Wait(ctx context.Context, path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := Try(file)
		if err == nil {
			return file, nil
		}
		if errors.Is(err, ErrHeld) {
			select {
			case <-time.After(patience):
				continue
			case <-ctx.Done():
				err = fmt.Errorf("%s: %w by another process: %w", path, ErrHeld, ctx.Err())
			}
		}
		return nil, errors.Join(err, file.Close())
	}
}
