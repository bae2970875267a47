package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const evolvePage = "../../docs/evolve.md"

// TestEvolve follows docs/evolve.md as a reader would: it applies each diff and
// runs each command, and compares what is printed with what the page says.
// With -update it rewrites the outputs.
func TestEvolve(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("git is not installed")
		}
		t.Skip("NOT CHECKED: git is not installed")
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+who+"_NAME", "a")
		t.Setenv("GIT_"+who+"_EMAIL", "a@example.com")
	}
	page, err := os.ReadFile(evolvePage)
	if err != nil {
		t.Fatal(err)
	}
	reader := &pageReader{t: t, wd: t.TempDir()}
	followed := reader.follow(string(page))
	switch {
	case followed == string(page):
	case *update:
		if err := os.WriteFile(evolvePage, []byte(followed), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what happens (go test ./cmd/gatesmith -run Evolve -update rewrites it):\n%s", evolvePage, followed)
	}
	if reader.done < 10 {
		t.Errorf("only %d blocks were followed", reader.done)
	}
}

// pageReader does what a page says.
type pageReader struct {
	t    *testing.T
	wd   string
	done int // blocks that were followed

	arrived func() // does what init says that is left to do
}

// follow returns the page with what really happened.
func (r *pageReader) follow(page string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(page, "```")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		kind, rest, _ := strings.Cut(rest, "\n")
		block, rest, _ := strings.Cut(rest, "```")
		if _, file, named := strings.Cut(kind, " "); named {
			r.write(file, block)
			r.done++
		}
		switch kind {
		case "diff":
			r.apply(block)
			r.done++
		case "console":
			block = r.run(block)
			r.done++
		}
		out.WriteString("```" + kind + "\n" + block + "```")
		page = rest
	}
}

// write puts a file where the page says: go main.go after the fence.
func (r *pageReader) write(file, text string) {
	path := filepath.Join(r.wd, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// apply changes files as a diff says.
func (r *pageReader) apply(diff string) {
	cmd := exec.Command("git", "apply", "-")
	cmd.Dir, cmd.Stdin = r.wd, strings.NewReader(diff)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%s\n%s", out, diff)
	}
}

// run runs the commands of a block and puts what they print below each.
func (r *pageReader) run(block string) string {
	var out strings.Builder
	for line := range strings.Lines(block) {
		command, is := strings.CutPrefix(strings.TrimSpace(line), "$ ")
		if !is {
			continue
		}
		fmt.Fprintf(&out, "$ %s\n", command)
		printed := r.command(words(command))
		if args := words(command); args[0] == "gatesmith" && args[1] == "init" {
			r.wd = filepath.Join(r.wd, args[2]) // the reader goes there
			if r.arrived != nil {
				r.arrived()
			}
			continue // what init prints depends on the Go module around
		}
		out.WriteString(printed)
	}
	return out.String()
}

// words splits a command line; single quotes hold words together.
func words(command string) []string {
	var out []string
	for i, part := range strings.Split(command, "'") {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

func (r *pageReader) command(args []string) string {
	var out bytes.Buffer
	if args[0] == "gatesmith" {
		execute(args[1:], strings.NewReader(""), &out, &out, r.wd)
		return out.String()
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if args[0] == "go" {
		return r.goCommand(cmd, &out)
	}
	if cmd.Dir = r.wd; len(args) > 2 && args[1] == "-C" {
		cmd.Dir = filepath.Dir(r.wd) // the page stands above the folder there
	}
	if err := cmd.Run(); err != nil {
		r.t.Fatalf("%v: %v\n%s", args, err, out.String())
	}
	return out.String()
}
