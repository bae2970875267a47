package nodehost

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// notifyWithin is how long a desktop may take to show something.
const notifyWithin = 5 * time.Second

// errNoDesktop: nobody sits before this machine.
var errNoDesktop = errors.New("there is no desktop")

// notify shows people a message; where there is no desktop it goes to the log.
func (h *Host) notify(ctx context.Context, r *request) (any, *Failure) {
	var p struct {
		Title string `json:"title"`
		Body  string `json:"body"`
	}
	if f := decode(r, &p); f != nil {
		return nil, f
	}
	p.Title, p.Body = strings.TrimSpace(p.Title), strings.TrimSpace(p.Body)
	if p.Title == "" && p.Body == "" {
		return nil, invalid("title or body is needed")
	}
	ctx, cancel := context.WithTimeout(ctx, notifyWithin)
	defer cancel()
	if err := h.show(ctx, p.Title, p.Body); err != nil {
		h.log.Info("notification", "title", p.Title, "body", p.Body, "shown", err.Error())
		return map[string]any{"shown": false}, nil
	}
	return map[string]any{"shown": true}, nil
}

// show asks the desktop. Texts are arguments of their own, so that nothing in
// them is taken for more than text.
func (h *Host) show(ctx context.Context, title, body string) error {
	var argv []string
	switch runtime.GOOS {
	case "darwin":
		argv = []string{"osascript", "-e", "on run argv", "-e", "display notification (item 2 of argv) with title (item 1 of argv)", "-e", "end run", title, body}
	case "windows":
		return errNoDesktop
	default:
		if h.variable("DISPLAY") == "" && h.variable("WAYLAND_DISPLAY") == "" {
			return errNoDesktop
		}
		argv = []string{"notify-send", "--", title, body}
	}
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return errNoDesktop
	}
	cmd := exec.CommandContext(ctx, path, argv[1:]...)
	cmd.Env = h.o.Env
	return cmd.Run()
}
