package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
)

// questions are the commands that wait for a decision, as the gateway tells of
// them.
type questions struct {
	mu   sync.Mutex
	list []*protocol.ExecApprovalRequested
}

func (q *questions) listen(c *client.Client) {
	c.OnExecApprovalRequested(func(e *protocol.ExecApprovalRequested) {
		q.mu.Lock()
		defer q.mu.Unlock()
		if !slices.ContainsFunc(q.list, func(x *protocol.ExecApprovalRequested) bool { return x.ID == e.ID }) {
			q.list = append(q.list, e)
		}
	})
	c.OnExecApprovalResolved(func(e *protocol.ExecApprovalResolved) {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.list = slices.DeleteFunc(q.list, func(x *protocol.ExecApprovalRequested) bool { return x.ID == e.ID })
	})
}

// all gives those that wait. A gateway tells a new connection of them before it
// answers anything, so that they are known with the first answer, whatever it is;
// this one needs no more rights than the decision does.
func (q *questions) all(ctx context.Context, c *conversation) ([]protocol.ExecApprovalRequested, error) {
	_, err := c.gateway.ExecApprovalResolve(ctx, &protocol.ExecApprovalResolveParams{ID: "none", Decision: "none"})
	if refusal := (*client.Error)(nil); err != nil && (!errors.As(err, &refusal) || refusal.Message != "invalid decision") {
		return nil, err
	}
	if err := c.gateway.Heard(ctx); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []protocol.ExecApprovalRequested
	for _, e := range q.list {
		out = append(out, *e)
	}
	return out, nil
}

func approvalsPendingCommand() *cobra.Command {
	q := &questions{}
	return asks(&cobra.Command{
		Use:   "pending",
		Short: "Lists the commands that wait for a decision",
		Args:  noArgs,
	}, func(ctx context.Context, c *conversation, _ []string) error {
		list, err := q.all(ctx, c)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Value(struct {
				Pending []json.RawMessage `json:"pending"`
			}{raws(list)})
		}
		if len(list) == 0 {
			c.screen.Line("No command waits for a decision.")
			return nil
		}
		printQuestions(c.screen, list)
		return nil
	}, q.listen)
}

func raws(list []protocol.ExecApprovalRequested) []json.RawMessage {
	out := []json.RawMessage{}
	for k := range list {
		out = append(out, list[k].AppendJSON(nil))
	}
	return out
}

func printQuestions(s *screen.Screen, list []protocol.ExecApprovalRequested) {
	t := s.Table("request", "command", "program", "folder", "sets", "for", "on", "time left")
	for k := range list {
		e := &list[k]
		r := &e.Request
		t.Row(screen.Styled(screen.Strong, screen.Short(e.ID)), r.Command, r.ResolvedPath.V, r.Cwd.V, strings.Join(slices.Sorted(maps.Keys(r.Env)), " "),
			r.AgentID.V, cmp.Or(screen.Short(r.NodeID.V), string(r.Host.V)), time.UnixMilli(int64(e.ExpiresAtMs)).Sub(s.Now()).Round(time.Second).String())
	}
	t.Print()
}

func approvalsApproveCommand() *cobra.Command {
	var always bool
	cmd := decides(&cobra.Command{
		Use:   "approve [REQUEST]",
		Short: "Lets a command run that waits",
		Long: `Lets a command run that waits: this one, once. REQUEST is its identifier, or the
beginning of it. Without it, the commands that wait are listed; when there is just
one, it is approved after asking.

With --always its program is put on the list of what may run without asking,
whatever its arguments. Shells and other programs that run what they are told are
not.`,
		Example: examples("gateway approvals approve", "gateway approvals approve 3f2a --always"),
	}, "Let it run?", func() protocol.ExecDecision {
		if always {
			return protocol.ExecDecisionAllowAlways
		}
		return protocol.ExecDecisionAllowOnce
	})
	cmd.Flags().BoolVar(&always, "always", false, "also allow its program from now on")
	return cmd
}

func approvalsDenyCommand() *cobra.Command {
	return decides(&cobra.Command{
		Use:     "deny [REQUEST]",
		Short:   "Keeps a command from running that waits",
		Long:    `Keeps a command from running that waits, named as in approve.`,
		Example: examples("gateway approvals deny 3f2a"),
	}, "Deny it?", func() protocol.ExecDecision { return protocol.ExecDecisionDeny })
}

// decides makes a command that decides on one that waits.
func decides(cmd *cobra.Command, question string, decision func() protocol.ExecDecision) *cobra.Command {
	var yes bool
	q := &questions{}
	cmd.Args = takes(0, 1)
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		list, err := q.all(ctx, c)
		if err != nil {
			return err
		}
		e, err := c.chooseQuestion(list, args, question, yes)
		if err != nil {
			return err
		}
		d := decision()
		done, err := c.gateway.ExecApprovalResolve(ctx, &protocol.ExecApprovalResolveParams{ID: e.ID, Decision: d})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Value(map[string]any{"id": e.ID, "decision": d, "note": done.Note.V})
		}
		word := "Approved"
		if d == protocol.ExecDecisionDeny {
			word = "Denied"
		}
		c.screen.Line("%s: %s", word, screen.Clean(e.Request.Command))
		if done.Note.Set {
			c.screen.Line("Only this once: %s.", done.Note.V)
		}
		return nil
	}, q.listen)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "decide on the only one that waits without asking")
	return cmd
}

// chooseQuestion finds the command that is meant. Without an argument it is the
// only one, if a person, or --yes, says so.
func (c *conversation) chooseQuestion(list []protocol.ExecApprovalRequested, args []string, question string, yes bool) (*protocol.ExecApprovalRequested, error) {
	if len(args) == 1 {
		return pick(list, args[0], "request", "gateway approvals pending shows those that wait", func(e *protocol.ExecApprovalRequested) []string { return []string{e.ID} })
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no command waits for a decision")
	}
	if len(list) == 1 && yes {
		return &list[0], nil
	}
	toErr := *c.screen
	toErr.Out, toErr.Colour = c.screen.Err, c.screen.Colour && screen.IsTerminal(c.screen.Err)
	printQuestions(&toErr, list)
	if len(list) > 1 {
		return nil, usagef("%d commands wait: say which one, by the first column", len(list))
	}
	if !screen.IsTerminal(c.in) {
		return nil, usagef("nobody can be asked here: name the request, or say --yes")
	}
	if !c.confirm(question) {
		return nil, &failure{exitFailed, fmt.Errorf("nothing was changed")}
	}
	return &list[0], nil
}
