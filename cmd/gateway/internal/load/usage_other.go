//go:build !linux

package load

import "time"

// cpu is not known here.
func cpu(int) time.Duration { return 0 }

// resident is not known here.
func resident(int) int64 { return 0 }
