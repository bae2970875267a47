package sessions

import (
	"cmp"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// SendAllowed reports whether messages may be sent into a session: what the
// session says itself, else what the configured rules say. Of the rules that
// match, one that denies is enough.
func (s *Service) SendAllowed(sess *Session) bool {
	if p := sess.Entry.SendPolicy; p.Set {
		return p.V != protocol.SendPolicyDeny
	}
	policy := &s.config().SendPolicy.V
	allowed := policy.Default.V != protocol.SendPolicyConfigDefaultDeny
	for i := range policy.Rules {
		rule := &policy.Rules[i]
		if !matches(&rule.Match.V, sess) {
			continue
		}
		if rule.Action == protocol.SendPolicyRuleActionDeny {
			return false
		}
		allowed = true
	}
	return allowed
}

// matches reports whether a session has all that a rule asks for.
func matches(m *protocol.SendPolicyMatch, sess *Session) bool {
	channel, chatType := routeOf(sess)
	if m.Channel.Set && !strings.EqualFold(strings.TrimSpace(m.Channel.V), channel) {
		return false
	}
	if m.ChatType.Set && string(m.ChatType.V) != chatType {
		return false
	}
	prefix := strings.TrimSpace(m.KeyPrefix.V)
	return strings.HasPrefix(sess.Key, prefix) || strings.HasPrefix(restOf(sess.Key), prefix)
}

// routeOf gives channel and kind of chat: as recorded, else as the key of a
// group says, <channel>:group:<id> or <channel>:channel:<id>.
func routeOf(sess *Session) (channel, chatType string) {
	e := &sess.Entry
	parts := strings.Split(restOf(sess.Key), ":")
	var keyChannel, keyType string
	if len(parts) >= 3 && (parts[1] == "group" || parts[1] == "channel") {
		keyChannel, keyType = parts[0], parts[1]
	}
	channel = cmp.Or(e.Channel.V, e.LastChannel.V, e.DeliveryContext.V.Channel.V, keyChannel)
	return channel, cmp.Or(string(e.ChatType.V), keyType, "direct")
}
