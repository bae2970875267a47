package bench

import (
	"errors"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

var admin = protocol.GrantOf(protocol.RoleOperator, []string{"operator.admin"})

// ours decodes with the generated code, without copying. Whole frames are
// always strict, as the server reads them.
func ours(mode wire.Mode) func(testing.TB) prepare {
	return always(func(m *Message) func(data []byte) error {
		if m.Frame {
			if mode == wire.Lenient {
				return nil
			}
			return oursFrame
		}
		switch m.Definition {
		case "ConnectParams":
			return func(data []byte) error { return new(protocol.ConnectParams).DecodeAlias(data, mode) }
		case "ChatHistoryResult":
			return func(data []byte) error { return new(protocol.ChatHistoryResult).DecodeAlias(data, mode) }
		case "AgentEvent":
			return func(data []byte) error {
				_, err := protocol.DecodeAliasAgentEvent(data, mode)
				return err
			}
		case "ChatEvent":
			return func(data []byte) error { return new(protocol.ChatEvent).DecodeAlias(data, mode) }
		case "ResponseFrame":
			return func(data []byte) error { return new(protocol.ResponseFrame).DecodeAlias(data, mode) }
		}
		panic("no decoder for " + m.Definition)
	})
}

// always is the setup of a pipeline that needs none.
func always(p prepare) func(testing.TB) prepare { return func(testing.TB) prepare { return p } }

var errDenied = errors.New("denied")

func oursFrame(data []byte) error {
	var q protocol.Request
	if err := q.DecodeAlias(data, admin); err != nil {
		return err
	}
	if q.Denied != nil || q.Method == protocol.MethodUnknown {
		return errDenied
	}
	return nil
}
