//go:build !linux

package systemd

import "time"

// monotonic is of interest to systemd only, which there is on Linux only.
func monotonic() time.Duration { return 0 }
