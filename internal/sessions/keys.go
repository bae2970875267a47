package sessions

import (
	"strings"
	"unicode"

	"github.com/gatesmith/gatesmith/protocol"
)

// Keys that stand for themselves.
const (
	globalKey  = "global"
	unknownKey = "unknown"
)

// builtinName is accepted for the default agent, unless an agent is configured
// by that name.
const builtinName = "default"

// builtinAgent is the agent that a name without any usable character means.
const builtinAgent = "main"

// Keys knows how sessions are named. The stored, canonical form of a key is
// agent:<agent id>:<rest>; clients may write shorter ones. The zero value has
// the agent main, the main key main, and a main session for each agent.
type Keys struct {
	// DefaultAgent is whose sessions bare keys name.
	DefaultAgent string
	// MainKey is the rest of main sessions' keys.
	MainKey string
	// Global makes one of all main sessions, with the key global.
	Global bool
	// DefaultTaken is set when an agent is configured by the name default,
	// which otherwise stands for DefaultAgent.
	DefaultTaken bool
}

// Configured gives the rules that the session part of the configuration makes.
func (k Keys) Configured(c *protocol.SessionConfig) Keys {
	k.MainKey, k.Global = c.MainKey.V, c.Scope.V == protocol.SessionConfigScopeGlobal
	return k
}

// Canonical gives the stored form of a key, however it is written. The result
// of a blank key is empty.
func (k Keys) Canonical(key string) string {
	key = strings.TrimSpace(strings.Map(dropControl, key))
	lower := strings.ToLower(key)
	switch {
	case key == "":
		return ""
	case lower == globalKey || lower == unknownKey:
		return lower
	case k.isMain(key):
		return k.Main("")
	}
	agent, rest, ok := splitKey(key)
	switch {
	case !ok:
		return "agent:" + k.AgentID("") + ":" + key
	case k.isMain(rest):
		return k.Main(agent)
	}
	return "agent:" + k.AgentID(agent) + ":" + rest
}

// Main gives the key of an agent's main session; "" is the default agent.
func (k Keys) Main(agentID string) string {
	if k.Global {
		return globalKey
	}
	return "agent:" + k.AgentID(agentID) + ":" + k.mainKey()
}

// Agent gives the agent that a session belongs to, by its canonical key.
// Sessions that belong to none are the default agent's.
func (k Keys) Agent(canonical string) string {
	agent, _, _ := splitKey(canonical)
	return k.AgentID(agent)
}

// AgentID gives the stored form of an agent's id: lower case, with a hyphen
// for what an id can't have. "" is the default agent, and so is default,
// unless an agent has that name.
func (k Keys) AgentID(id string) string {
	id = agentName(id)
	if id == "" || id == builtinName && !k.DefaultTaken {
		id = agentName(k.DefaultAgent)
	}
	if id == "" {
		return builtinAgent
	}
	return id
}

func (k Keys) mainKey() string {
	if key := strings.ToLower(strings.TrimSpace(k.MainKey)); key != "" {
		return key
	}
	return builtinAgent
}

// isMain reports whether the part of a key after the agent means the main
// session.
func (k Keys) isMain(rest string) bool {
	rest = strings.ToLower(rest)
	return rest == builtinAgent || rest == k.mainKey()
}

// splitKey takes agent:<agent>:<rest> apart. A key that has no rest, or no
// agent, is not of that form.
func splitKey(key string) (agent, rest string, ok bool) {
	if len(key) < len("agent:") || !strings.EqualFold(key[:len("agent:")], "agent:") {
		return "", "", false
	}
	agent, rest, _ = strings.Cut(key[len("agent:"):], ":")
	agent, rest = strings.TrimSpace(agent), strings.TrimSpace(rest)
	return agent, rest, agent != "" && rest != ""
}

// maxAgentID is how long an agent's id can be.
const maxAgentID = 64

// agentName brings a name into the syntax of agent ids.
func agentName(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-':
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := strings.TrimLeft(b.String(), "-_")
	return strings.TrimRight(id[:min(len(id), maxAgentID)], "-")
}

func dropControl(r rune) rune {
	if unicode.IsControl(r) {
		return -1
	}
	return r
}

// rest gives the part of a canonical key after the agent, or the whole key
// where there is no agent in it.
func restOf(canonical string) string {
	if _, rest, ok := splitKey(canonical); ok {
		return rest
	}
	return canonical
}

// isSubagent reports whether another session started this one.
func isSubagent(canonical string) bool { return strings.HasPrefix(restOf(canonical), "subagent:") }

// isShared reports whether a key belongs to no agent.
func isShared(canonical string) bool { return canonical == globalKey || canonical == unknownKey }
