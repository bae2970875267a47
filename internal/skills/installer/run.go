package installer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"time"
	"unicode"
)

// run runs a command to its end. When ctx ends first, the program is ended with
// all that it started.
func (i *Installer) run(ctx context.Context, c *command) (Outcome, error) {
	limits := i.limits()
	cmd := exec.Command(c.program, c.args...)
	cmd.Dir = i.Dir
	cmd.Env = i.environment(c)
	stdout, stderr := i.output("stdout", limits.Output), i.output("stderr", limits.Output)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	// A process that was left behind may hold the pipes open.
	cmd.WaitDelay = limits.Grace
	inGroup(cmd)
	if err := cmd.Start(); err != nil {
		return Outcome{}, fmt.Errorf("%s can't be started: %w", cmd.Args[0], err)
	}
	ended := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-ended:
		case <-ctx.Done():
			endGroup(cmd, false)
			grace := time.NewTimer(limits.Grace)
			defer grace.Stop()
			select {
			case <-ended:
			case <-grace.C:
			}
		}
		endGroup(cmd, true) // also what the program left behind
	})
	err := cmd.Wait()
	close(ended)
	watch.Wait()
	out := Outcome{Stdout: stdout.text(), Stderr: stderr.text()}
	if code := cmd.ProcessState.ExitCode(); code >= 0 && ctx.Err() == nil {
		out.Code = &code
	}
	switch exit, left := errors.AsType[*exec.ExitError](err); {
	case ctx.Err() != nil:
		return out, stopped(ctx)
	case left && exit.ExitCode() >= 0:
		return out, fmt.Errorf("the installer ended with status %d%s", exit.ExitCode(), because(out))
	case left:
		return out, fmt.Errorf("the installer did not end by itself: %s", exit.ProcessState)
	case errors.Is(err, exec.ErrWaitDelay):
		return out, nil // it ended well, and left something that was ended too
	}
	return out, err
}

// stopped words why an installation was ended before its time.
func stopped(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return errors.New("the installation took too long and was ended: timeoutMs gives it more time")
	}
	return errors.New("the installation was ended: whoever asked for it is gone, or the gateway stops")
}

// because is the last thing that an installer said.
func because(out Outcome) string {
	for _, text := range []string{out.Stderr, out.Stdout} {
		if text = strings.TrimSpace(text); text != "" {
			last := text[strings.LastIndexByte(text, '\n')+1:]
			return ": " + clip(last, maxReason)
		}
	}
	return ""
}

const (
	maxReason = 300 // bytes of an error
	maxLine   = 2000
	maxLines  = 500 // of an output that go into the log
)

// output keeps the end of what a program writes, and puts it into the log line by
// line as it comes.
type output struct {
	name string
	most int
	log  *slog.Logger

	mu    sync.Mutex
	kept  []byte
	left  int64 // bytes that were not kept
	line  []byte
	lines int
}

func (i *Installer) output(name string, most int) *output {
	return &output{name: name, most: most, log: i.log()}
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept = append(o.kept, b...)
	if over := len(o.kept) - o.most; over > 0 {
		o.left += int64(over)
		o.kept = append(o.kept[:0], o.kept[over:]...)
	}
	for rest := b; len(rest) > 0; {
		line, more, full := bytes.Cut(rest, []byte("\n"))
		if room := maxLine - len(o.line); room > 0 {
			o.line = append(o.line, line[:min(len(line), room)]...)
		}
		if full {
			o.tell()
		}
		rest = more
	}
	return len(b), nil
}

// tell puts a line into the log. The lock is held.
func (o *output) tell() {
	line := plain(string(o.line))
	o.line = o.line[:0]
	if line == "" {
		return
	}
	switch o.lines++; {
	case o.lines < maxLines:
		o.log.Info("installer", o.name, line)
	case o.lines == maxLines:
		o.log.Info("the installer writes more, which is left out here", "output", o.name)
	}
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.line) > 0 {
		o.tell()
	}
	text := strings.ToValidUTF8(string(o.kept), "\ufffd")
	if o.left > 0 {
		return fmt.Sprintf("[%d bytes before this are left out]\n", o.left) + text
	}
	return text
}

// plain takes out of a line what a terminal would obey.
func plain(line string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(line, "\ufffd")))
}

func clip(text string, most int) string {
	if text = plain(text); len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len("…")], "") + "…"
}
