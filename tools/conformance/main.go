// Conformance tries a client in any language with the scripted sessions: for
// each it plays the gateway, and runs the client's driver with the gateway's
// address and the script's file as last arguments.
//
//	go run ./tools/conformance [FLAGS] -- COMMAND…
//
// A driver does what the script says of the client, and ends with 0 when it saw
// what the script says. With -values the driver judges the vectors instead: a
// question a line on stdin, an answer a line on stdout. docs/conformance.md
// describes all of it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/tools/conformance/session"
)

func main() {
	folder := flag.String("vectors", "testdata/vectors", "folder of the vectors, with the scripts in sessions")
	judged := flag.Bool("values", false, "have the driver judge values instead of playing sessions")
	only := flag.String("only", "", "play only scripts whose name has this in it")
	wait := flag.Duration("timeout", time.Minute, "time for one session, or for all values")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "conformance: expected a command that drives the client: go run ./tools/conformance -- ./driver")
		os.Exit(2)
	}
	var failed int
	var err error
	if *judged {
		failed, err = values(os.Stdout, *folder, *wait, flag.Args())
	} else {
		failed, err = sessions(os.Stdout, *folder, *only, *wait, flag.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
	}
	if failed > 0 || err != nil {
		os.Exit(1)
	}
}

// sessions plays all sessions and tells how each went.
func sessions(out io.Writer, folder, only string, wait time.Duration, command []string) (failed int, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "sessions", "*.json"))
	if err != nil {
		return 0, err
	}
	played := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if !strings.Contains(name, only) {
			continue
		}
		played++
		if err := play(file, wait, command); err != nil {
			failed++
			fmt.Fprintf(out, "FAIL %s: %v\n", name, err)
			continue
		}
		fmt.Fprintf(out, "ok   %s\n", name)
	}
	if played == 0 {
		return 0, fmt.Errorf("there are no such sessions in %s", folder)
	}
	fmt.Fprintf(out, "%d of %d sessions passed\n", played-failed, played)
	return failed, nil
}

// play plays one session with a driver.
func play(file string, wait time.Duration, command []string) error {
	script, err := session.Read(file)
	if err != nil {
		return err
	}
	peer, err := session.Start(script)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], peer.Address(), file)...)
	said, drove := cmd.CombinedOutput()
	if drove != nil {
		peer.Stop()
		drove = fmt.Errorf("the driver: %w\n%s", drove, strings.TrimSpace(string(said)))
	}
	return errors.Join(peer.Wait(), drove)
}
