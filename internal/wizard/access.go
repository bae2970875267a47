package wizard

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/protocol"
)

// Keys of the settings about who can connect.
var (
	portKey     = []string{"gateway", "port"}
	bindKey     = []string{"gateway", "bind"}
	selfSigned  = []string{"gateway", "tls", "selfSigned"}
	modeKey     = []string{"gateway", "auth", "mode"}
	tokenKey    = []string{"gateway", "auth", "token"}
	passwordKey = []string{"gateway", "auth", "password"}
)

// network asks where the gateway is to listen, or tells that it is not asked.
func (x *script) network(ctx context.Context) error {
	gw := &x.now.Config.Gateway.V
	if x.quick {
		return x.ask.Note(ctx, "defaults", "Quick start", fmt.Sprintf("This stays as it is:\nPort: %d\nReachable from: %s\nWorkspace: %s\nState: %s",
			gw.Port.V, reach(gw), cmp.Or(x.workspace, x.o.Workspace(x.now.Config)), x.o.StateDir))
	}
	if !x.has(portKey...) {
		was := strconv.FormatInt(gw.Port.V, 10)
		port, err := x.ask.Line(ctx, Question{Name: "port", Title: "Network", Text: "TCP port to listen on", Initial: was,
			Check: func(text string) string { return x.wrong(Setting{Key: portKey, Value: number(text)}) }})
		if err != nil {
			return err
		}
		x.differs(Setting{Key: portKey, Value: number(port)}, port == was)
	}
	if x.has(bindKey...) {
		return nil
	}
	was := string(gw.Bind.V)
	q := Question{Name: "bind", Text: "Who can reach it?", Initial: was, Options: []Option{
		{string(protocol.GatewayConfigBindLoopback), "Programs on this machine", "the safest, and enough behind a proxy"},
		{string(protocol.GatewayConfigBindLan), "Other machines too", "on all networks of this machine, over TLS"},
		{string(protocol.GatewayConfigBindTailnet), "Machines of my tailnet", "at this machine's Tailscale address, over TLS"},
	}}
	if !q.offers(was) {
		q.Options = append(q.Options, Option{was, "As it is", was})
	}
	bind, err := x.ask.Choose(ctx, q)
	if err != nil {
		return err
	}
	x.differs(Setting{Key: bindKey, Value: bind}, bind == was)
	x.draft.drop(selfSigned...)
	if beyond := bind == string(protocol.GatewayConfigBindLan) || bind == string(protocol.GatewayConfigBindTailnet); beyond && !config.TLS(gw) {
		x.draft.set(Setting{Key: selfSigned, Value: true})
	}
	return nil
}

// reach says for people from where the gateway can be reached.
func reach(gw *protocol.GatewayConfig) string {
	if config.BeyondLoopback(gw) {
		return string(gw.Bind.V)
	}
	return "programs on this machine"
}

// number is the value of a text that should be one; what is none stays a text, and
// is refused as such.
func number(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	return text
}

// differs writes a setting, unless it is as it was.
func (x *script) differs(s Setting, same bool) {
	if same {
		x.draft.drop(s.Key...)
		return
	}
	x.draft.set(s)
}

// shortest is the least length of a secret that is chosen here.
const shortest = 8

// access asks what clients prove that they may connect with.
func (x *script) access(ctx context.Context) error {
	auth := &x.now.Config.Gateway.V.Auth.V
	if x.has(modeKey...) || x.has(tokenKey...) || x.has(passwordKey...) {
		return nil
	}
	was := config.AuthMode(auth)
	const token, password = string(protocol.GatewayAuthConfigModeToken), string(protocol.GatewayAuthConfigModePassword)
	mode, err := x.ask.Choose(ctx, Question{Name: "auth", Title: "Authentication", Text: "How do clients prove that they may connect?", Initial: string(was), Options: []Option{
		{token, "By a token", "for programs; one is made if you have none"},
		{password, "By a password", "for people to type"},
	}})
	if err != nil {
		return err
	}
	x.differs(Setting{Key: modeKey, Value: mode}, mode == string(was) && (x.now.Has(modeKey) || mode == token))
	q, key := Question{Name: "token", Text: "Token; leave it empty, and the gateway makes one and keeps it in " + x.o.StateDir}, tokenKey
	if mode == password {
		q, key = Question{Name: "password", Text: "Password"}, passwordKey
	}
	q.Secret = true
	there := x.now.Has(key)
	if there {
		q.Text += "; leave it empty to keep the present one"
	}
	q.Check = func(text string) string {
		switch {
		case text == "" && (there || mode == token), len([]rune(text)) >= shortest:
			return ""
		}
		return "At least " + strconv.Itoa(shortest) + " characters are expected: whoever guesses it can do everything."
	}
	for _, other := range [][]string{tokenKey, passwordKey} {
		x.draft.drop(other...)
	}
	if x.quick && mode == token {
		return nil
	}
	secret, err := x.ask.Line(ctx, q)
	if secret != "" {
		x.draft.set(Setting{Key: key, Value: secret, Secret: true})
	}
	return err
}
