package nodehost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// Run is a program that is to run, exactly.
type Run struct {
	Argv  []string
	Raw   string            // as somebody wrote it, where that is something else than Argv
	Dir   string            // "": where the node runs programs
	Env   map[string]string // beside the node's own
	Agent string            // for whom; "": nobody said
	// Approval is what the gateway says that people decided: allow-once,
	// allow-always, deny, timeout; "": nobody was asked.
	Approval string
	// Search is the PATH in which the program is looked for, and Home the folder
	// that it runs in when no other is named.
	Search, Home string
}

// Decision is what a policy says to a program that is to run.
type Decision struct {
	Allowed bool
	Program string // the file to run: what was found by the first word
	Reason  string // where it is not allowed
}

// Policy decides which programs run. A failure to decide lets none.
type Policy interface {
	Decide(ctx context.Context, r *Run) (Decision, error)
}

// codeDenied is the failure of a program that the policy does not let run.
const codeDenied = protocol.NodeErrorCode("SYSTEM_RUN_DENIED")

// runParams are those of system.run.
type runParams struct {
	Command    []string          `json:"command"`
	RawCommand string            `json:"rawCommand"`
	Cwd        string            `json:"cwd"`
	Env        map[string]string `json:"env"`
	TimeoutMs  int64             `json:"timeoutMs"`
	AgentID    string            `json:"agentId"`
	SessionKey string            `json:"sessionKey"`
	RunID      string            `json:"runId"`
	Decision   string            `json:"approvalDecision"`
}

// runResult is what came of a program.
type runResult struct {
	ExitCode  *int    `json:"exitCode"` // null: a signal ended it, or it did not start
	TimedOut  bool    `json:"timedOut"`
	Success   bool    `json:"success"`
	Stdout    string  `json:"stdout"`
	Stderr    string  `json:"stderr"`
	Error     *string `json:"error"`
	Truncated bool    `json:"truncated,omitempty"` // something of its output is missing
}

const (
	// runFor is how long a program may run when nobody says anything.
	runFor = 30 * time.Second
	// stragglers is how long to wait for output when a program is gone whose
	// children hold on to it.
	stragglers = 2 * time.Second
)

// run runs a program, if the policy lets it.
func (h *Host) run(ctx context.Context, r *request) (any, *Failure) {
	var p runParams
	if f := decode(r, &p); f != nil {
		return nil, f
	}
	if len(p.Command) == 0 || p.Command[0] == "" {
		return nil, invalid(`command is missing: expected the words to run, as ["uname","-a"]`)
	}
	dir, f := h.folder(p.Cwd)
	if f != nil {
		return nil, f
	}
	d, err := h.o.Policy.Decide(ctx, &Run{Argv: p.Command, Raw: p.RawCommand, Dir: p.Cwd, Env: p.Env, Agent: p.AgentID, Approval: p.Decision, Search: h.variable("PATH"), Home: dir})
	switch {
	case err != nil:
		return nil, failed(protocol.NodeErrorCodeUnavailable, err.Error())
	case !d.Allowed:
		return nil, failed(codeDenied, "SYSTEM_RUN_DENIED: "+d.Reason)
	case d.Program == "":
		return nil, invalid(fmt.Sprintf("there is no program %.200q on this node", p.Command[0]))
	}
	res := h.start(ctx, &p, d.Program, dir, limit(p.TimeoutMs, r.timeout))
	r.late = func() { h.tell(&p, res) }
	return res, nil
}

// folder is where a program runs.
func (h *Host) folder(named string) (string, *Failure) {
	if named == "" {
		return h.o.Dir, nil
	}
	if !filepath.IsAbs(named) {
		return "", invalid(fmt.Sprintf("cwd is %.200q: expected an absolute path", named))
	}
	if info, err := os.Stat(named); err != nil || !info.IsDir() {
		return "", invalid(fmt.Sprintf("cwd %.200q is no folder of this node", named))
	}
	return named, nil
}

// limit is how long a program may run: as long as was asked for, but so that the
// gateway, which waits for a time, hears that its time was up.
func limit(asked int64, waits time.Duration) time.Duration {
	d := runFor
	if waits > 0 {
		d = waits - min(waits/10, 500*time.Millisecond)
	}
	if asked > 0 && time.Duration(asked) < d/time.Millisecond {
		d = time.Duration(asked) * time.Millisecond
	}
	return d
}

// start runs a program to its end, or to that of its time; then its whole group
// ends, and in any case what holds on to its output.
func (h *Host) start(ctx context.Context, p *runParams, program, dir string, most time.Duration) *runResult {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, p.Command[1:]...)
	cmd.Args[0] = p.Command[0]
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, merged(h.o.Env, p.Env), stragglers
	var stdout, stderr output
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	group(cmd)
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		endGroup(cmd) // what it left behind holds its output
		err = nil
	}
	res := &runResult{TimedOut: errors.Is(ctx.Err(), context.DeadlineExceeded) && err != nil, Stdout: stdout.text(), Stderr: stderr.text(), Truncated: stdout.cut || stderr.cut}
	if state := cmd.ProcessState; state != nil && state.Exited() {
		code := state.ExitCode()
		res.ExitCode, res.Success = &code, code == 0 && !res.TimedOut
	}
	if err != nil && !res.Success {
		text := err.Error()
		switch exit := (*exec.ExitError)(nil); {
		case res.TimedOut:
			text = fmt.Sprintf("it was ended after %v", most.Round(time.Millisecond))
		case errors.As(err, &exit) && exit.Exited():
			text = "" // the status says it
		}
		if text != "" {
			res.Error = &text
		}
	}
	return res
}

// environment leaves out of variables what belongs to a gateway: secrets above
// all.
func environment(all []string) (out []string) {
	for _, v := range all {
		if !strings.HasPrefix(v, "GATEWAY_") && !strings.HasPrefix(v, "CLAWDBOT_") {
			out = append(out, v)
		}
	}
	return out
}

func merged(own []string, more map[string]string) []string {
	out := append([]string(nil), own...)
	for name, value := range more {
		out = append(out, name+"="+value) // the last one of a name counts
	}
	return out
}

// variable is one of those that programs get.
func (h *Host) variable(name string) (value string) {
	for _, v := range h.o.Env {
		key, text, _ := strings.Cut(v, "=")
		if key == name || runtime.GOOS == "windows" && strings.EqualFold(key, name) {
			value = text
		}
	}
	return value
}
