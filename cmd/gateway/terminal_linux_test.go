package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gatesmith/gatesmith/internal/app"
)

// terminal opens a pair: what is written to the second can be read from the
// first.
func terminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	return screen, tty
}

// A person at a terminal sees the new token, once.
func TestTokenOnTerminal(t *testing.T) {
	dir := t.TempDir()
	first := func() string {
		screen, tty := terminal(t)
		cmd := command(t, nil, "serve", "--state-dir", dir, "--port", "0")
		cmd.Stdout = tty
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}()
		var said strings.Builder
		for s := bufio.NewScanner(screen); s.Scan(); {
			said.WriteString(s.Text() + "\n")
			if strings.HasPrefix(s.Text(), "There is no configuration file") {
				break
			}
		}
		return said.String()
	}
	said := first()
	token, err := app.ReadToken(dir)
	if err != nil || !strings.Contains(said, "It is "+token) {
		t.Errorf("%v, the terminal says\n%s", err, said)
	}
	if again := first(); strings.Contains(again, token) {
		t.Errorf("the second time it says\n%s", again)
	}
}
