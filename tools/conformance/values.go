package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gatesmith/gatesmith/tools/vectors/vector"
)

// question asks a driver for its verdict on a text, and issue is a part of the
// answer: what is wrong, and where.
type question struct {
	Type string `json:"type"`
	Mode string `json:"mode"`
	Text []byte `json:"base64"`
}

type issue struct {
	Path string `json:"path"`
	Rule string `json:"rule"`
}

// shownFaults is how many faults are shown.
const shownFaults = 20

// values asks a driver about every vector, a line each way, and tells where it
// judges otherwise.
func values(out io.Writer, folder string, wait time.Duration, command []string) (failed int, err error) {
	var sets []vector.Set
	for _, dir := range []string{folder, filepath.Join(folder, "traps")} {
		more, err := vector.Read(dir)
		if err != nil {
			return 0, err
		}
		sets = append(sets, more...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	asked := make(chan error, 1)
	go func() {
		asked <- ask(in, sets)
	}()
	failed, total, err := judge(out, answers, sets)
	if err != nil {
		cancel()
	}
	asking, ended := <-asked, cmd.Wait()
	for _, e := range []error{err, asking, ended} {
		if e != nil {
			return failed, fmt.Errorf("the driver: %w", e)
		}
	}
	fmt.Fprintf(out, "%d of %d values were judged right\n", total-failed, total)
	return failed, nil
}

// ask writes a question for each vector.
func ask(in io.WriteCloser, sets []vector.Set) error {
	defer in.Close()
	w := bufio.NewWriter(in)
	questions := json.NewEncoder(w)
	for _, set := range sets {
		for _, v := range set.Tests {
			if err := questions.Encode(question{set.Type, v.Mode, v.JSON()}); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

// judge compares the answers with the vectors.
func judge(out io.Writer, answers io.Reader, sets []vector.Set) (failed, total int, err error) {
	dec := json.NewDecoder(answers)
	for _, set := range sets {
		for _, v := range set.Tests {
			total++
			var a struct {
				Issues []issue `json:"issues"`
			}
			if err := dec.Decode(&a); err != nil {
				return failed, total, fmt.Errorf("the answer to value %d, a %s: %w", total, set.Type, err)
			}
			if fault := wrong(v, a.Issues); fault != "" {
				if failed++; failed <= shownFaults {
					fmt.Fprintf(out, "FAIL %s, %s, %s: %s\n     %s\n", set.Type, v.Description, v.Mode, fault, v.JSON())
				}
			}
		}
	}
	return failed, total, nil
}

// wrong says in what a verdict differs from a vector; "" in nothing.
func wrong(v vector.Vector, issues []issue) string {
	switch {
	case v.Valid && len(issues) > 0:
		return fmt.Sprintf("it is valid, and was refused at %q for %s", issues[0].Path, issues[0].Rule)
	case v.Valid:
		return ""
	case len(issues) == 0:
		return "it is not valid, and was accepted"
	case v.Path != nil && issues[0].Path != *v.Path:
		return fmt.Sprintf("the place is %q, not %q", *v.Path, issues[0].Path)
	case v.Rule != "" && issues[0].Rule != v.Rule:
		return fmt.Sprintf("the rule is %s, not %s", v.Rule, issues[0].Rule)
	}
	return ""
}
