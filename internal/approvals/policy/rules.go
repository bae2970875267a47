package policy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

const (
	// DefaultAgent is the agent that is meant where none is named.
	DefaultAgent = "main"
	// EveryAgent is the name under which a file has what holds for all agents that
	// have no word of their own on it; its allow-list holds for all.
	EveryAgent = "*"
)

// Rules are what a file says for one agent.
type Rules struct {
	Agent              string
	Security, Fallback protocol.ExecSecurity
	Ask                protocol.ExecAsk
	AutoAllowSkills    bool
	Allowlist          []protocol.ExecAllowlistEntry // its own, then that of all agents
}

// RulesFor gives the rules of an agent: its own, else those of all agents, else
// the file's defaults, else the strictest.
func RulesFor(f *protocol.ExecApprovalsFile, agent string) Rules {
	agent = cmp.Or(strings.TrimSpace(agent), DefaultAgent)
	own, all, d := f.Agents[agent], f.Agents[EveryAgent], &f.Defaults.V
	r := Rules{
		Agent:           agent,
		Security:        first(protocol.ExecSecurityDeny, own.Security, all.Security, d.Security),
		Fallback:        first(protocol.ExecSecurityDeny, own.AskFallback, all.AskFallback, d.AskFallback),
		Ask:             first(protocol.ExecAskOnMiss, own.Ask, all.Ask, d.Ask),
		AutoAllowSkills: own.AutoAllowSkills.V,
		Allowlist:       own.Allowlist,
	}
	switch {
	case own.AutoAllowSkills.Set:
	case all.AutoAllowSkills.Set:
		r.AutoAllowSkills = all.AutoAllowSkills.V
	default:
		r.AutoAllowSkills = d.AutoAllowSkills.V
	}
	if agent != EveryAgent {
		r.Allowlist = slices.Concat(own.Allowlist, all.Allowlist)
	}
	return r
}

// first is the first word that is said and known; any other counts as absent.
func first[T interface {
	~string
	Known() bool
}](otherwise T, said ...wire.Opt[T]) T {
	for _, o := range said {
		if o.V.Known() {
			return o.V
		}
	}
	return otherwise
}

// strictness of the words, the strictest first.
var (
	securities = []protocol.ExecSecurity{protocol.ExecSecurityDeny, protocol.ExecSecurityAllowlist, protocol.ExecSecurityFull}
	asks       = []protocol.ExecAsk{protocol.ExecAskAlways, protocol.ExecAskOnMiss, protocol.ExecAskOff}
)

// Tighten gives the rules with what somebody else demands, such as a session's
// settings. It never loosens them; what demands nothing known changes nothing, and
// rules that nobody made are the strictest.
func (r Rules) Tighten(security protocol.ExecSecurity, ask protocol.ExecAsk) Rules {
	if security.Known() {
		r.Security = securities[max(0, min(slices.Index(securities, r.Security), slices.Index(securities, security)))]
	}
	if ask.Known() {
		r.Ask = asks[max(0, min(slices.Index(asks, r.Ask), slices.Index(asks, ask)))]
	}
	return r
}
