package channels

import (
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// verdict is what the configuration says of a message.
type verdict int

const (
	ignore verdict = iota // nobody's business
	ask                   // if its sender was approved
	accept
)

// judge decides for a direct message.
func judge(a *protocol.ChannelAccessConfig, m *Inbound) verdict {
	if a == nil {
		a = &protocol.ChannelAccessConfig{}
	}
	switch {
	case a.Dm.V == protocol.ChannelAccessConfigDmOff:
		return ignore
	case a.Dm.V == protocol.ChannelAccessConfigDmOpen, listed(a.AllowFrom, &m.Sender):
		return accept
	case a.Dm.V == protocol.ChannelAccessConfigDmAllowlist:
		return ignore
	}
	return ask
}

// judgeGroup decides for a message to many. What the session says of mentions comes
// before what the configuration does.
func judgeGroup(a *protocol.ChannelAccessConfig, m *Inbound, activation protocol.GroupActivation) verdict {
	g, listens := groupOf(a, m.Chat.ID)
	mention := g.RequireMention.V
	if activation != "" {
		mention = activation == protocol.GroupActivationMention
	}
	switch {
	case !listens, mention && !m.Addressed:
		return ignore
	case len(g.AllowFrom) > 0:
		if slices.Contains(g.AllowFrom, "*") || listed(g.AllowFrom, &m.Sender) {
			return accept
		}
		return ignore
	case listed(a.AllowFrom, &m.Sender):
		return accept
	}
	return ask
}

// groupOf gives what the configuration says of a group.
func groupOf(a *protocol.ChannelAccessConfig, chat string) (protocol.ChannelGroupConfig, bool) {
	if a == nil {
		return protocol.ChannelGroupConfig{}, false
	}
	g, ok := a.Groups[chat]
	if !ok {
		g, ok = a.Groups["*"]
	}
	return g, ok
}

// listed reports whether a list has a sender, by id or name.
func listed(list []string, s *Sender) bool {
	names := append([]string{s.ID, s.Username}, s.Aliases...)
	return slices.ContainsFunc(list, func(entry string) bool {
		entry = strings.TrimPrefix(strings.TrimSpace(entry), "@")
		return entry != "" && slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(strings.TrimPrefix(name, "@"), entry) })
	})
}

// scopesOf are the rights of an account's senders.
func scopesOf(a *protocol.ChannelAccessConfig) []string {
	if a == nil || a.Scopes == nil {
		return []string{protocol.ScopeOperatorWrite.String()}
	}
	var out []string
	for _, s := range a.Scopes {
		out = append(out, string(s))
	}
	return out
}
