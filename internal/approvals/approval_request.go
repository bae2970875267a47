package approvals

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// ExecApprovalRequest asks the operators whether a command may run, and waits.
func (s *Service) ExecApprovalRequest(ctx context.Context, p *protocol.ExecApprovalRequestParams) (*protocol.ExecApprovalRequestResult, error) {
	p = p.Clone()
	conn := ""
	if peer := server.PeerFrom(ctx); peer != nil {
		conn = peer.ConnID
	}
	c := policy.Command{Argv: p.CommandArgv, Raw: p.Command, Cwd: p.Cwd.V, Env: p.Env, Node: p.NodeID.V, Agent: p.AgentID.V}
	answer, err := s.Ask(ctx, conn, Question{ID: p.ID.V, Command: exact(c), Timeout: time.Duration(min(p.TimeoutMs.V, maxTimeout.Milliseconds())) * time.Millisecond,
		Details: protocol.ExecApprovalDetails{Command: shown(&c), Cwd: null(p.Cwd), Host: wire.Null[protocol.ExecApprovalDetailsHost]{V: protocol.ExecApprovalDetailsHost(p.Host.V), Valid: p.Host.Set && !p.Host.IsNil},
			Security: null(p.Security), Ask: null(p.Ask), AgentID: null(p.AgentID), ResolvedPath: null(p.ResolvedPath), SessionKey: null(p.SessionKey),
			CommandArgv: p.CommandArgv, Env: p.Env, NodeID: p.NodeID}})
	if err != nil {
		return nil, err
	}
	return &protocol.ExecApprovalRequestResult{ID: answer.ID, Decision: wire.Null[protocol.ExecDecision]{V: answer.Decision, Valid: answer.Decision != ""},
		CreatedAtMs: protocol.Timestamp(answer.CreatedAtMs), ExpiresAtMs: protocol.Timestamp(answer.ExpiresAtMs)}, nil
}

func null[T any](v wire.OptNull[T]) wire.Null[T] {
	return wire.Null[T]{V: v.V, Valid: v.Set && !v.IsNil}
}

// shown is what a person reads. Where the words are told, it is made of them: what
// somebody calls a command says nothing of what it does.
func shown(c *policy.Command) string {
	if len(c.Argv) == 0 {
		return c.Raw
	}
	return policy.Quote(c.Argv)
}

// exact is a command as its digest is made. Where the words are told, what somebody
// calls them counts for nothing: nobody was shown it.
func exact(c policy.Command) policy.Command {
	if len(c.Argv) > 0 {
		c.Raw = ""
	}
	c.Argv, c.Env = slices.Clone(c.Argv), maps.Clone(c.Env)
	return c
}

// script is what a shell is given to run; "" for other commands.
func script(argv []string) string {
	if len(argv) == 3 && (argv[1] == "-c" || argv[1] == "-lc") && strings.HasSuffix(argv[0], "sh") {
		return argv[2]
	}
	return ""
}
