package config

import (
	"net/netip"

	"github.com/gatesmith/gatesmith/protocol"
)

// Check lists the reasons for which the gateway must not start with a
// configuration: no setting may make it reachable from other machines without
// a secret, or its traffic readable on the way. plaintext is the operator's
// express consent to the latter. The secret of the state folder counts when
// Loaded.UseToken has put it in.
func Check(c *protocol.Config, plaintext bool) Problems {
	k := checker{config: c, gateway: &c.Gateway.V, auth: &c.Gateway.V.Auth.V}
	k.secret()
	k.bind(plaintext)
	k.tailscale()
	k.tls()
	return k.problems
}

type checker struct {
	config   *protocol.Config
	gateway  *protocol.GatewayConfig
	auth     *protocol.GatewayAuthConfig
	problems Problems
}

func (k *checker) refuse(key, rule, message string) {
	k.problems = append(k.problems, Problem{Key: key, Rule: rule, Message: key + " " + message})
}

// secret demands the shared secret that clients are to prove. A Tailscale
// identity can take its place, but only on loopback, where Tailscale Serve
// hands it over.
func (k *checker) secret() {
	if Secret(k.auth) != "" {
		return
	}
	beyond := BeyondLoopback(k.gateway)
	switch AuthMode(k.auth) {
	case protocol.GatewayAuthConfigModePassword:
		k.refuse(keyMode, RuleMissing, `is "password" and there is no password: set gateway.auth.password or GATEWAY_PASSWORD`)
	default:
		switch {
		case beyond:
			k.refuse("gateway.bind", RuleUnsafe, `is "`+string(k.gateway.Bind.V)+
				`" and there is no token: beyond this machine clients have to prove a secret, so set gateway.auth.token or GATEWAY_TOKEN, or bind to loopback`)
		case !AllowTailscale(k.auth):
			k.refuse(keyToken, RuleMissing, "is not set, so nobody could connect: set it, or GATEWAY_TOKEN, or let the gateway make one in its state folder")
		}
	}
}

func (k *checker) bind(plaintext bool) {
	bind := string(k.gateway.Bind.V)
	if k.gateway.Bind.V == protocol.GatewayConfigBindCustom && !k.gateway.CustomBindHost.Set {
		k.refuse("gateway.bind", RuleMissing, `is "custom" and there is no address: set gateway.customBindHost`)
		return
	}
	if BeyondLoopback(k.gateway) && !plaintext && !TLS(k.gateway) {
		k.refuse("gateway.bind", RuleUnsafe, `is "`+bind+`" without TLS: secrets would cross the network readable. Set gateway.tls.cert and gateway.tls.key, or gateway.tls.selfSigned; bind to loopback; or consent with --plaintext`)
	}
}

func (k *checker) tailscale() {
	const key = "gateway.auth.tailscale.mode"
	mode := k.auth.Tailscale.V.Mode.V
	if mode == "" || mode == protocol.GatewayTailscaleConfigModeOff {
		return
	}
	if BeyondLoopback(k.gateway) {
		k.refuse(key, RuleUnsafe, `is "`+string(mode)+`" and gateway.bind is "`+string(k.gateway.Bind.V)+
			`": Tailscale reaches the gateway over loopback, and listening beyond it would go around Tailscale. Set gateway.bind to "loopback"`)
	}
	if mode != protocol.GatewayTailscaleConfigModeFunnel {
		return
	}
	if AuthMode(k.auth) != protocol.GatewayAuthConfigModePassword {
		k.refuse(key, RuleUnsafe, `is "funnel", which is the whole internet: it needs gateway.auth.mode "password"`)
	}
	if k.auth.AllowTailscale.Set && k.auth.AllowTailscale.V {
		k.refuse("gateway.auth.allowTailscale", RuleUnsafe, `is true and gateway.auth.tailscale.mode is "funnel": what comes over Funnel has no Tailscale identity`)
	}
}

func (k *checker) tls() {
	tls := &k.gateway.TLS.V
	switch {
	case tls.Cert.Set && !tls.Key.Set:
		k.refuse(keyTLSCert, RuleMissing, "is set without its key: set gateway.tls.key")
	case tls.Key.Set && !tls.Cert.Set:
		k.refuse(keyTLSKey, RuleMissing, "is set without its certificate: set gateway.tls.cert")
	}
	if tls.SelfSigned.V && tls.Cert.Set {
		k.refuse("gateway.tls.selfSigned", RuleValue, "is true and gateway.tls.cert is set: leave one of the two out")
	}
}

// AuthMode tells which shared secret counts. The other one is not looked at.
func AuthMode(auth *protocol.GatewayAuthConfig) protocol.GatewayAuthConfigMode {
	switch {
	case auth.Mode.Set:
		return auth.Mode.V
	case auth.Password.V != "":
		return protocol.GatewayAuthConfigModePassword
	}
	return protocol.GatewayAuthConfigModeToken
}

// Secret is the shared secret that counts, or "".
func Secret(auth *protocol.GatewayAuthConfig) string {
	if AuthMode(auth) == protocol.GatewayAuthConfigModePassword {
		return auth.Password.V
	}
	return auth.Token.V
}

// AllowTailscale tells whether a Tailscale identity is proof enough.
func AllowTailscale(auth *protocol.GatewayAuthConfig) bool {
	mode := auth.Tailscale.V.Mode.V
	if mode == protocol.GatewayTailscaleConfigModeFunnel {
		return false
	}
	return auth.AllowTailscale.Or(mode == protocol.GatewayTailscaleConfigModeServe && AuthMode(auth) != protocol.GatewayAuthConfigModePassword)
}

// DefaultScopes are what a client gets that proves the shared secret and asks
// for none.
func DefaultScopes(auth *protocol.GatewayAuthConfig) []string {
	if auth.DefaultScopes == nil {
		return []string{protocol.ScopeOperatorAdmin.String()}
	}
	return scopeNames(auth.DefaultScopes)
}

// TailscaleLogins are the scopes of the logins that may connect by their
// Tailscale identity; empty: only the owner of this machine's node.
func TailscaleLogins(auth *protocol.GatewayAuthConfig) map[string][]string {
	logins := make(map[string][]string, len(auth.Tailscale.V.Logins))
	for login, scopes := range auth.Tailscale.V.Logins {
		logins[login] = scopeNames(scopes)
	}
	return logins
}

func scopeNames(scopes []protocol.ConfigScope) []string {
	names := make([]string, len(scopes))
	for k, s := range scopes {
		names[k] = string(s)
	}
	return names
}

// BeyondLoopback reports whether other machines could connect.
func BeyondLoopback(gateway *protocol.GatewayConfig) bool {
	switch gateway.Bind.V {
	case protocol.GatewayConfigBindLoopback, protocol.GatewayConfigBindAuto, "":
		return false
	case protocol.GatewayConfigBindCustom:
		address, err := netip.ParseAddr(gateway.CustomBindHost.V)
		return err != nil || !address.Unmap().IsLoopback()
	}
	return true
}

// TLS reports whether the gateway's own listener speaks TLS.
func TLS(gateway *protocol.GatewayConfig) bool {
	tls := &gateway.TLS.V
	return tls.SelfSigned.V || tls.Cert.Set && tls.Key.Set
}

// TrustedProxies are the networks whose forwarding headers are believed.
func TrustedProxies(gateway *protocol.GatewayConfig) []netip.Prefix {
	var networks []netip.Prefix
	for _, text := range gateway.TrustedProxies {
		if network, err := netip.ParsePrefix(text); err == nil {
			networks = append(networks, network.Masked())
		} else if address, err := netip.ParseAddr(text); err == nil {
			networks = append(networks, netip.PrefixFrom(address, address.BitLen()))
		}
	}
	return networks
}
