package policy

import (
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// Outcome is what a policy says to a command.
type Outcome uint8

// The outcomes. The zero value is the one that lets nothing run.
const (
	Deny Outcome = iota
	Ask
	Allow
)

func (o Outcome) String() string { return [...]string{"deny", "ask", "allow"}[o] }

// The reasons for which a command does not run, or not yet, as clients in the
// field know them.
const (
	ReasonSecurity = "security=deny"
	ReasonMiss     = "allowlist miss"
	ReasonAsk      = "approval required"
	ReasonDenied   = "user denied"
	ReasonTimeout  = "approval timed out"
)

// Unanswered is what stands in the place of a decision when nobody gave one in
// time.
const Unanswered = "timeout"

// Verdict is what a policy says to one command.
type Verdict struct {
	Outcome Outcome
	Reason  string // where it is not Allow
	// Entry is the one of the allow-list that covers the command; nil: none does.
	Entry *protocol.ExecAllowlistEntry
	// Remember is set when the program is to be put on the allow-list.
	Remember bool

	fallback protocol.ExecSecurity
	covered  bool
}

// Evaluate says whether a command may run, whose first word was found to be a
// program: an absolute path, or "" when none was found. Nothing covers a command
// whose variables could make its program do something else than it does.
func (r Rules) Evaluate(c *Command, program string, m Machine) Verdict {
	v := Verdict{fallback: r.Fallback}
	if program != "" && harmless(c.Env) {
		v.Entry = m.match(r.Allowlist, program)
		v.covered = v.Entry != nil || r.AutoAllowSkills && m.Skill != nil && m.Skill(program)
	}
	switch {
	case r.Security != protocol.ExecSecurityAllowlist && r.Security != protocol.ExecSecurityFull:
		v.Reason = ReasonSecurity
	case r.Ask == protocol.ExecAskAlways, r.Ask != protocol.ExecAskOff && r.Security == protocol.ExecSecurityAllowlist && !v.covered:
		v.Outcome, v.Reason = Ask, ReasonAsk
	case r.Security == protocol.ExecSecurityFull, v.covered:
		v.Outcome = Allow
	default:
		v.Reason = ReasonMiss
	}
	return v
}

// After is the verdict once somebody was asked: with his decision, with
// Unanswered, or with "" when nobody was asked yet. Nothing that anybody says
// lets a command run that the rules deny.
func (v Verdict) After(answer string) Verdict {
	if answer == string(protocol.ExecDecisionDeny) {
		v.Outcome, v.Reason = Deny, ReasonDenied
		return v
	}
	if v.Outcome != Ask {
		return v
	}
	switch answer {
	case string(protocol.ExecDecisionAllowOnce):
		v.Outcome, v.Reason = Allow, ""
	case string(protocol.ExecDecisionAllowAlways):
		v.Outcome, v.Reason, v.Remember = Allow, "", v.Entry == nil
	case Unanswered:
		v.Outcome, v.Reason = Deny, ReasonTimeout
		if v.fallback == protocol.ExecSecurityFull || v.fallback == protocol.ExecSecurityAllowlist && v.covered {
			v.Outcome, v.Reason = Allow, ""
		}
	}
	return v
}

// mild are the variables that change how a program's output looks at most.
var mild = map[string]bool{"LANG": true, "LANGUAGE": true, "TERM": true, "COLORTERM": true, "NO_COLOR": true, "FORCE_COLOR": true, "CLICOLOR": true,
	"TZ": true, "COLUMNS": true, "LINES": true}

// harmless reports whether variables leave a program what it is. Which ones do
// harm is endless (LD_PRELOAD, PATH, GIT_SSH_COMMAND, …), so that those are
// listed that do none.
func harmless(env map[string]string) bool {
	for name := range env {
		if !mild[name] && !strings.HasPrefix(name, "LC_") {
			return false
		}
	}
	return true
}
