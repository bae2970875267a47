package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
)

// Exit statuses.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitAuth        = 4  // authentication or pairing
	exitUnreachable = 69 // no gateway answers
)

// failure is an error with the exit status that it leads to. Without an error
// the command has said what is wrong.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit status %d", f.code)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// usagef is a command line that only the command itself can tell is wrong.
func usagef(format string, args ...any) error {
	return &failure{exitUsage, fmt.Errorf(format, args...)}
}

// exitStatus is the status that an error leads to.
func exitStatus(err error) int {
	if err == nil {
		return exitOK
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f.code
	}
	if _, ok := errors.AsType[connection.UsageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*connection.DeniedError](err); ok {
		return exitAuth
	}
	if _, ok := errors.AsType[*connection.UnreachableError](err); ok {
		return exitUnreachable
	}
	if e, ok := errors.AsType[*client.Error](err); ok {
		if e.Code == protocol.CodeNotPaired || strings.HasPrefix(e.Message, "missing scope") || strings.HasPrefix(e.Message, "unauthorized") {
			return exitAuth
		}
		return exitFailed
	}
	_, closed := errors.AsType[*client.CloseError](err)
	if closed || errors.Is(err, client.ErrConnectionLost) || errors.Is(err, client.ErrTickTimeout) || errors.Is(err, context.DeadlineExceeded) {
		return exitUnreachable
	}
	return exitFailed
}

// report says on stderr what went wrong: in a few lines for people, as one
// JSON object for programs.
func report(w io.Writer, err error, asJSON bool) {
	if f, ok := errors.AsType[*failure](err); ok && f.err == nil {
		return
	}
	answer, answered := errors.AsType[*client.Error](err)
	if asJSON {
		reportJSON(w, err, answer)
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(w, "gateway: %s\n", screen.Clean(line))
	}
	if !answered {
		return
	}
	for _, line := range details(answer.Details) {
		fmt.Fprintf(w, "  %s\n", screen.Clean(line))
	}
	if answer.RetryAfter > 0 {
		fmt.Fprintf(w, "  try again in %s\n", screen.Span(answer.RetryAfter.Round(time.Second)))
	}
}

// details are an answer's: a line for each issue where it lists issues.
func details(data []byte) []string {
	if len(data) == 0 {
		return nil
	}
	var known struct {
		Issues []struct{ Path, Rule, Message string }
	}
	if json.Unmarshal(data, &known) != nil || len(known.Issues) == 0 {
		return []string{"details: " + string(data)}
	}
	var lines []string
	for _, i := range known.Issues {
		lines = append(lines, fmt.Sprintf("at %s: %s", cmpPath(i.Path), i.Message))
	}
	return lines
}

func cmpPath(path string) string {
	if path == "" {
		return "root"
	}
	return path
}

// errorReport is an error for programs.
type errorReport struct {
	Exit         int             `json:"exit"`
	Message      string          `json:"message"`
	Code         string          `json:"code,omitempty"` // the gateway's
	Details      json.RawMessage `json:"details,omitempty"`
	Retryable    bool            `json:"retryable,omitempty"`
	RetryAfterMs int64           `json:"retryAfterMs,omitempty"`
}

func reportJSON(w io.Writer, err error, answer *client.Error) {
	r := errorReport{Exit: exitStatus(err), Message: err.Error()}
	if answer != nil {
		r.Code, r.Message, r.Details = answer.Code, answer.Message, json.RawMessage(answer.Details)
		r.Retryable, r.RetryAfterMs = answer.Retryable, answer.RetryAfter.Milliseconds()
	}
	line, _ := json.Marshal(map[string]any{"error": r})
	fmt.Fprintf(w, "%s\n", line)
}
