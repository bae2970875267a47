package app_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/config"
)

// refusal is a start, a request or a handshake that must not succeed, and the
// answer to it in full.
type refusal struct {
	name string
	// For a start.
	config    string
	flags     map[string][]string
	plaintext bool
	prepare   func(t *testing.T, dir string)
	// For a request: the gateway is that of its world, the path "/readyz" unless
	// one is given.
	path   string
	header http.Header
	// For a handshake.
	knock func(k *knocking)

	want string // of a start the error, of a request status and body, of a handshake code, text and close code
}

const (
	thePassword = "the password of the test"
	worldConfig = `{ gateway: { origins: ["https://chat.example"], hosts: ["gw.example"], trustedProxies: ["127.0.0.1"], auth: { token: "` + secret + `", password: "` + thePassword + `", mode: "token" } } }`
)

// starts are refused before anything listens.
var starts = []refusal{
	{name: "beyond loopback without TLS", flags: flags("bind=lan", "token="+secret),
		want: `--bind: gateway.bind is "lan" without TLS: secrets would cross the network readable. Set gateway.tls.cert and gateway.tls.key, or gateway.tls.selfSigned; bind to loopback; or consent with --plaintext (CONFIG_UNSAFE)`},
	{name: "an address beyond loopback without TLS", config: `{gateway: {bind: "custom", customBindHost: "0.0.0.0", auth: {token: "` + secret + `"}}}`,
		want: `FILE:1:18: gateway.bind is "custom" without TLS: secrets would cross the network readable. Set gateway.tls.cert and gateway.tls.key, or gateway.tls.selfSigned; bind to loopback; or consent with --plaintext (CONFIG_UNSAFE)`},
	{name: "bind custom without address", flags: flags("bind=custom"),
		want: `--bind: gateway.bind is "custom" and there is no address: set gateway.customBindHost (CONFIG_MISSING)`},
	{name: "a name as address", config: `{gateway: {bind: "custom", customBindHost: "localhost"}}`,
		want: `FILE:1:44: gateway.customBindHost is "localhost": must be an IP address, such as 192.168.1.10 or fd00::1 (CONFIG_VALUE)`},
	{name: "bind to nothing known", flags: flags("bind=everywhere"),
		want: `--bind: gateway.bind is "everywhere": must be one of "loopback", "lan", "tailnet", "auto", "custom" (CONFIG_VALUE)`},
	{name: "an address of another machine", config: `{gateway: {bind: "custom", customBindHost: "203.0.113.1"}}`, plaintext: true,
		want: `cannot listen: listen tcp 203.0.113.1:0: bind: cannot assign requested address: is another gateway running, or another program on port 0? set gateway.port or --port`},
	{name: "password mode without password", flags: flags("auth-mode=password"),
		want: `--auth-mode: gateway.auth.mode is "password" and there is no password: set gateway.auth.password or GATEWAY_PASSWORD (CONFIG_MISSING)`},
	{name: "no such mode", flags: flags("auth-mode=none"),
		want: `--auth-mode: gateway.auth.mode is "none": must be one of "token", "password" (CONFIG_VALUE)`},
	{name: "an empty token file", prepare: func(t *testing.T, dir string) { put(t, filepath.Join(dir, "token"), "\n") },
		want: `DIR/token is empty: remove it, and the next start makes a new token`},
	{name: "Tailscale Serve beyond loopback", config: `{gateway: {bind: "lan", auth: {token: "` + secret + `", tailscale: {mode: "serve"}}}}`, plaintext: true,
		want: `FILE:1:84: gateway.auth.tailscale.mode is "serve" and gateway.bind is "lan": Tailscale reaches the gateway over loopback, and listening beyond it would go around Tailscale. Set gateway.bind to "loopback" (CONFIG_UNSAFE)`},
	{name: "Funnel with a token", config: `{gateway: {auth: {token: "` + secret + `", tailscale: {mode: "funnel"}}}}`,
		want: `FILE:1:71: gateway.auth.tailscale.mode is "funnel", which is the whole internet: it needs gateway.auth.mode "password" (CONFIG_UNSAFE)`},
	{name: "Funnel with identities", config: `{gateway: {auth: {password: "x", allowTailscale: true, tailscale: {mode: "funnel"}}}}`,
		want: `FILE:1:50: gateway.auth.allowTailscale is true and gateway.auth.tailscale.mode is "funnel": what comes over Funnel has no Tailscale identity (CONFIG_UNSAFE)`},
	{name: "a certificate without key", flags: flags("tls-cert=cert.pem"),
		want: `--tls-cert: gateway.tls.cert is set without its key: set gateway.tls.key (CONFIG_MISSING)`},
	{name: "a key without certificate", flags: flags("tls-key=key.pem"),
		want: `--tls-key: gateway.tls.key is set without its certificate: set gateway.tls.cert (CONFIG_MISSING)`},
	{name: "a certificate that is not there", config: `{gateway: {tls: {cert: "cert.pem", key: "key.pem"}}}`,
		want: `cannot load the TLS certificate DIR/cert.pem and its key DIR/key.pem: open DIR/cert.pem: no such file or directory`},
	{name: "a certificate that is none", config: `{gateway: {tls: {cert: "cert.pem", key: "key.pem"}}}`, prepare: func(t *testing.T, dir string) {
		put(t, filepath.Join(dir, "cert.pem"), "x")
		put(t, filepath.Join(dir, "key.pem"), "x")
	}, want: `cannot load the TLS certificate DIR/cert.pem and its key DIR/key.pem: tls: failed to find any PEM data in certificate input`},
	{name: "a certificate and one of its own", config: `{gateway: {tls: {selfSigned: true, cert: "cert.pem", key: "key.pem"}}}`,
		want: `FILE:1:30: gateway.tls.selfSigned is true and gateway.tls.cert is set: leave one of the two out (CONFIG_VALUE)`},
	{name: "every origin", flags: flags("allow-origin=*"),
		want: `--allow-origin: gateway.origins[0] is "*": must be an origin as browsers send it: scheme://host or scheme://host:port, without a path; there is no way to allow every page (CONFIG_VALUE)`},
	{name: "every proxy", config: `{gateway: {trustedProxies: ["0.0.0.0/0"]}}`,
		want: `FILE:1:29: gateway.trustedProxies[0] is "0.0.0.0/0": must be a network in CIDR form, such as 10.0.0.0/8, or an IP address; this one is the whole internet, and everyone in it could pretend to be on this machine (CONFIG_VALUE)`},
	{name: "a host with a scheme", config: `{gateway: {hosts: ["https://gw.example"]}}`,
		want: `FILE:1:20: gateway.hosts[0] is "https://gw.example": must be a host name or an IP address, without scheme, port or path (CONFIG_VALUE)`},
}

// requests are refused with a status and a text for whoever reads it.
var requests = []refusal{
	{name: "another host", header: header("Host: evil.example"), want: `403 host "evil.example" is not one of this gateway's: add it to gateway.hosts`},
	{name: "another address", header: header("Host: 192.0.2.1:18789"), want: `403 host "192.0.2.1:18789" is not one of this gateway's: add it to gateway.hosts`},
	{name: "a tailnet name", header: header("Host: gateway.tail.ts.net"), want: `403 host "gateway.tail.ts.net" is not one of this gateway's: add it to gateway.hosts`},
	{name: "a host that begins like one", header: header("Host: gw.example.evil.example"), want: `403 host "gw.example.evil.example" is not one of this gateway's: add it to gateway.hosts`},
	{name: "another host for the protocol", path: "/v1/connect", header: header("Host: evil.example"), want: `403 host "evil.example" is not one of this gateway's: add it to gateway.hosts`},
	{name: "a forwarded host does not count", header: header("Host: evil.example", "X-Forwarded-Host: gw.example"), want: `403 host "evil.example" is not one of this gateway's: add it to gateway.hosts`},
	{name: "another origin", header: header("Origin: https://evil.example"), want: `403 origin "https://evil.example" may not connect: add it to gateway.origins, or start with --allow-origin https://evil.example`},
	{name: "another origin for the protocol", path: "/", header: header("Origin: https://evil.example"), want: `403 origin "https://evil.example" may not connect: add it to gateway.origins, or start with --allow-origin https://evil.example`},
	{name: "an allowed origin without TLS", header: header("Origin: http://chat.example"), want: `403 origin "http://chat.example" may not connect: add it to gateway.origins, or start with --allow-origin http://chat.example`},
	{name: "an allowed origin with a port", header: header("Origin: https://chat.example:444"), want: `403 origin "https://chat.example:444" may not connect: add it to gateway.origins, or start with --allow-origin https://chat.example:444`},
	{name: "a page of another port here", header: header("Origin: http://127.0.0.1:1"), want: `403 origin "http://127.0.0.1:1" may not connect: add it to gateway.origins, or start with --allow-origin http://127.0.0.1:1`},
	{name: "a page without origin", header: header("Origin: null"), want: `403 origin "null" may not connect: add it to gateway.origins, or start with --allow-origin null`},
	{name: "two origins", header: http.Header{"Origin": {"https://chat.example", "https://evil.example"}}, want: `403 a request comes from one origin, this one names several`},
	{name: "a token in the URL", path: "/v1/connect?token=" + secret, want: `400 ` + urlSecret("token")},
	{name: "a password in the URL", path: "/?x=1&password=" + secret, want: `400 ` + urlSecret("password")},
	{name: "a token in the URL, escaped", path: "/v1/connect?access%5Ftoken=" + secret, want: `400 ` + urlSecret("access_token")},
	{name: "a token in the URL of metrics", path: "/metrics?Auth-Token=" + secret, header: header("X-Forwarded-For: 203.0.113.9"), want: `400 ` + urlSecret("Auth-Token")},
	{name: "metrics from elsewhere", path: "/metrics", header: header("X-Forwarded-For: 203.0.113.9"), want: `401 unauthorized: from other machines this needs the gateway's token, as the header Authorization: Bearer …`},
	{name: "the schema from elsewhere", path: "/schema", header: header("X-Forwarded-For: 203.0.113.9"), want: `401 unauthorized: from other machines this needs the gateway's token, as the header Authorization: Bearer …`},
	{name: "metrics by another name", path: "/metrics", header: header("Host: gw.example"), want: `401 unauthorized: from other machines this needs the gateway's token, as the header Authorization: Bearer …`},
	{name: "the wrong bearer", path: "/metrics", header: header("X-Forwarded-For: 203.0.113.9", "Authorization: Bearer wrong"), want: `401 unauthorized: the bearer token is not this gateway's token`},
	{name: "the secret that does not count", path: "/metrics", header: header("X-Forwarded-For: 203.0.113.9", "Authorization: Bearer "+thePassword), want: `401 unauthorized: the bearer token is not this gateway's token`},
	{name: "another scheme", path: "/metrics", header: header("X-Forwarded-For: 203.0.113.9", "Authorization: Basic "+secret), want: `401 unauthorized: from other machines this needs the gateway's token, as the header Authorization: Bearer …`},
	{name: "details with the wrong bearer", header: header("X-Forwarded-For: 203.0.113.9", "Authorization: Bearer wrong"), want: `401 unauthorized: the bearer token is not this gateway's token`},
}

// handshakes are refused with an error and a close code.
var handshakes = []refusal{
	{name: "nothing presented", knock: func(k *knocking) { k.token = "" }, want: `NOT_PAIRED device identity required 1008`},
	{name: "the wrong token", knock: func(k *knocking) { k.token = "wrong" }, want: `INVALID_REQUEST unauthorized: gateway token mismatch (provide gateway auth token) 1008`},
	{name: "a longer token", knock: func(k *knocking) { k.token += "x" }, want: `INVALID_REQUEST unauthorized: gateway token mismatch (provide gateway auth token) 1008`},
	{name: "the password in token mode", knock: func(k *knocking) { k.token, k.password = "", thePassword }, want: `INVALID_REQUEST unauthorized: gateway token missing (provide gateway auth token) 1008`},
	{name: "the password as token", knock: func(k *knocking) { k.token = thePassword }, want: `INVALID_REQUEST unauthorized: gateway token mismatch (provide gateway auth token) 1008`},
	{name: "the token as a header", knock: func(k *knocking) { k.token, k.header = "", header("Authorization: Bearer "+secret) }, want: `NOT_PAIRED device identity required 1008`},
	{name: "another role", knock: func(k *knocking) { k.role = "king" }, want: `INVALID_REQUEST invalid role 1008`},
	{name: "a newer protocol", knock: func(k *knocking) { k.change = func(p object) { p["minProtocol"], p["maxProtocol"] = 4, 5 } }, want: `INVALID_REQUEST protocol mismatch 1002`},
	{name: "a member that is not known", knock: func(k *knocking) { k.change = func(p object) { p["sudo"] = true } }, want: `INVALID_REQUEST invalid connect params: at root: unexpected property 'sudo' 1008`},
	{name: "a control UI without device", knock: func(k *knocking) {
		k.change = func(p object) { p["client"].(object)["id"] = "clawdbot-control-ui" }
	}, want: `INVALID_REQUEST control ui requires HTTPS or localhost (secure context) 1008`},
	{name: "another device's id", knock: func(k *knocking) { k.by, k.device = true, func(d object) { d["id"] = strings.Repeat("0", 64) } }, want: `INVALID_REQUEST device identity mismatch 1008`},
	{name: "no key", knock: func(k *knocking) { k.by, k.device = true, func(d object) { d["publicKey"] = "x" } }, want: `INVALID_REQUEST device identity mismatch 1008`},
	{name: "an old signature", knock: func(k *knocking) { k.by, k.age = true, 11*time.Minute }, want: `INVALID_REQUEST device signature expired 1008`},
	{name: "a signature of the future", knock: func(k *knocking) { k.by, k.age = true, -11*time.Minute }, want: `INVALID_REQUEST device signature expired 1008`},
	{name: "no nonce", knock: func(k *knocking) { k.by, k.nonce = true, func(string) string { return "" } }, want: `INVALID_REQUEST device nonce required 1008`},
	{name: "no nonce, forwarded, no challenge", knock: func(k *knocking) {
		k.by, k.path, k.header = true, "/v1/connect", header("X-Forwarded-For: 203.0.113.9")
	}, want: `INVALID_REQUEST device nonce required 1008`},
	{name: "another nonce", knock: func(k *knocking) { k.by, k.nonce = true, strings.ToUpper }, want: `INVALID_REQUEST device nonce mismatch 1008`},
	{name: "a nonce that was never sent", knock: func(k *knocking) {
		k.by, k.path, k.nonce = true, "/v1/connect", func(string) string { return "n" }
	}, want: `INVALID_REQUEST device nonce mismatch 1008`},
	{name: "a broken signature", knock: func(k *knocking) { k.by, k.device = true, func(d object) { d["signature"] = strings.Repeat("A", 86) } }, want: `INVALID_REQUEST device signature invalid 1008`},
	{name: "scopes that were not signed", knock: func(k *knocking) {
		k.by, k.scopes, k.change = true, []string{"operator.read"}, func(p object) { p["scopes"] = []string{"operator.admin"} }
	}, want: `INVALID_REQUEST device signature invalid 1008`},
	{name: "a role that was not signed", knock: func(k *knocking) { k.by, k.change = true, func(p object) { p["role"] = "node" } }, want: `INVALID_REQUEST device signature invalid 1008`},
	{name: "a token that was not signed", knock: func(k *knocking) {
		k.by, k.token, k.change = true, "x", func(p object) { p["auth"].(object)["token"] = secret }
	}, want: `INVALID_REQUEST device signature invalid 1008`},
	{name: "a good device without secret", knock: func(k *knocking) { k.by, k.token = true, "" }, want: `INVALID_REQUEST unauthorized: gateway token missing (provide gateway auth token) 1008`},
	{name: "a device from elsewhere", knock: func(k *knocking) { k.by, k.header = true, header("X-Forwarded-For: 203.0.113.9") }, want: `NOT_PAIRED pairing required 1008`},
	{name: "a client that lies to the proxy", knock: func(k *knocking) {
		k.by, k.header = true, header("X-Forwarded-For: 127.0.0.1, 203.0.113.9")
	}, want: `NOT_PAIRED pairing required 1008`},
	{name: "a proxy that does not say for whom", knock: func(k *knocking) { k.by, k.header = true, header("Forwarded: for=203.0.113.9") }, want: `NOT_PAIRED pairing required 1008`},
	{name: "a device by another name", knock: func(k *knocking) { k.by, k.header = true, header("Host: gw.example") }, want: `NOT_PAIRED pairing required 1008`},
	{name: "a Tailscale login that nobody checks", knock: func(k *knocking) {
		k.by, k.token, k.header = true, "", header("X-Forwarded-For: 100.64.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: gw.example", "Tailscale-User-Login: ada@example.com")
	}, want: `INVALID_REQUEST unauthorized: gateway token missing (provide gateway auth token) 1008`},
	{name: "a request before the handshake", knock: func(k *knocking) { k.instead = object{"type": "req", "id": "c", "method": "health"} }, want: `INVALID_REQUEST invalid handshake: first request must be connect 1008`},
}

// Nothing in the tables starts, is served or connects, and each has exactly the
// answer that it is said to have.
func TestRefusals(t *testing.T) {
	if n := len(starts) + len(requests) + len(handshakes); n < 40 {
		t.Errorf("only %d refusals", n)
	}
	t.Run("start", func(t *testing.T) {
		for _, c := range starts {
			t.Run(c.name, c.start)
		}
	})
	t.Run("request", func(t *testing.T) {
		url := world(t)
		for _, c := range requests {
			t.Run(c.name, func(t *testing.T) { c.request(t, url) })
		}
	})
	t.Run("handshake", func(t *testing.T) {
		url := world(t)
		for _, c := range handshakes {
			t.Run(c.name, func(t *testing.T) { c.handshake(t, url) })
		}
	})
}

func (c refusal) start(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gateway.json5")
	if c.config != "" {
		put(t, path, c.config)
	}
	if c.prepare != nil {
		c.prepare(t, dir)
	}
	_, err := apptest.TryStart(t, app.Options{StateDir: dir, Plaintext: c.plaintext}, path, c.flags)
	if err == nil {
		t.Fatal("it started")
	}
	if got := strings.NewReplacer(path, "FILE", dir, "DIR").Replace(err.Error()); got != c.want {
		t.Errorf("refused with\n%s\nwant\n%s", got, c.want)
	}
	if _, err := app.ReadAddress(dir); err == nil {
		t.Error("it left an address behind")
	}
}

// world is a gateway with two secrets, an allowed origin, a host of its own and
// a proxy.
func world(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeConfig(t, dir, worldConfig)
	_, url := gateway(t, dir, nil)
	return url
}

func (c refusal) request(t *testing.T, url string) {
	path := c.path
	if path == "" {
		path = "/readyz"
	}
	h := c.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Connection", "Upgrade") // also where only the protocol would be upgraded
	h.Set("Upgrade", "websocket")
	h.Set("Sec-WebSocket-Version", "13")
	h.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	res, body := get(t, "GET", httpURL(url)+path, h)
	if got := fmt.Sprint(res.StatusCode, " ", strings.TrimSpace(body)); got != c.want {
		t.Errorf("refused with\n%s\nwant\n%s", got, c.want)
	}
	if strings.Contains(body, secret) {
		t.Error("the answer repeats a secret")
	}
}

// knocking is a handshake that would succeed, until a case changes it.
type knocking struct {
	path            string
	header          http.Header
	token, password string
	role            string
	scopes          []string
	by              bool          // with a device
	age             time.Duration // of its signature
	nonce           func(challenge string) string
	device, change  func(object) // after it was signed
	instead         any          // of the handshake
}

func (c refusal) handshake(t *testing.T, url string) {
	k := &knocking{path: "/", token: secret, nonce: func(n string) string { return n }}
	c.knock(k)
	header := k.header.Clone()
	options := &websocket.DialOptions{HTTPHeader: header, Host: header.Get("Host")}
	header.Del("Host")
	ws, _, err := websocket.Dial(t.Context(), url+k.path, options)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	p := &peer{t, ws}
	challenge := ""
	if k.path != "/v1/connect" {
		challenge = p.next()["payload"].(object)["nonce"].(string)
	}
	if k.instead == nil {
		k.instead = k.params(t, challenge)
	}
	p.send(k.instead)
	got := errorText(p.next())
	code, reason := p.closed()
	if got = fmt.Sprint(got, " ", int(code)); got != c.want {
		t.Errorf("refused with\n%s\nwant\n%s", got, c.want)
	}
	if _, text, _ := strings.Cut(c.want, " "); !strings.HasPrefix(text, reason) || reason == "" {
		t.Errorf("closed with %q", reason)
	}
}

func (k *knocking) params(t *testing.T, challenge string) object {
	auth := object{}
	if k.token != "" {
		auth["token"] = k.token
	}
	if k.password != "" {
		auth["password"] = k.password
	}
	params := connectParams(auth)
	if k.role != "" {
		params["role"] = k.role
	}
	if k.scopes != nil {
		params["scopes"] = k.scopes
	}
	if k.by {
		signAt(newDevice(t), params, k.nonce(challenge), time.Now().Add(-k.age))
		if k.device != nil {
			k.device(params["device"].(object))
		}
	}
	if k.change != nil {
		k.change(params)
	}
	return params
}

// The other side of the tables: what differs from a refusal by a little, and is
// right, is let in.
func TestNearRefusals(t *testing.T) {
	url := world(t)
	for name, h := range map[string]http.Header{
		"nothing special":   nil,
		"an allowed origin": header("Origin: https://chat.example"),
		"in capitals":       header("Origin: HTTPS://Chat.example"),
		"its own page":      header("Origin: " + httpURL(url)),
		"localhost":         header("Host: localhost:1"),
		"an allowed host":   header("Host: GW.example:443"),
		"the allowed host, its page behind a proxy": header("Host: gw.example", "Origin: https://gw.example", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https"),
	} {
		if res, body := get(t, "GET", httpURL(url)+"/readyz?verbose=1&page=token", h); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
	for name, h := range map[string]http.Header{
		"the bearer":              header("X-Forwarded-For: 203.0.113.9", "Authorization: Bearer "+secret),
		"the bearer, another way": header("X-Forwarded-For: 203.0.113.9", "Authorization: bearer  "+secret),
		"local":                   nil,
	} {
		if res, body := get(t, "GET", httpURL(url)+"/metrics", h); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
	p := dial(t, url+"/", nil)
	k := &knocking{token: secret, by: true, nonce: func(n string) string { return n }}
	p.send(k.params(t, p.next()["payload"].(object)["nonce"].(string)))
	if v := p.next(); v["type"] != "hello-ok" {
		t.Errorf("the handshake: %v", v)
	}
}

// Wrong bearers and wrong handshakes are counted together.
func TestBearerIsThrottled(t *testing.T) {
	url := world(t)
	h := header("X-Forwarded-For: 203.0.113.9", "Authorization: Bearer wrong")
	for k := range 10 {
		if res, body := get(t, "GET", httpURL(url)+"/metrics", h); res.StatusCode != http.StatusUnauthorized || res.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("attempt %d: %d %s", k, res.StatusCode, body)
		}
	}
	h.Set("Authorization", "Bearer "+secret)
	if res, body := get(t, "GET", httpURL(url)+"/metrics", h); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "60" {
		t.Errorf("over the limit: %d %v %s", res.StatusCode, res.Header, body)
	}
	p := dial(t, url+"/v1/connect", header("X-Forwarded-For: 203.0.113.9"))
	p.send(connectParams(object{"token": secret}))
	if e := p.next()["error"].(object); e["code"] != "UNAVAILABLE" || e["retryable"] != true || e["retryAfterMs"].(float64) < 50_000 {
		t.Errorf("a handshake from there: %v", e)
	}
	h.Set("X-Forwarded-For", "203.0.113.10")
	if res, body := get(t, "GET", httpURL(url)+"/metrics", h); res.StatusCode != http.StatusOK {
		t.Errorf("from next door: %d %s", res.StatusCode, body)
	}
}

// A secret out of a manual works, and is warned of.
func TestExampleSecretWarns(t *testing.T) {
	loaded, err := config.Load(config.Sources{Path: filepath.Join(t.TempDir(), "none.json5"), Flags: flags("token=your-secret-token-here")})
	if err != nil || len(loaded.Warnings) != 1 || loaded.Warnings[0].Rule != config.RuleExample {
		t.Errorf("%v, warnings %v", err, loaded.Warnings)
	}
	_, url := gateway(t, t.TempDir(), flags("token=your-secret-token-here"))
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": "your-secret-token-here"}))
	if v := p.next(); v["type"] != "hello-ok" {
		t.Errorf("answer: %v", v)
	}
}

// Routes that only tell change nothing.
func TestRoutesAreReadOnly(t *testing.T) {
	url := world(t)
	for _, path := range []string{"/livez", "/readyz", "/version", "/metrics", "/schema", "/docs/"} {
		for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
			if res, body := get(t, method, httpURL(url)+path, nil); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d %s", method, path, res.StatusCode, body)
			}
		}
	}
	if res, _ := get(t, "POST", httpURL(url)+"/v1/connect", nil); res.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("POST to the protocol: %d", res.StatusCode)
	}
}

// A failed bind to a taken port is an error that says so.
func TestPortIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	dir := t.TempDir()
	_, err = apptest.TryStart(t, app.Options{StateDir: dir}, filepath.Join(dir, "gateway.json5"), flags("port="+port))
	if err == nil || !strings.Contains(err.Error(), "address already in use") || !strings.Contains(err.Error(), "another program on port "+port) {
		t.Errorf("got %v", err)
	}
}

func flags(given ...string) map[string][]string {
	all := map[string][]string{}
	for _, g := range given {
		name, value, _ := strings.Cut(g, "=")
		all[name] = append(all[name], value)
	}
	return all
}

func header(lines ...string) http.Header {
	h := http.Header{}
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		h.Add(name, value)
	}
	return h
}

func urlSecret(name string) string {
	return fmt.Sprintf("%q in a URL is not accepted, as logs keep URLs: send it in the handshake's auth or, over HTTP, as the header Authorization: Bearer …; and choose a new one", name)
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
