package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/nodehost"
)

// nodePolicy has a node decide by the exec-approvals file of its folder.
func nodePolicy(o *nodehost.Options, folder string) {
	file := policy.Open(filepath.Join(folder, policy.FileName))
	o.Approvals, o.Policy = file, filePolicy{file, policy.Here()}
}

// filePolicy decides by a file.
type filePolicy struct {
	file    *policy.File
	machine policy.Machine
}

// Decide says whether a program may run, and notes what somebody allowed for good.
func (p filePolicy) Decide(ctx context.Context, r *nodehost.Run) (nodehost.Decision, error) {
	program, err := policy.Resolve(r.Argv[0], r.Home, r.Search)
	if err != nil {
		program = ""
	}
	rules, err := p.file.Rules(r.Agent)
	if err != nil {
		return nodehost.Decision{}, err
	}
	c := &policy.Command{Argv: r.Argv, Raw: r.Raw, Cwd: r.Dir, Env: r.Env, Agent: r.Agent}
	v := rules.Evaluate(c, program, p.machine).After(r.Approval)
	if program == "" && v.Outcome == policy.Ask {
		return nodehost.Decision{Allowed: true}, nil // nothing runs: nobody is to be asked about that
	}
	if v.Remember {
		_ = p.file.Remember(ctx, r.Agent, program, p.machine) // else somebody is asked again
	}
	if v.Outcome == policy.Allow {
		_ = p.file.Used(ctx, r.Agent, v.Entry, c.String(), program, time.Now()) // it is for information
	}
	return nodehost.Decision{Allowed: v.Outcome == policy.Allow, Program: program, Reason: v.Reason}, nil
}
