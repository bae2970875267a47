// Command fuzz runs every fuzz target of the module for a while, one after the
// other, because go test takes only one target a call.
//
//	go run ./tools/fuzz -time 5s [PACKAGE …]
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

func main() {
	long := flag.Duration("time", 5*time.Second, "how long each target runs")
	flag.Parse()
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	targets, err := list(packages)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
	failed := 0
	for _, t := range targets {
		start := time.Now()
		out, err := t.run(*long)
		verdict := "ok  "
		if err != nil {
			verdict = "FAIL"
			failed++
		}
		fmt.Printf("%s %s %s (%.1fs)\n", verdict, t.pkg, t.name, time.Since(start).Seconds())
		if err != nil {
			fmt.Printf("%s\n", out)
		}
	}
	fmt.Printf("fuzz targets: %d passed, %d failed\n", len(targets)-failed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

type target struct{ pkg, name string }

// attempts is how often a target may end as Go's issue 75804 has it.
const attempts = 3

// run fuzzes a target. Inputs are made smaller only for a few tries: go's own
// limit is a minute for each, in which nothing new is tried.
//
// At the end of its time a target may fail for the deadline alone: the toolchain
// takes its own end for a failure until Go 1.27 (go.dev/issue/75804). Such a run
// found nothing, and is repeated. One that found something names the input.
func (t target) run(long time.Duration) (out []byte, err error) {
	for range attempts {
		out, err = exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", long.String(), "-fuzzminimizetime", "100x", t.pkg).CombinedOutput()
		if err == nil || !endedByDeadline(out) {
			break
		}
	}
	return out, err
}

// endedByDeadline reports whether the deadline is all that a target failed for.
func endedByDeadline(out []byte) bool {
	_, failure, failed := bytes.Cut(out, []byte("--- FAIL: "))
	lines := strings.Split(strings.TrimSpace(string(failure)), "\n")
	return failed && len(lines) > 2 && strings.TrimSpace(lines[1]) == "context deadline exceeded" && lines[2] == "FAIL"
}

// list asks go test for the targets of each package that has any.
func list(packages []string) ([]target, error) {
	paths, err := exec.Command("go", append([]string{"list"}, packages...)...).Output()
	if err != nil {
		return nil, describe(err)
	}
	var out []target
	for _, pkg := range strings.Fields(string(paths)) {
		names, err := exec.Command("go", "test", "-list", "^Fuzz", pkg).Output()
		if err != nil {
			return nil, fmt.Errorf("list the targets of %s: %w", pkg, describe(err))
		}
		lines := bufio.NewScanner(bytes.NewReader(names))
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "Fuzz") {
				out = append(out, target{pkg, lines.Text()})
			}
		}
	}
	return out, nil
}

// describe adds what the command printed to its exit status.
func describe(err error) error {
	if exit, ok := err.(*exec.ExitError); ok {
		return fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	return err
}
