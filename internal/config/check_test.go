package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
)

// TestCheck holds each refusal to its words.
func TestCheck(t *testing.T) {
	const token = "auth:{token:'correct-horse'}"
	for _, c := range []struct {
		text      string
		plaintext bool
		want      string
	}{
		{`{gateway:{` + token + `}}`, false, ``},
		{`{gateway:{bind:'auto',` + token + `}}`, false, ``},
		{`{gateway:{bind:'custom',customBindHost:'127.0.0.9',` + token + `}}`, false, ``},
		{`{gateway:{bind:'custom',customBindHost:'::1',` + token + `}}`, false, ``},
		{`{gateway:{bind:'custom',customBindHost:'::ffff:127.0.0.1',` + token + `}}`, false, ``},
		{`{gateway:{bind:'lan',` + token + `}}`, true, ``},
		{`{gateway:{bind:'lan',tls:{cert:'c',key:'k'},` + token + `}}`, false, ``},
		{`{gateway:{bind:'tailnet',tls:{selfSigned:true},` + token + `}}`, false, ``},
		{`{gateway:{auth:{mode:'password',password:'hunter22',tailscale:{mode:'funnel'}}}}`, false, ``},
		{`{gateway:{auth:{tailscale:{mode:'serve'}}}}`, false, ``},
		{`{gateway:{auth:{allowTailscale:true}}}`, false, ``},

		{`{}`, false, `gateway.auth.token is not set, so nobody could connect: set it, or GATEWAY_TOKEN, or let the gateway make one in its state folder (CONFIG_MISSING)`},
		{`{gateway:{auth:{token:''}}}`, false, `gateway.json5:1:23: gateway.auth.token is not set, so nobody could connect: set it, or GATEWAY_TOKEN, or let the gateway make one in its state folder (CONFIG_MISSING)`},
		{`{gateway:{auth:{mode:'password',token:'correct-horse'}}}`, false, `gateway.json5:1:22: gateway.auth.mode is "password" and there is no password: set gateway.auth.password or GATEWAY_PASSWORD (CONFIG_MISSING)`},
		{`{gateway:{bind:'lan',tls:{selfSigned:true}}}`, false, `gateway.json5:1:16: gateway.bind is "lan" and there is no token: beyond this machine clients have to prove a secret, so set gateway.auth.token or GATEWAY_TOKEN, or bind to loopback (CONFIG_UNSAFE)`},
		{`{gateway:{bind:'lan',auth:{allowTailscale:true}}}`, true, `gateway.json5:1:16: gateway.bind is "lan" and there is no token: beyond this machine clients have to prove a secret, so set gateway.auth.token or GATEWAY_TOKEN, or bind to loopback (CONFIG_UNSAFE)`},
		{`{gateway:{bind:'custom',` + token + `}}`, false, `gateway.json5:1:16: gateway.bind is "custom" and there is no address: set gateway.customBindHost (CONFIG_MISSING)`},
		{`{gateway:{bind:'custom',customBindHost:'0.0.0.0',` + token + `}}`, false, `gateway.json5:1:16: gateway.bind is "custom" without TLS: secrets would cross the network readable. Set gateway.tls.cert and gateway.tls.key, or gateway.tls.selfSigned; bind to loopback; or consent with --plaintext (CONFIG_UNSAFE)`},
		{`{gateway:{bind:'lan',auth:{token:'correct-horse',tailscale:{mode:'serve'}}}}`, true, `gateway.json5:1:66: gateway.auth.tailscale.mode is "serve" and gateway.bind is "lan": Tailscale reaches the gateway over loopback, and listening beyond it would go around Tailscale. Set gateway.bind to "loopback" (CONFIG_UNSAFE)`},
		{`{gateway:{auth:{token:'correct-horse',tailscale:{mode:'funnel'}}}}`, false, `gateway.json5:1:55: gateway.auth.tailscale.mode is "funnel", which is the whole internet: it needs gateway.auth.mode "password" (CONFIG_UNSAFE)`},
		{`{gateway:{auth:{password:'hunter22',allowTailscale:true,tailscale:{mode:'funnel'}}}}`, false, `gateway.json5:1:52: gateway.auth.allowTailscale is true and gateway.auth.tailscale.mode is "funnel": what comes over Funnel has no Tailscale identity (CONFIG_UNSAFE)`},
		{`{gateway:{tls:{cert:'c'},` + token + `}}`, false, `gateway.json5:1:21: gateway.tls.cert is set without its key: set gateway.tls.key (CONFIG_MISSING)`},
		{`{gateway:{tls:{key:'k'},` + token + `}}`, false, `gateway.json5:1:20: gateway.tls.key is set without its certificate: set gateway.tls.cert (CONFIG_MISSING)`},
		{`{gateway:{tls:{cert:'c',key:'k',selfSigned:true},` + token + `}}`, false, `gateway.json5:1:44: gateway.tls.selfSigned is true and gateway.tls.cert is set: leave one of the two out (CONFIG_VALUE)`},
	} {
		l, err := Load(from(c.text))
		if err != nil {
			t.Fatal(c.text, err)
		}
		if got := lineup(l.Locate(Check(l.Config, c.plaintext))); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}

	s := from(`{gateway:{` + token + `}}`)
	s.Flags = map[string][]string{"bind": {"lan"}}
	l, _ := Load(s)
	if got := lineup(l.Locate(Check(l.Config, false))); !strings.HasPrefix(got, `--bind: gateway.bind is "lan" without TLS`) {
		t.Error(got)
	}
}

// TestCheckAll goes through every combination and holds the outcome to rules
// written in another way.
func TestCheckAll(t *testing.T) {
	count := 0
	for _, bind := range []string{"loopback", "lan", "tailnet", "auto", "custom"} {
		for _, host := range []string{"", "127.0.0.1", "10.0.0.1"} {
			for _, mode := range []string{"", "token", "password"} {
				for secrets := range 4 {
					for _, publish := range []string{"off", "serve", "funnel"} {
						for _, allow := range []string{"", "true", "false"} {
							for tls := range 3 {
								for _, plaintext := range []bool{false, true} {
									count++
									one(t, bind, host, mode, secrets, publish, allow, tls, plaintext)
								}
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d combinations", count)
}

func one(t *testing.T, bind, host, mode string, secrets int, publish, allow string, tls int, plaintext bool) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `{gateway:{bind:'%s',`, bind)
	if host != "" {
		fmt.Fprintf(&b, `customBindHost:'%s',`, host)
	}
	b.WriteString([]string{"", "tls:{cert:'c',key:'k'},", "tls:{selfSigned:true},"}[tls])
	b.WriteString("auth:{")
	if mode != "" {
		fmt.Fprintf(&b, `mode:'%s',`, mode)
	}
	if secrets&1 != 0 {
		b.WriteString("token:'correct-horse',")
	}
	if secrets&2 != 0 {
		b.WriteString("password:'hunter22',")
	}
	if allow != "" {
		fmt.Fprintf(&b, `allowTailscale:%s,`, allow)
	}
	fmt.Fprintf(&b, `tailscale:{mode:'%s'}}}}`, publish)
	l, err := Load(from(b.String()))
	if err != nil {
		t.Fatal(b.String(), err)
	}

	password := mode == "password" || mode == "" && secrets&2 != 0
	hasSecret := password && secrets&2 != 0 || !password && secrets&1 != 0
	beyond := bind == "lan" || bind == "tailnet" || bind == "custom" && host != "127.0.0.1"
	identities := publish != "funnel" && (allow == "true" || allow == "" && publish == "serve" && !password)
	refuse := false
	refuse = refuse || !hasSecret && (password || beyond || !identities)
	refuse = refuse || bind == "custom" && host == ""
	refuse = refuse || beyond && tls == 0 && !plaintext
	refuse = refuse || publish != "off" && beyond
	refuse = refuse || publish == "funnel" && (!password || allow == "true")

	problems := Check(l.Config, plaintext)
	if got := len(problems) > 0; got != refuse {
		t.Errorf("%s plaintext=%v: refused %v, want %v: %v", &b, plaintext, got, refuse, problems)
	}
	if text := problems.Error(); strings.Contains(text, "hunter22") || strings.Contains(text, "correct-horse") {
		t.Errorf("%s: a secret stands in %s", &b, text)
	}
	if got := AllowTailscale(&l.Config.Gateway.V.Auth.V); got != identities {
		t.Errorf("%s: identities %v, want %v", &b, got, identities)
	}
}

func TestDefaultScopes(t *testing.T) {
	for text, want := range map[string][]string{
		`{}`:                                  {"operator.admin"},
		`{gateway:{auth:{defaultScopes:[]}}}`: {},
		`{gateway:{auth:{defaultScopes:['operator.read','operator.write']}}}`: {"operator.read", "operator.write"},
	} {
		l, err := Load(from(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := DefaultScopes(&l.Config.Gateway.V.Auth.V); !slices.Equal(got, want) {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestTrustedProxies(t *testing.T) {
	l, err := Load(from(`{gateway:{trustedProxies:['10.1.2.3/8','192.168.0.1','fd00::/8','::1']}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.168.0.1/32"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("::1/128")}
	if got := TrustedProxies(&l.Config.Gateway.V); !slices.Equal(got, want) {
		t.Error(got)
	}
}

// TestScopesOfSchema keeps the scopes that the configuration offers and those
// of the protocol together.
func TestScopesOfSchema(t *testing.T) {
	var want []string
	for s := protocol.Scope(0); s < protocol.ScopeNone; s++ {
		want = append(want, s.String())
	}
	if got := settingAt("gateway.auth.defaultScopes").each.Enum; !slices.Equal(got, want) {
		t.Errorf("the configuration offers %v, the protocol has %v", got, want)
	}
}

func TestValues(t *testing.T) {
	for key, cases := range map[string]map[string]bool{
		"gateway.customBindHost": {"10.0.0.1": true, "fe80::1%eth0": true, "::": true, "localhost": false, "10.0.0.1:80": false},
		"gateway.hosts[]": {"a": true, "a.example": true, "a.example.": true, "my_box": true, "::1": true, "10.0.0.1": true, "1.example": true,
			"": false, ".": false, "a..b": false, "-a": false, "a-": false, "a/b": false, "http://a": false, "[::1]": false, "*.example": false, "bücher.example": false,
			strings.Repeat("a", 64): false, strings.Repeat("a.", 130): false},
		"gateway.origins[]": {"https://a.example": true, "http://localhost:3000": true, "HTTPS://A.example": true, "http://[::1]:80": true, "tauri://localhost": true, "chrome-extension://abcdef": true,
			"null": false, "a.example": false, "//a.example": false, "https://": false, "https://a.example/": false, "https://u@a.example": false, "https://a.example?x": false,
			"https://a.example#": false, "https://a.example:http": false, "https:a.example": false, "*": false, "https://*.example": false},
		"gateway.trustedProxies[]": {"10.0.0.0/8": true, "10.0.0.1/8": true, "::1": true, "fd00::/8": true, "0.0.0.0/0": false, "10.0.0.0": true, "proxy": false, "10.0.0.0/": false},
		"models.providers[].baseUrl": {"http://127.0.0.1:11434/v1": true, "https://api.example.com": true, "http://[::1]:80/v1/": true,
			"api.example.com/v1": false, "ftp://a.example": false, "https://": false, "https://u:p@a.example": false, "https://a.example?key=x": false, "https://a.example#": false},
		"store.url": {"postgres://u:p@h/d": true, "postgresql://h:5432/d?sslmode=require": true, "sqlite:///x": false, "h/d": false, "postgres:///d": false, "host=h dbname=d": false},
	} {
		for value, want := range cases {
			if got := values[key](value) == ""; got != want {
				t.Errorf("%s %q: allowed %v, want %v", key, value, got, want)
			}
		}
	}
	for key := range values {
		if s := settingAt(strings.ReplaceAll(strings.TrimSuffix(key, "[]"), "[].", ".x.")); s == nil {
			t.Errorf("there is no key %s", key)
		}
	}
	for _, keys := range [][]string{{keyToken, keyPassword, keyMode, keyTLSCert, keyTLSKey}} {
		for _, key := range keys {
			if k, ok := KeyOf(key); !ok || k.Path != key {
				t.Errorf("there is no key %s", key)
			}
		}
	}
}
