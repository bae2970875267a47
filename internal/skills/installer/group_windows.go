package installer

import (
	"os/exec"
	"strconv"
	"syscall"
)

// inGroup starts a program as the first of a group of its own.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// endGroup ends a program with all that it started. Windows has no polite way for
// programs without a window, and knows the tree only while its root is there.
func endGroup(cmd *exec.Cmd, atOnce bool) {
	if !atOnce {
		_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run()
	}
}
