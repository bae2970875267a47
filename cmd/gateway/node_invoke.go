package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"crypto/rand"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// commandRun is the command of nodes that runs programs. It is written and read
// as people do.
const commandRun = "system.run"

func nodeInvokeCommand() *cobra.Command {
	var wait time.Duration
	var key string
	cmd := &cobra.Command{
		Use:   "invoke NODE COMMAND [JSON | key=value … | -- WORD …]",
		Short: "Has a node carry out a command, and prints what came of it",
		Long: `Has a node carry out a command, and prints what came of it.

Params are one JSON object, or words as for gateway call. The program of system.run
may be given as a JSON list of words, or as the words behind --; its output is
printed as it is, and the exit status is 1 where it failed.`,
		Example: examples(`gateway node invoke my-laptop system.run '["uname","-a"]'`, "gateway node invoke my-laptop system.run -- ls -l /tmp",
			"gateway node invoke my-phone camera.snap quality=high --json"),
		Args: takes(2, -1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		n, err := c.node(ctx, args[0])
		if err != nil {
			return err
		}
		params, err := invokeParams(args[1], args[2:], cmd.ArgsLenAtDash() == 2, c.in)
		if err != nil {
			return err
		}
		if key == "" {
			key = "cli-" + rand.Text()
		}
		done, err := c.gateway.NodesInvoke(ctx, &protocol.NodesInvokeParams{NodeID: n.NodeID, Command: args[1], Params: params,
			TimeoutMs: wire.Some(wait.Milliseconds()), IdempotencyKey: key})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		if args[1] == commandRun {
			return c.ran(done.Payload)
		}
		return c.screen.Raw(done.Payload)
	})
	cmd.Flags().DurationVar(&wait, "wait", 30*time.Second, "how long the node may take")
	cmd.Flags().StringVar(&key, "key", "", "idempotency `key`: a repeat with the same one is not carried out twice; default a new one")
	return cmd
}

// invokeParams reads params off the command line; nil when there are none.
func invokeParams(command string, words []string, isProgram bool, in io.Reader) (wire.Raw, error) {
	switch {
	case command == commandRun && isProgram:
		return programOf(words)
	case command == commandRun && len(words) == 1 && strings.HasPrefix(strings.TrimSpace(words[0]), "["):
		var program []string
		if err := json.Unmarshal([]byte(words[0]), &program); err != nil {
			return nil, usagef("the program is not a JSON list of words: %w", err)
		}
		return programOf(program)
	case len(words) == 0:
		return nil, nil
	}
	return paramsOf(command, words, in)
}

func programOf(words []string) (wire.Raw, error) {
	if len(words) == 0 || words[0] == "" {
		return nil, usagef(`the program to run is missing: expected its words, as ["uname","-a"]`)
	}
	return json.Marshal(map[string]any{"command": words})
}

// ran prints what came of a program.
func (c *conversation) ran(payload []byte) error {
	var res struct {
		ExitCode       *int
		TimedOut       bool
		Success        bool
		Stdout, Stderr string
		Error          string
		Truncated      bool
	}
	if err := json.Unmarshal(payload, &res); err != nil {
		return c.screen.Raw(payload)
	}
	said(c.screen.Out, res.Stdout)
	said(c.screen.Err, res.Stderr)
	if res.Truncated {
		fmt.Fprintln(c.screen.Err, "gateway: it said more than this: the rest was cut off by the node")
	}
	switch {
	case res.Success:
		return nil
	case res.Error != "":
		return fmt.Errorf("the program failed: %s", res.Error)
	case res.ExitCode != nil:
		return fmt.Errorf("the program ended with status %d", *res.ExitCode)
	}
	return fmt.Errorf("the program failed")
}

// said prints a program's output: for a program as it is, for a person line by
// line without what a terminal would obey.
func said(w io.Writer, text string) {
	if !screen.IsTerminal(w) {
		_, _ = io.WriteString(w, text)
		return
	}
	for line := range strings.Lines(text) {
		fmt.Fprintln(w, screen.Clean(strings.TrimRight(line, "\r\n")))
	}
}
