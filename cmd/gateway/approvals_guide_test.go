package main

import (
	"runtime"
	"testing"
)

// TestApprovalsGuide runs what docs/approvals.md shows, as that of operating is.
func TestApprovalsGuide(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the guide speaks to a Unix shell")
	}
	runGuide(t, "approvals.md", 3)
}
