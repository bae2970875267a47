//go:build !unix

package nodehost

import (
	"os/exec"
	"strconv"
)

// group ends a program with all that it started.
func group(cmd *exec.Cmd) {
	cmd.Cancel = func() error {
		endGroup(cmd)
		return cmd.Process.Kill()
	}
}

// endGroup ends a program's children, as far as the system still knows whose they
// are.
func endGroup(cmd *exec.Cmd) {
	_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run()
}
