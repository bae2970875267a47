package auth

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// from makes a request with headers given as "Name: value".
func from(remote, host string, headers ...string) *http.Request {
	r := &http.Request{RemoteAddr: remote, Host: host, Header: http.Header{}}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func TestLocate(t *testing.T) {
	proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		name   string
		r      *http.Request
		client string
		local  bool
	}{
		{"loopback", from("127.0.0.2:5", "127.0.0.1:18789"), "127.0.0.2", true},
		{"localhost", from("127.0.0.2:5", "LocalHost:18789"), "127.0.0.2", true},
		{"IPv6", from("[::1]:5", "[::1]:18789"), "::1", true},
		{"mapped", from("[::ffff:127.0.0.2]:5", "127.0.0.1"), "127.0.0.2", true},
		{"zone", from("[fe80::1%eth0]:5", "127.0.0.1"), "fe80::1", false},
		{"another machine", from("192.0.2.1:5", "127.0.0.1"), "192.0.2.1", false},
		{"no address", from("", "127.0.0.1"), "invalid IP", false},
		{"a socket without address", from("@", "127.0.0.1"), "invalid IP", false},
		{"another name", from("127.0.0.2:5", "gateway.example"), "127.0.0.2", false},
		{"a tailnet name", from("127.0.0.2:5", "gateway.tail.ts.net"), "127.0.0.2", false},
		{"a name that looks like it", from("127.0.0.2:5", "localhost.evil.example"), "127.0.0.2", false},
		{"no name", from("127.0.0.2:5", ""), "127.0.0.2", false},
		{"its own page", from("127.0.0.2:5", "127.0.0.1:18789", "Origin: http://127.0.0.1:18789"), "127.0.0.2", true},
		{"a page of an allowed site", from("127.0.0.2:5", "127.0.0.1:18789", "Origin: https://app.example"), "127.0.0.2", true},
		{"a page of another site", from("127.0.0.2:5", "127.0.0.1:18789", "Origin: https://evil.example"), "127.0.0.2", false},
		{"a page of another port", from("127.0.0.2:5", "127.0.0.1:18789", "Origin: http://127.0.0.1:8080"), "127.0.0.2", false},
		{"a page of another scheme", from("127.0.0.2:5", "127.0.0.1:18789", "Origin: https://127.0.0.1:18789"), "127.0.0.2", false},
		{"a file", from("127.0.0.2:5", "127.0.0.1:18789", "Origin: null"), "127.0.0.2", false},
		{"X-Forwarded-For of nobody trusted", from("127.0.0.2:5", "127.0.0.1", "X-Forwarded-For: 127.0.0.1"), "127.0.0.2", false},
		{"X-Real-IP of nobody trusted", from("127.0.0.2:5", "127.0.0.1", "X-Real-IP: 127.0.0.1"), "127.0.0.2", false},
		{"X-Forwarded-Host of nobody trusted", from("127.0.0.2:5", "127.0.0.1", "X-Forwarded-Host: localhost"), "127.0.0.2", false},
		{"X-Forwarded-Proto of nobody trusted", from("127.0.0.2:5", "127.0.0.1", "X-Forwarded-Proto: http"), "127.0.0.2", false},
		{"Forwarded of nobody trusted", from("127.0.0.2:5", "127.0.0.1", "Forwarded: for=127.0.0.1"), "127.0.0.2", false},
		{"a proxy's client", from("10.0.0.1:5", "127.0.0.1", "X-Forwarded-For: 203.0.113.9"), "203.0.113.9", false},
		{"a proxy's client with a port", from("10.0.0.1:5", "127.0.0.1", "X-Forwarded-For: 203.0.113.9:1234"), "203.0.113.9", false},
		{"a proxy's client over IPv6", from("10.0.0.1:5", "127.0.0.1", "X-Forwarded-For: [2001:db8::1]:1234"), "2001:db8::1", false},
		{"two proxies", from("10.0.0.1:5", "127.0.0.1", "X-Forwarded-For: 203.0.113.9, 10.0.0.2"), "203.0.113.9", false},
		{"two headers", from("10.0.0.1:5", "127.0.0.1", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 10.0.0.2"), "203.0.113.9", false},
		{"a client that lies to the proxy", from("10.0.0.1:5", "127.0.0.1", "X-Forwarded-For: 127.0.0.1, 203.0.113.9"), "203.0.113.9", false},
		{"a client that lies with rubbish", from("10.0.0.1:5", "127.0.0.1", "X-Forwarded-For: rubbish, 203.0.113.9"), "203.0.113.9", false},
		{"rubbish", from("10.0.0.1:5", "127.0.0.1", "X-Forwarded-For: rubbish"), "invalid IP", false},
		{"rubbish behind a proxy", from("10.0.0.1:5", "127.0.0.1", "X-Forwarded-For: rubbish, 10.0.0.2"), "invalid IP", false},
		{"X-Real-IP of a proxy", from("10.0.0.1:5", "127.0.0.1", "X-Real-IP: 203.0.113.9"), "203.0.113.9", false},
		{"X-Forwarded-For counts before X-Real-IP", from("10.0.0.1:5", "127.0.0.1", "X-Real-IP: 127.0.0.1", "X-Forwarded-For: 203.0.113.9"), "203.0.113.9", false},
		{"a proxy on this machine and its client here", from("127.0.0.1:5", "localhost", "X-Forwarded-For: 127.0.0.2"), "127.0.0.2", true},
		{"a client here where a proxy is trusted", from("127.0.0.1:5", "localhost"), "127.0.0.1", true},
		{"a proxy that does not say whom it hands on", from("127.0.0.1:5", "localhost", "X-Forwarded-Proto: https"), "invalid IP", false},
		{"a proxy that says it in a way that is not read", from("127.0.0.1:5", "localhost", "Forwarded: for=203.0.113.9"), "invalid IP", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Locate(c.r, proxies, []string{"https://app.example"})
			if p.Client.String() != c.client || p.Local != c.local {
				t.Errorf("client %s, local %t; want %s, %t", p.Client, p.Local, c.client, c.local)
			}
		})
	}
}

// Behind TLS or a trusted proxy that took it off, pages are https ones.
func TestOriginScheme(t *testing.T) {
	proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	secure := from("192.0.2.1:5", "gateway.example")
	secure.TLS = &tls.ConnectionState{}
	for _, c := range []struct {
		name    string
		r       *http.Request
		origin  string
		allowed bool
	}{
		{"TLS", secure, "https://gateway.example", true},
		{"TLS, in capitals", secure, "https://GATEWAY.example", true},
		{"TLS, a page without", secure, "http://gateway.example", false},
		{"plain, a page with", from("192.0.2.1:5", "gateway.example"), "https://gateway.example", false},
		{"behind a proxy", from("10.0.0.1:5", "gateway.example", "X-Forwarded-Proto: https"), "https://gateway.example", true},
		{"behind nobody trusted", from("192.0.2.1:5", "gateway.example", "X-Forwarded-Proto: https"), "https://gateway.example", false},
		{"not an origin", secure, "gateway.example", false},
		{"another port", secure, "https://gateway.example:8443", false},
		{"a longer name", secure, "https://gateway.example.evil.example", false},
		{"a user before it", secure, "https://gateway.example@evil.example", false},
	} {
		if got := OriginAllowed(c.r, c.origin, proxies, nil); got != c.allowed {
			t.Errorf("%s: %t, want %t", c.name, got, c.allowed)
		}
	}
}

// Whatever a client writes into the headers: behind trusted proxies it is
// known by the address that the first of them saw.
func TestClientCannotHide(t *testing.T) {
	proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	hops := rapid.SampledFrom([]string{"127.0.0.1", "10.1.2.3", "203.0.113.1", "::1", "rubbish", "", "localhost", "10.0.0.0/8", "fd00::1"})
	rapid.Check(t, func(t *rapid.T) {
		seen := rapid.SampledFrom([]string{"203.0.113.9", "2001:db8::1"}).Draw(t, "seen")
		chain := append(rapid.SliceOfN(hops, 0, 4).Draw(t, "written by the client"), seen)
		for range rapid.IntRange(0, 2).Draw(t, "proxies behind the first") {
			chain = append(chain, "10.9.9.9")
		}
		r := from("10.0.0.1:5", "localhost", "X-Forwarded-For: "+strings.Join(chain, ", "), "X-Real-IP: 127.0.0.1", "Forwarded: for=127.0.0.1")
		if p := Locate(r, proxies, nil); p.Client.String() != seen || p.Local {
			t.Fatalf("client %s, local %t; want %s", p.Client, p.Local, seen)
		}
	})
}
