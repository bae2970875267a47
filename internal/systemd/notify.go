// Package systemd tells systemd how the service is, over the socket that it
// gives its services: sd_notify(3). Where there is none, nothing happens.
package systemd

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Notifier is a way to tell. Nil tells nobody.
type Notifier struct {
	socket   string
	watchdog time.Duration
}

// FromEnv finds the way in the environment, and takes it out of there: programs
// that the service starts must not speak for it.
func FromEnv() *Notifier {
	socket, usec, pid := os.Getenv("NOTIFY_SOCKET"), os.Getenv("WATCHDOG_USEC"), os.Getenv("WATCHDOG_PID")
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		_ = os.Unsetenv(name)
	}
	// systemd names a path or, with @, an abstract socket.
	if socket == "" || socket[0] != '/' && socket[0] != '@' {
		return nil
	}
	n := &Notifier{socket: socket}
	if us, err := strconv.ParseInt(usec, 10, 64); err == nil && us > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		n.watchdog = time.Duration(us) * time.Microsecond
	}
	return n
}

// Watchdog is how often Alive has to be told, or the service is taken for
// dead; 0: not at all.
func (n *Notifier) Watchdog() time.Duration {
	if n == nil {
		return 0
	}
	return n.watchdog / 2
}

// Ready tells that the service does its work, and in a line for people how.
func (n *Notifier) Ready(status string) error { return n.send("READY=1", "STATUS="+status) }

// Alive tells that the service is not stuck.
func (n *Notifier) Alive() error { return n.send("WATCHDOG=1") }

// Reloading tells that settings are being read anew, until Ready.
func (n *Notifier) Reloading() error {
	return n.send("RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", monotonic().Microseconds()))
}

// Stopping tells that the service ends.
func (n *Notifier) Stopping() error { return n.send("STOPPING=1", "STATUS=stopping") }

// send sends assignments in one datagram.
func (n *Notifier) send(lines ...string) error {
	if n == nil {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("cannot tell systemd: %w", err)
	}
	defer c.Close()
	for k, line := range lines {
		lines[k] = strings.ReplaceAll(line, "\n", " ")
	}
	if _, err := c.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		return fmt.Errorf("cannot tell systemd: %w", err)
	}
	return nil
}
