package config

import (
	"net/netip"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"unicode"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// values holds, by path, what a schema can't say of a string. Each function
// returns what is expected instead, or "" when the value is right.
var values = map[string]func(value string) string{
	"gateway.customBindHost":     wantAddress,
	"gateway.hosts[]":            wantHost,
	"gateway.origins[]":          wantOrigin,
	"gateway.trustedProxies[]":   wantNetwork,
	"egress.allow[]":             wantNetwork,
	"models.providers[].baseUrl": wantService,
	"store.url":                  wantDatabase,
}

func wantAddress(value string) string {
	if _, err := netip.ParseAddr(value); err != nil {
		return "must be an IP address, such as 192.168.1.10 or fd00::1"
	}
	return ""
}

func wantHost(value string) string {
	const want = "must be a host name or an IP address, without scheme, port or path"
	if _, err := netip.ParseAddr(value); err == nil {
		return ""
	}
	if !isHostName(value) {
		return want
	}
	return ""
}

// isHostName takes what DNS and people's networks have: letters, digits and
// hyphens, underscores too, between dots; one dot may end it. Other letters
// never come in a Host header: clients send their ASCII form.
func isHostName(value string) bool {
	value = strings.TrimSuffix(value, ".")
	if value == "" || len(value) > 253 {
		return false
	}
	for label := range strings.SplitSeq(value, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if c != '-' && c != '_' && (c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c)) {
				return false
			}
		}
	}
	return true
}

func wantOrigin(value string) string {
	const want = "must be an origin as browsers send it: scheme://host or scheme://host:port, without a path"
	if value == "*" {
		return want + "; there is no way to allow every page"
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || u.Path != "" || strings.ContainsAny(value, "?#") {
		return want
	}
	if wantHost(u.Hostname()) != "" {
		return want
	}
	return ""
}

func wantNetwork(value string) string {
	const want = "must be a network in CIDR form, such as 10.0.0.0/8, or an IP address"
	if _, err := netip.ParseAddr(value); err == nil {
		return ""
	}
	network, err := netip.ParsePrefix(value)
	switch {
	case err != nil:
		return want
	case network.Bits() == 0:
		return want + "; this one is the whole internet, and everyone in it could pretend to be on this machine"
	}
	return ""
}

func wantDatabase(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" {
		return "must be a URL such as postgres://user:password@host/database"
	}
	return ""
}

func wantService(value string) string {
	u, err := url.Parse(value)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", strings.ContainsAny(value, "?#"):
		return "must be the address of an API, such as https://api.example.com/v1 or http://127.0.0.1:11434/v1"
	case u.User != nil:
		return "must hold no user and password: set apiKey, or an Authorization header in headers"
	}
	return ""
}

// absolutePaths resolves the paths of files: one in the configuration begins
// at its folder, one of a flag in the working folder.
func (l *Loaded) absolutePaths() {
	tls := &l.Config.Gateway.V.TLS.V
	for key, path := range map[string]*wire.Opt[string]{keyTLSCert: &tls.Cert, keyTLSKey: &tls.Key} {
		if !path.Set {
			continue
		}
		base := ""
		if from := l.Origin(key).Kind; from == FromFile || from == FromEarlier {
			base = filepath.Dir(l.Path)
		}
		if p := path.V; filepath.IsAbs(p) {
			path.V = filepath.Clean(p)
		} else if p, err := filepath.Abs(filepath.Join(base, p)); err == nil {
			path.V = p
		}
	}
}

// doubts warns of what is allowed and likely not meant.
func (l *Loaded) doubts() Problems {
	var warnings Problems
	warn := func(key, rule, message string) {
		warnings = append(warnings, l.Locate(Problems{{Key: key, Rule: rule, Message: key + " " + message, doubt: true}})...)
	}
	gateway := &l.Config.Gateway.V
	auth := &gateway.Auth.V
	for _, secret := range []struct{ key, value string }{{keyToken, auth.Token.V}, {keyPassword, auth.Password.V}} {
		switch {
		case secret.value == "":
		case isExample(secret.value):
			warn(secret.key, RuleExample, "is an example out of a manual, which everybody knows: choose one of your own")
		case strings.TrimSpace(secret.value) != secret.value:
			warn(secret.key, RuleValue, "begins or ends with white space, which belongs to the secret: is that meant?")
		}
	}
	unused, used, value := keyToken, keyPassword, auth.Token.V
	if AuthMode(auth) == protocol.GatewayAuthConfigModeToken {
		unused, used, value = used, unused, auth.Password.V
	}
	// In a file both may stand side by side; whoever gives one expressly wants
	// it to count.
	if value != "" && l.Origin(unused).Kind > FromFile {
		warn(unused, RuleUnused, "is not looked at, because "+used+" is what counts: set "+keyMode+" to change that")
	}
	if gateway.CustomBindHost.Set && gateway.Bind.V != protocol.GatewayConfigBindCustom {
		warn("gateway.customBindHost", RuleUnused, `is not looked at, because gateway.bind is not "custom"`)
	}
	if runtime.GOOS != "windows" && l.mode&0o004 != 0 && len(l.fileSecrets()) > 0 {
		warnings = append(warnings, Problem{File: l.Path, Rule: RuleReadable, doubt: true, Message: "the file holds secrets and other users can read it: chmod 600 " + l.Path})
	}
	return warnings
}

// fileSecrets lists the secrets that the file itself holds.
func (l *Loaded) fileSecrets() []string {
	alone := Loaded{values: l.file}
	return alone.Secrets()
}

// isExample reports whether a secret is one that manuals print.
func isExample(secret string) bool {
	secret = strings.ToLower(strings.TrimSpace(secret))
	switch secret {
	case "changeme", "change-me", "secret", "token", "password", "test", "example":
		return true
	}
	return strings.HasPrefix(secret, "your-") || strings.HasPrefix(secret, "your_") ||
		strings.HasPrefix(secret, "<") && strings.HasSuffix(secret, ">")
}
