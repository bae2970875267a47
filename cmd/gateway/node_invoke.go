package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// commandRun is the command of nodes that runs programs. It is written and read
// as people do.
const commandRun = "system.run"

func nodeInvokeCommand() *cobra.Command {
	var wait time.Duration
	var key string
	var ask bool
	cmd := &cobra.Command{
		Use:   "invoke NODE COMMAND [JSON | key=value … | -- WORD …]",
		Short: "Has a node carry out a command, and prints what came of it",
		Long: `Has a node carry out a command, and prints what came of it.

Params are one JSON object, or words as for gateway call. The program of system.run
may be given as a JSON list of words, or as the words behind --; its output is
printed as it is, and the exit status is 1 where it failed. Where the node's rules want
a person to decide, --ask asks, and waits for somebody to approve it elsewhere, such as
by gateway approvals in another terminal.`,
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
		if ask {
			if params, err = c.approved(ctx, n.NodeID, args[1], params); err != nil {
				return err
			}
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
	cmd.Flags().BoolVar(&ask, "ask", false, "have people decide first whether the program may run")
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

// approved asks people whether a program may run, and gives the params that name
// their decision.
func (c *conversation) approved(ctx context.Context, nodeID, command string, params wire.Raw) (wire.Raw, error) {
	if command != commandRun {
		return nil, usagef("--ask is for %s: people decide on programs only", commandRun)
	}
	var p struct {
		Command []string
		Cwd     *string
		Env     map[string]string
	}
	members := map[string]any{}
	if err := errors.Join(json.Unmarshal(params, &p), json.Unmarshal(params, &members)); err != nil {
		return nil, usagef("the params of %s cannot be read: %w", commandRun, err)
	}
	q := &protocol.ExecApprovalRequestParams{Command: policy.Quote(p.Command), CommandArgv: p.Command, Env: p.Env, NodeID: wire.Some(nodeID), Host: wire.SomeOrNull(protocol.ExecApprovalRequestParamsHostNode)}
	if p.Cwd != nil {
		q.Cwd = wire.SomeOrNull(*p.Cwd)
	}
	fmt.Fprintf(c.screen.Err, "gateway: waits until somebody decides on: %s\n", screen.Clean(q.Command))
	done, err := c.gateway.ExecApprovalRequest(ctx, q)
	switch {
	case err != nil:
		return nil, err
	case !done.Decision.Valid:
		return nil, errors.New("nobody decided in time")
	case done.Decision.V == protocol.ExecDecisionDeny:
		return nil, errors.New("it was not allowed")
	}
	members["runId"] = done.ID
	return json.Marshal(members)
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
