package load

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// cpu is the time that a process has computed, in the kernel and outside.
func cpu(pid int) time.Duration {
	// The sum over all threads is exact; those that ended are not in it, but
	// Go's do not end.
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0
	}
	var sum time.Duration
	for _, path := range tasks {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		first, _, _ := bytes.Cut(data, []byte(" "))
		ns, err := strconv.ParseInt(string(first), 10, 64)
		if err == nil {
			sum += time.Duration(ns)
		}
	}
	return sum
}

// resident is how much memory a process has; 0 when that is not known.
func resident(pid int) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(data)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
