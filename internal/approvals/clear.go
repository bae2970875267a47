package approvals

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// CommandRun is the node command that runs programs.
const CommandRun = "system.run"

// leastWait is how long a question must have waited for nobody's answer to be
// one: who asks for a moment only has asked nobody.
const leastWait = 10 * time.Second

// Guard gives the params with which a command that a client or an agent invokes may
// go to a node, or refuses it. A node's file is not read and written so, but by the
// methods for it, which need more.
func (s *Service) Guard(ctx context.Context, nodeID, command string, params []byte) ([]byte, error) {
	switch command {
	case CommandRun:
		return s.Clear(ctx, nodeID, params)
	case commandGet, commandSet:
		err := protocol.Errorf(protocol.CodeInvalidRequest, "node command not allowed")
		err.Details = &protocol.NodeCommandRefusedDetails{Reason: "use exec.approvals.node.get or exec.approvals.node.set", Command: command}
		return nil, err
	}
	return params, nil
}

// Clear gives the params of a system.run as they may go to a node. What they say
// of an approval is taken out; where their runId names a question that was asked
// of this very command on this node, the decision goes with them, once.
//
// The error tells what is wrong with params that a node could take for something
// else than was decided.
func (s *Service) Clear(ctx context.Context, nodeID string, params []byte) ([]byte, error) {
	members, c, err := readRun(params)
	if err != nil {
		return nil, err
	}
	c.Node = nodeID
	delete(members, "approved")
	if said, ok := members["approvalDecision"]; ok {
		if string(said) != "null" {
			return nil, runErrorf("approvalDecision is not a caller's to say: ask with exec.approval.request, and name the request as runId")
		}
		delete(members, "approvalDecision")
	}
	var run string
	if raw := members["runId"]; raw != nil && string(raw) != "null" {
		if err := json.Unmarshal(raw, &run); err != nil {
			return nil, runErrorf("runId is no text")
		}
	}
	if run != "" {
		whole := exact(*c)
		answer, err := s.use(ctx, run, whole.Digest())
		if err != nil {
			return nil, err
		}
		if answer != "" {
			members["approvalDecision"], _ = json.Marshal(answer) // a text always encodes
		}
	}
	return json.Marshal(members)
}

// use gives what came of a question, for the command of a digest, and marks it as
// used; "" when there is no such question.
func (s *Service) use(ctx context.Context, id, digest string) (answer string, err error) {
	err = s.o.Store.Write(ctx, func(tx *store.Tx) error {
		answer = ""
		a, err := find(ctx, tx, id)
		if err != nil || a == nil {
			return err
		}
		now := s.now()
		if answer, err = a.answer(id, digest, now); err != nil {
			return err
		}
		return spend(ctx, tx, id, now.UnixMilli())
	})
	return answer, err
}

// answer is what may be said for a command by a question that was asked.
func (a *approval) answer(id, digest string, now time.Time) (string, error) {
	switch {
	case a.digest != digest:
		return "", runErrorf("the approval %s is for another command, folder, environment, agent or node: ask for this one", id)
	case a.spentAt.Valid:
		return "", runErrorf("the approval %s was used before, and is good for one time: ask again", id)
	case a.decision.Valid && a.decidedAt.Int64 <= now.Add(-goodFor).UnixMilli():
		return "", runErrorf("the approval %s is too old: ask again", id)
	case a.decision.String == string(protocol.ExecDecisionDeny):
		return "", runErrorf("the command was denied by whoever decided on the approval %s", id)
	case a.decision.Valid:
		return a.decision.String, nil
	case a.expires > now.UnixMilli():
		return "", runErrorf("the approval %s still waits for a decision", id)
	case a.expires <= now.Add(-goodFor).UnixMilli(), a.expires-a.createdAt < leastWait.Milliseconds():
		return "", runErrorf("nobody decided on the approval %s in time: ask again", id)
	}
	return policy.Unanswered, nil
}

func runErrorf(format string, args ...any) error {
	return protocol.Errorf(protocol.CodeInvalidRequest, CommandRun+": "+format, args...)
}

// readRun reads the members that say what runs. They go on as they were read, so
// that no other reader takes a second one of a name, or a null, for something else
// than was decided; a name that only differs in case is refused.
func readRun(params []byte) (map[string]json.RawMessage, *policy.Command, error) {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(params, &members); err != nil || members == nil {
		return nil, nil, runErrorf("its params are no object: want {\"command\": [\"uname\", \"-a\"]}")
	}
	c := &policy.Command{}
	for name, into := range map[string]any{"command": &c.Argv, "rawCommand": &c.Raw, "cwd": &c.Cwd, "env": &c.Env, "agentId": &c.Agent} {
		for other := range members {
			if other != name && strings.EqualFold(other, name) {
				return nil, nil, runErrorf("it has %.40q: want %s", other, name)
			}
		}
		raw := members[name]
		if raw == nil {
			continue
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return nil, nil, runErrorf("%s is not right: want a list of words as command, an object of texts as env, and a text as cwd, rawCommand and agentId", name)
		}
		if string(raw) != "null" {
			members[name], _ = json.Marshal(into) // texts always encode
		}
	}
	if len(c.Argv) == 0 || c.Argv[0] == "" {
		return nil, nil, runErrorf("command is missing: want the words to run, as [\"uname\", \"-a\"]")
	}
	if c.Raw != "" && c.Raw != policy.Quote(c.Argv) && c.Raw != script(c.Argv) {
		return nil, nil, runErrorf("rawCommand says something else than command: leave it out, or send the words of command as a shell writes them")
	}
	return members, c, nil
}
