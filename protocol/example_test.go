package protocol_test

import (
	"fmt"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// A refusal lists everything that is wrong, in the order required, unexpected,
// members.
func ExampleDecodeAliasParams() {
	_, err := protocol.DecodeAliasParams(protocol.MethodChatSend, []byte(`{"sessionKey":"","colour":1}`), wire.Strict)
	fmt.Println(err)
	// Output:
	// must have required property 'message'; must have required property 'idempotencyKey'; at root: unexpected property 'colour'; at /sessionKey: must NOT have fewer than 1 characters
}

// The access check is one look at a table; only a refusal says why.
func ExampleAllowMethod() {
	reader := protocol.GrantOf(protocol.RoleOperator, []string{"operator.read"})
	fmt.Println(protocol.AllowMethod(protocol.MethodSessionsList, reader) == nil)
	fmt.Println(protocol.AllowMethod(protocol.MethodConfigSet, reader))
	// Output:
	// true
	// missing scope: operator.admin
}
