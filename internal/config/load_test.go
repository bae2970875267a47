package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// from reads a text as if it stood in gateway.json5.
func from(text string) Sources { return Sources{Path: "gateway.json5", Text: []byte(text)} }

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for k := 0; k < len(pairs); k += 2 {
			if pairs[k] == name {
				return pairs[k+1]
			}
		}
		return ""
	}
}

func lineup(l Problems) string { return strings.TrimSpace(l.Error()) }

// TestRefusedValues holds every kind of refusal to its exact words and place.
func TestRefusedValues(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{gateway:{port:99999}}`, `gateway.json5:1:16: gateway.port is 99999: must be <= 65535 (CONFIG_VALUE)`},
		{`{gateway:{port:-1}}`, `gateway.json5:1:16: gateway.port is -1: must be >= 0 (CONFIG_VALUE)`},
		{`{gateway:{port:0x1FFFF}}`, `gateway.json5:1:16: gateway.port is 131071: must be <= 65535 (CONFIG_VALUE)`},
		{`{gateway:{port:80.5}}`, `gateway.json5:1:16: gateway.port is 80.5: must be an integer (CONFIG_VALUE)`},
		{`{gateway:{port:"8080"}}`, `gateway.json5:1:16: gateway.port is "8080": must be an integer (CONFIG_VALUE)`},
		{`{gateway:{port:null}}`, `gateway.json5:1:16: gateway.port is null: must be an integer (CONFIG_VALUE)`},
		{`{gateway:{port:9007199254740993}}`, `gateway.json5:1:16: gateway.port is 9007199254740993: must be an integer between -9007199254740991 and 9007199254740991 (CONFIG_VALUE)`},
		{"{\n  gateway: {\n    bind: 'lann',\n  },\n}", `gateway.json5:3:11: gateway.bind is "lann": must be one of "loopback", "lan", "tailnet", "auto", "custom": did you mean "lan"? (CONFIG_VALUE)`},
		{`{gateway:{bind:'0.0.0.0'}}`, `gateway.json5:1:16: gateway.bind is "0.0.0.0": must be one of "loopback", "lan", "tailnet", "auto", "custom" (CONFIG_VALUE)`},
		{`{gateway:{bind:true}}`, `gateway.json5:1:16: gateway.bind is true: must be a string (CONFIG_VALUE)`},
		{`{gateway:{customBindHost:''}}`, `gateway.json5:1:26: gateway.customBindHost is "": must not be empty (CONFIG_VALUE)`},
		{`{gateway:{customBindHost:'example.com'}}`, `gateway.json5:1:26: gateway.customBindHost is "example.com": must be an IP address, such as 192.168.1.10 or fd00::1 (CONFIG_VALUE)`},
		{`{gateway:{hosts:'a.example'}}`, `gateway.json5:1:17: gateway.hosts is "a.example": must be an array (CONFIG_VALUE)`},
		{`{gateway:{hosts:['a.example','a.example']}}`, `gateway.json5:1:30: gateway.hosts[1] is "a.example": stands in this list already (CONFIG_VALUE)`},
		{`{gateway:{hosts:['a.example:80']}}`, `gateway.json5:1:18: gateway.hosts[0] is "a.example:80": must be a host name or an IP address, without scheme, port or path (CONFIG_VALUE)`},
		{`{gateway:{hosts:['x',{}]}}`, `gateway.json5:1:22: gateway.hosts[1] is an object: must be a string (CONFIG_VALUE)`},
		{`{gateway:{origins:['*']}}`, `gateway.json5:1:20: gateway.origins[0] is "*": must be an origin as browsers send it: scheme://host or scheme://host:port, without a path; there is no way to allow every page (CONFIG_VALUE)`},
		{`{gateway:{origins:['https://a.example/']}}`, `gateway.json5:1:20: gateway.origins[0] is "https://a.example/": must be an origin as browsers send it: scheme://host or scheme://host:port, without a path (CONFIG_VALUE)`},
		{`{gateway:{trustedProxies:['10.0.0.0/33']}}`, `gateway.json5:1:27: gateway.trustedProxies[0] is "10.0.0.0/33": must be a network in CIDR form, such as 10.0.0.0/8, or an IP address (CONFIG_VALUE)`},
		{`{gateway:{trustedProxies:['::/0']}}`, `gateway.json5:1:27: gateway.trustedProxies[0] is "::/0": must be a network in CIDR form, such as 10.0.0.0/8, or an IP address; this one is the whole internet, and everyone in it could pretend to be on this machine (CONFIG_VALUE)`},
		{`{gateway:{auth:{mode:'none'}}}`, `gateway.json5:1:22: gateway.auth.mode is "none": must be one of "token", "password" (CONFIG_VALUE)`},
		{`{gateway:{auth:{token:1234567}}}`, `gateway.json5:1:23: gateway.auth.token is a number: must be a string (CONFIG_VALUE)`},
		{`{gateway:{auth:'hunter22'}}`, `gateway.json5:1:16: gateway.auth is a string: must be an object (CONFIG_VALUE)`},
		{`{gateway:'hunter22'}`, `gateway.json5:1:10: gateway is a string: must be an object (CONFIG_VALUE)`},
		{`'hunter22'`, `gateway.json5:1:1: the configuration is a string: must be an object (CONFIG_VALUE)`},
		{`[]`, `gateway.json5:1:1: the configuration is a list: must be an object (CONFIG_VALUE)`},
		{`{gateway:{auth:{defaultScopes:['admin']}}}`, `gateway.json5:1:32: gateway.auth.defaultScopes[0] is "admin": must be one of "operator.read", "operator.write", "operator.approvals", "operator.pairing", "operator.admin" (CONFIG_VALUE)`},
		{`{gateway:{auth:{tailscale:{logins:{'ada@example.com':['operator.raed']}}}}}`, `gateway.json5:1:55: gateway.auth.tailscale.logins["ada@example.com"][0] is "operator.raed": must be one of "operator.read", "operator.write", "operator.approvals", "operator.pairing", "operator.admin": did you mean "operator.read"? (CONFIG_VALUE)`},
		{`{gateway:{tls:{selfSigned:'yes'}}}`, `gateway.json5:1:27: gateway.tls.selfSigned is "yes": must be a boolean (CONFIG_VALUE)`},
		{`{gateway:{limits:{maxPayload:100}}}`, `gateway.json5:1:30: gateway.limits.maxPayload is 100: must be >= 65536 (CONFIG_VALUE)`},
		{`{store:{url:'mysql://ada:hunter22@db/x'}}`, `gateway.json5:1:13: store.url is a string: must be a URL such as postgres://user:password@host/database (CONFIG_VALUE)`},
		{`{agent:{model:''}}`, `gateway.json5:1:15: agent.model is "": must not be empty (CONFIG_VALUE)`},
		{`{agent:{model:` + strings.Repeat("9", 80) + `}}`, `gateway.json5:1:15: agent.model is ` + strings.Repeat("9", 60) + `…: must be a string (CONFIG_VALUE)`},
		{`{log:{level:'DEBUG'}}`, `gateway.json5:1:13: log.level is "DEBUG": must be one of "debug", "info", "warn", "error": did you mean "debug"? (CONFIG_VALUE)`},
		{"{gateway:{port:1,\n'port':2}}", `gateway.json5:2:1: the key port stands twice in its object, here and in line 1: keep one (CONFIG_DUPLICATE)`},
		{"{gateway:{}}\n}", `gateway.json5:2:1: '}' stands here: expected nothing after the end of the value (CONFIG_SYNTAX)`},
		{`{x:1e999}`, `gateway.json5:1:4: x is a number: must be a number between -1.7976931348623157e308 and 1.7976931348623157e308 (CONFIG_VALUE)`},
		{ // a secret in the wrong place, and in the right one as well
			`{gateway:{bind:'correct-horse',auth:{token:'correct-horse'}}}`,
			`gateway.json5:1:16: gateway.bind is "***": must be one of "loopback", "lan", "tailnet", "auto", "custom" (CONFIG_VALUE)`,
		},
		{ // all at once, in the order of the text
			"{log:{level:'loud'},\ngateway:{port:'x',hosts:[1,''],auth:{mode:2},\nport:3}}",
			`gateway.json5:1:13: log.level is "loud": must be one of "debug", "info", "warn", "error" (CONFIG_VALUE)
gateway.json5:2:15: gateway.port is "x": must be an integer (CONFIG_VALUE)
gateway.json5:2:26: gateway.hosts[0] is 1: must be a string (CONFIG_VALUE)
gateway.json5:2:28: gateway.hosts[1] is "": must not be empty (CONFIG_VALUE)
gateway.json5:2:43: gateway.auth.mode is 2: must be a string (CONFIG_VALUE)
gateway.json5:3:1: the key port stands twice in its object, here and in line 2: keep one (CONFIG_DUPLICATE)`,
		},
	} {
		l, err := Load(from(c.text))
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: accepted", c.text)
			continue
		}
		if got := lineup(problems); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.text, got, c.want)
		}
		if l == nil || l.Config != nil || string(l.Text) != c.text {
			t.Errorf("%s: expected the text and no configuration", c.text)
		}
	}
}

// TestManyFaults checks that the decoder's bound of eight is not ours.
func TestManyFaults(t *testing.T) {
	numbers := func(n int) (text string) {
		for k := range n {
			text += fmt.Sprintf("%d,\n", k)
		}
		return text
	}
	l, _ := Load(from("{gateway:{hosts:[" + numbers(50) + "],port:'x'}}"))
	if len(l.Problems) != 51 {
		t.Fatalf("%d problems, want 51", len(l.Problems))
	}
	for k, p := range l.Problems[:50] {
		if want := fmt.Sprintf("gateway.hosts[%d]", k); p.Key != want || p.Line != k+1 {
			t.Errorf("problem %d is of %s in line %d", k, p.Key, p.Line)
		}
	}
	l, _ = Load(from("{gateway:{hosts:[" + numbers(5000) + "]}}"))
	if n := len(l.Problems); n < maxProblems || n > maxProblems+8 {
		t.Errorf("%d problems, want about %d", n, maxProblems)
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{}`, ``},
		{`{gatway:{}}`, `gateway.json5:1:2: unknown key gatway: did you mean gateway? (CONFIG_UNKNOWN)`},
		{`{gateway:{prot:1}}`, `gateway.json5:1:11: unknown key gateway.prot: did you mean gateway.port? (CONFIG_UNKNOWN)`},
		{`{gateway:{Port:1}}`, `gateway.json5:1:11: unknown key gateway.Port: did you mean gateway.port? (CONFIG_UNKNOWN)`},
		{`{port:1}`, `gateway.json5:1:2: unknown key port: did you mean gateway.port? (CONFIG_UNKNOWN)`},
		{`{gateway:{tailscale:{mode:'serve'}}}`, `gateway.json5:1:11: unknown key gateway.tailscale: did you mean gateway.auth.tailscale? (CONFIG_UNKNOWN)`},
		{`{gateway:{controlUi:{allowInsecureAuth:true}}}`, `gateway.json5:1:11: unknown key gateway.controlUi: nothing looks at it (CONFIG_UNKNOWN)`},
		{"{pigeons:{post:{}},\n'x y':1}", "gateway.json5:1:2: unknown key pigeons: nothing looks at it (CONFIG_UNKNOWN)\ngateway.json5:2:1: unknown key [\"x y\"]: nothing looks at it (CONFIG_UNKNOWN)"},
		{`{gateway:{auth:{tailscale:{logins:{'any@body':[]}}}}}`, ``},
		{`{gateway:{auth:{token:'your-secret-token-here'}}}`, `gateway.json5:1:23: gateway.auth.token is an example out of a manual, which everybody knows: choose one of your own (CONFIG_EXAMPLE_SECRET)`},
		{`{gateway:{auth:{password:'your-password-here'}}}`, `gateway.json5:1:26: gateway.auth.password is an example out of a manual, which everybody knows: choose one of your own (CONFIG_EXAMPLE_SECRET)`},
		{`{gateway:{auth:{token:'hunter22\n'}}}`, `gateway.json5:1:23: gateway.auth.token begins or ends with white space, which belongs to the secret: is that meant? (CONFIG_VALUE)`},
		{`{gateway:{customBindHost:'10.0.0.1'}}`, `gateway.json5:1:26: gateway.customBindHost is not looked at, because gateway.bind is not "custom" (CONFIG_UNUSED)`},
	} {
		l, err := Load(from(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
		if got := lineup(l.Warnings); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}

// TestOverrideProblems blames the flag or the variable, not the file.
func TestOverrideProblems(t *testing.T) {
	s := from(`{gateway:{port:'x'}}`)
	s.Env = env("GATEWAY_PORT", "http")
	s.Flags = map[string][]string{"port": {"70000"}, "bind": {"wan"}, "allow-origin": {"https://a.example", "b.example"}, "colour": {"red"}}
	l, _ := Load(s)
	want := `GATEWAY_PORT: gateway.port is "http": must be an integer (CONFIG_VALUE)
--port: gateway.port is 70000: must be <= 65535 (CONFIG_VALUE)
--bind: gateway.bind is "wan": must be one of "loopback", "lan", "tailnet", "auto", "custom": did you mean "lan"? (CONFIG_VALUE)
--allow-origin: gateway.origins[1] is "b.example": must be an origin as browsers send it: scheme://host or scheme://host:port, without a path (CONFIG_VALUE)
--colour: no setting belongs to this flag (CONFIG_UNKNOWN)
gateway.json5:1:16: gateway.port is "x": must be an integer (CONFIG_VALUE)`
	if got := lineup(l.Problems); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	s = from(`{gateway:{auth:{password:'hunter22'}}}`)
	s.Flags = map[string][]string{"token": {"correct-horse"}}
	l, err := Load(s)
	want = `--token: gateway.auth.token is not looked at, because gateway.auth.password is what counts: set gateway.auth.mode to change that (CONFIG_UNUSED)`
	if got := lineup(l.Warnings); err != nil || got != want {
		t.Errorf("%v; got  %s\nwant %s", err, got, want)
	}
}

// TestPrecedence goes through all sixteen combinations of sources.
func TestPrecedence(t *testing.T) {
	for mask := range 16 {
		s := Sources{Path: "/etc/gateway.json5"}
		wantPort, wantToken := int64(18789), ""
		portOrigin, tokenOrigin := "default", "default"
		if mask&1 != 0 {
			s.Text = []byte("{gateway:{port:1,\nauth:{token:'file'}}}")
			wantPort, wantToken, portOrigin, tokenOrigin = 1, "file", "/etc/gateway.json5:1:16", "/etc/gateway.json5:2:13"
		}
		var pairs []string
		if mask&2 != 0 {
			pairs = append(pairs, "CLAWDBOT_GATEWAY_TOKEN", "old", "GATEWAY_PORT", "")
			wantToken, tokenOrigin = "old", "CLAWDBOT_GATEWAY_TOKEN"
		}
		if mask&4 != 0 {
			pairs = append(pairs, "GATEWAY_TOKEN", "env", "GATEWAY_PORT", " 2 ")
			if mask&2 != 0 {
				pairs = pairs[2:]
				pairs = append(pairs[2:], "CLAWDBOT_GATEWAY_TOKEN", "old")
			}
			wantPort, wantToken, portOrigin, tokenOrigin = 2, "env", "GATEWAY_PORT", "GATEWAY_TOKEN"
		}
		s.Env = env(pairs...)
		if mask&8 != 0 {
			s.Flags = map[string][]string{"port": {"5", "3"}, "token": {"flag"}}
			wantPort, wantToken, portOrigin, tokenOrigin = 3, "flag", "--port", "--token"
		}
		if mask&1 == 0 {
			s.Path = filepath.Join(t.TempDir(), "missing.json5")
		}
		l, err := Load(s)
		if err != nil {
			t.Fatalf("%04b: %v", mask, err)
		}
		g := l.Config.Gateway.V
		if g.Port.V != wantPort || g.Auth.V.Token.V != wantToken {
			t.Errorf("%04b: port %d, token %q; want %d, %q", mask, g.Port.V, g.Auth.V.Token.V, wantPort, wantToken)
		}
		if p, q := l.Origin("gateway.port").String(), l.Origin("gateway.auth.token").String(); p != portOrigin || q != tokenOrigin {
			t.Errorf("%04b: from %s and %s; want %s and %s", mask, p, q, portOrigin, tokenOrigin)
		}
	}
}

// TestEveryOverride gives each flag and each variable once.
func TestEveryOverride(t *testing.T) {
	words := map[string]string{"gateway.port": "7", "gateway.bind": "lan", keyMode: "password",
		"gateway.origins": "https://a.example", keyTLSCert: "/c", keyTLSKey: "/k", keyToken: "t", keyPassword: "p", "agents.defaults.model": "echo/echo"}
	for _, f := range flagKeys {
		s := from(`{}`)
		s.Flags = map[string][]string{f.flag: {words[f.key]}}
		l, err := Load(s)
		if err != nil {
			t.Fatal(err)
		}
		if o := l.Origin(f.key); o.Kind != FromFlag || o.Name != "--"+f.flag {
			t.Errorf("%s comes from %v", f.key, o)
		}
		if got := string(l.Config.AppendJSON(nil)); !strings.Contains(got, words[f.key]) {
			t.Errorf("--%s: %s", f.flag, got)
		}
	}
	for k, name := range EnvKeys() {
		s := from(`{}`)
		key := envKeys()[k].key
		s.Env = env(name, words[key])
		if l, err := Load(s); err != nil || l.Origin(key).Name != name {
			t.Errorf("%s: %v, %v", name, err, l.Origin(key))
		}
	}
}

func TestDefaults(t *testing.T) {
	l, err := Load(Sources{Path: filepath.Join(t.TempDir(), "none")})
	if err != nil || l.Exists || len(l.Warnings) > 0 {
		t.Fatal(err, l.Exists, l.Warnings)
	}
	// Every default of the schema is where code looks for it.
	if text, want := string(l.Config.AppendJSON(nil)), string(filled(&node{kind: objectKind})); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	g := l.Config.Gateway.V
	got := []any{g.Port.V, g.Bind.V, g.Auth.V.Tailscale.V.Mode.V, g.TLS.V.SelfSigned.V, g.Limits.V.MaxPayload.V, g.Limits.V.MaxHandshakePayload.V,
		g.Limits.V.MaxBufferedBytes.V, g.Limits.V.MaxInFlight.V, l.Config.Log.V.Level.V, l.Config.Log.V.Format.V}
	want := []any{int64(18789), protocol.GatewayConfigBindLoopback, protocol.GatewayTailscaleConfigModeOff, false, int64(1 << 20), int64(64 << 10),
		int64(10 << 20), int64(64), protocol.LogConfigLevelInfo, protocol.LogConfigFormatText}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if l.Hash != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" || string(l.Parsed()) != "{}" {
		t.Error(l.Hash, string(l.Parsed()))
	}
}

// TestFiles reads real files, and what only looks like one.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gateway.json5")
	text := "{ gateway: { tls: { cert: 'c.pem', key: '/k.pem' }, auth: { token: 'correct-horse' } } } // é\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := Load(Sources{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if tls := l.Config.Gateway.V.TLS.V; tls.Cert.V != filepath.Join(dir, "c.pem") || tls.Key.V != filepath.FromSlash("/k.pem") {
		t.Errorf("%+v", tls)
	}
	if string(l.Text) != text || l.Hash != Hash([]byte(text)) || !l.Exists {
		t.Error(string(l.Text), l.Hash)
	}
	if got := lineup(l.Warnings); got != path+": the file holds secrets and other users can read it: chmod 600 "+path+" (CONFIG_READABLE)" {
		t.Error(got)
	}
	working, _ := os.Getwd()
	l, err = Load(Sources{Path: path, Flags: map[string][]string{"tls-cert": {"d.pem"}}})
	if err != nil || l.Config.Gateway.V.TLS.V.Cert.V != filepath.Join(working, "d.pem") {
		t.Error(err, l.Config.Gateway.V.TLS.V.Cert.V)
	}

	long := filepath.Join(dir, "long")
	if err := os.WriteFile(long, make([]byte, maxText+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{long, long + ": the file is too long: at most 1048576 bytes are read (CONFIG_FILE)"},
		{dir, dir + ": this is a folder: expected the configuration file, name it with --config or GATEWAY_CONFIG (CONFIG_FILE)"},
		{os.DevNull, os.DevNull + ": this is something other than a file: expected the configuration file, name it with --config or GATEWAY_CONFIG (CONFIG_FILE)"},
		{filepath.Join(path, "x"), filepath.Join(path, "x") + ": can't be read: not a directory: a part of its path is a file (CONFIG_FILE)"},
	} {
		l, err := Load(Sources{Path: c.path})
		if err == nil || err.Error() != c.want || l.Parsed() != nil || l.Config != nil || l.Hash != "" {
			t.Errorf("%s: %v", c.path, err)
		}
	}
	l, err = Load(Sources{Path: filepath.Join(dir, "none"), Named: true})
	if got := lineup(l.Warnings); err != nil || got != filepath.Join(dir, "none")+": there is no such file: the defaults are in force (CONFIG_FILE)" {
		t.Error(err, got)
	}
	// Tests may run as root, whom no permission stops.
	l = &Loaded{Path: path}
	l.unreadable(&fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission})
	if got := lineup(l.Problems); got != path+": can't be read: permission denied: it has to be readable for the user that runs the gateway (CONFIG_FILE)" {
		t.Error(got)
	}
}

// TestGuide reads the snippets that the guide prints, and keeps what it doesn't
// know.
func TestGuide(t *testing.T) {
	for _, text := range []string{
		"{\n  \"gateway\": {\n    \"auth\": {\n      \"mode\": \"token\",\n      \"token\": \"your-secret-token-here\"\n    }\n  }\n}",
		"{\n  \"gateway\": {\n    \"auth\": {\n      \"mode\": \"password\",\n      \"password\": \"your-password-here\"\n    }\n  }\n}",
		`{"agent":{"model":"claude-sonnet-4-20250514"}}`,
	} {
		if l, err := Load(from(text)); err != nil || len(l.Problems) > 0 {
			t.Error(text, err)
		}
	}
	l, err := Load(from(`{agent:{model:'m',workspace:'~/w'},plugins:{entries:{x:{enabled:true}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(l.Config.Extra.Get("plugins")); got != `{"entries":{"x":{"enabled":true}}}` {
		t.Error(got)
	}
	if got := string(l.Parsed()); got != `{"agent":{"model":"m","workspace":"~/w"},"plugins":{"entries":{"x":{"enabled":true}}}}` {
		t.Error(got)
	}
}

func TestUseToken(t *testing.T) {
	l, _ := Load(from(`{gateway:{auth:{token:''}}}`))
	l.UseToken("", "/state/token")
	if l.Origin(keyToken).Kind != FromFile {
		t.Error(l.Origin(keyToken))
	}
	l.UseToken("made-token", "/state/token")
	if o := l.Origin(keyToken); o.Kind != FromState || o.String() != "/state/token" || Secret(&l.Config.Gateway.V.Auth.V) != "made-token" {
		t.Error(o)
	}
	if got := l.Secrets(); !reflect.DeepEqual(got, []string{"made-token"}) {
		t.Error(got)
	}
	l, _ = Load(from(`{gateway:{auth:{token:'mine'}}}`))
	l.UseToken("made-token", "/state/token")
	if got := l.Config.Gateway.V.Auth.V.Token.V; got != "mine" {
		t.Error(got)
	}
	l, _ = Load(from(`{gateway:1}`))
	l.UseToken("made-token", "/state/token") // nothing to put it into
}

// TestLargeTexts keeps the worst of large texts cheap: each is read in a moment, and the list of findings stays readable.
func TestLargeTexts(t *testing.T) {
	const size = maxText / 4
	distinct := func(format string) string {
		var b strings.Builder
		for k := 0; b.Len() < size-64; k++ {
			fmt.Fprintf(&b, format, k)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"wrong items":    "{gateway:{hosts:[" + distinct("%d,") + "]}}",
		"equal items":    "{gateway:{hosts:[" + strings.Repeat("1,", size/2-16) + "]}}",
		"unknown keys":   "{" + distinct("k%d:0,") + "}",
		"equal keys":     "{" + strings.Repeat("a:0,", size/4-4) + "}",
		"wrong logins":   "{gateway:{auth:{tailscale:{logins:{" + distinct("l%d:[0],") + "}}}}}",
		"valid hosts":    "{gateway:{hosts:[" + distinct("'h%d',") + "]}}",
		"open brackets":  strings.Repeat("[", size),
		"flat numbers":   "{x:[" + strings.Repeat("0,", size/2-8) + "]}",
		"one number":     "{x:" + strings.Repeat("9", size-8) + "}",
		"one hex number": "{x:0x" + strings.Repeat("F", size-8) + "}",
		"comment":        "/*" + strings.Repeat("*", size-8) + "*/{}",
		"lines":          strings.Repeat("\n", size-8) + "{",
	} {
		start := time.Now()
		l, _ := Load(from(text))
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%s took %v", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
		if n := len(l.Problems) + len(l.Warnings); n > 2*maxProblems {
			t.Errorf("%s: %d findings", name, n)
		}
	}
}
