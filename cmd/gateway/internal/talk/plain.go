package talk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrFailed is what Plain ends with when a reply was an error.
var ErrFailed = errors.New("a reply ended in an error")

// Plain holds the conversation over a pipe: each line is a message, and its
// reply is written as it grows. Nothing is read before the reply is complete.
func (t *Talk) Plain(ctx context.Context, in io.Reader, out, errs io.Writer) error {
	lines := make(chan string)
	failed := make(chan error, 1)
	stop := make(chan struct{})
	defer close(stop)
	go func() { // ends with the input, or with the process where that blocks
		defer close(lines)
		r := bufio.NewScanner(in)
		r.Buffer(nil, 1<<20)
		for r.Scan() {
			select {
			case lines <- r.Text():
			case <-stop:
				return
			}
		}
		failed <- r.Err()
	}()
	var last error
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, more := <-lines:
			switch text := strings.TrimSpace(line); {
			case !more:
				return errors.Join(<-failed, last)
			case text == "":
				continue
			case text == "/quit" || text == "/exit":
				return last
			default:
				err := t.Answer(ctx, text, out, errs)
				if err != nil && !errors.Is(err, ErrFailed) {
					return err
				}
				last = err
			}
		}
	}
}

// Answer sends one message and writes its reply as it grows.
func (t *Talk) Answer(ctx context.Context, text string, out, errs io.Writer) error {
	run, err := t.Send(ctx, text)
	if err != nil || run == "" {
		return err
	}
	written := ""
	write := func(text string) {
		// Only what is new is written; a text that starts over begins a line.
		if rest, ok := strings.CutPrefix(text, written); ok {
			fmt.Fprint(out, Clean(rest))
		} else {
			fmt.Fprint(out, "\n"+Clean(text))
		}
		written = text
	}
	for {
		var u Update
		select {
		case u = <-t.updates:
		case <-ctx.Done():
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
			defer cancel()
			_, err := t.Stop(end)
			return err
		}
		if u.Run != run {
			continue
		}
		switch u.Kind {
		case Text:
			write(u.Text)
		case Done:
			write(u.Text)
			fmt.Fprintln(out)
			return nil
		case Stopped:
			fmt.Fprintln(out)
			fmt.Fprintln(errs, "stopped")
			return nil
		case Failed:
			if written != "" {
				fmt.Fprintln(out)
			}
			fmt.Fprintln(errs, Clean(u.Text))
			return ErrFailed
		}
	}
}
