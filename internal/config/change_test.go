package config

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/protocol"
)

func paths(keys []Key) (out []string) {
	for _, k := range keys {
		out = append(out, k.Path)
	}
	return out
}

func loadText(t rapid.TB, text string) *Loaded {
	t.Helper()
	l, err := Load(Sources{Path: "gateway.json5", Text: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// What takes effect at once is taken over, the rest is named.
func TestChangeTo(t *testing.T) {
	was := loadText(t, `{gateway: {port: 1, hosts: ["a.example"], origins: ["https://a.example"], auth: {token: "first token"}}, log: {level: "debug", format: "json"}}`)
	next := loadText(t, `{gateway: {port: 2, hosts: ["b.example", "c.example"], auth: {token: "second token", allowTailscale: true, tailscale: {logins: {"ada@example.com": ["operator.read"]}}}}, log: {format: "json"}, agent: {model: "m"}}`)
	c, err := ChangeTo(was.Config, next)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := paths(c.Restart), []string{"gateway.port", "gateway.auth.token"}; !slices.Equal(got, want) {
		t.Errorf("restart for %v, want %v", got, want)
	}
	for _, want := range []string{"gateway.hosts", "gateway.origins", "gateway.auth.allowTailscale", "gateway.auth.tailscale.logins", "log.level", "agent.model"} {
		if !slices.Contains(paths(c.Live), want) {
			t.Errorf("%s is not among %v", want, paths(c.Live))
		}
	}
	gw := &c.Config.Gateway.V
	if gw.Port.V != 1 || gw.Auth.V.Token.V != "first token" {
		t.Errorf("port %d, token %q are in force", gw.Port.V, gw.Auth.V.Token.V)
	}
	if !slices.Equal(gw.Hosts, []string{"b.example", "c.example"}) || gw.Origins != nil || !gw.Auth.V.AllowTailscale.V || len(gw.Auth.V.Tailscale.V.Logins) != 1 || c.Config.Log.V.Level.V != "info" {
		t.Errorf("in force is %s", c.Config.AppendJSON(nil))
	}
}

// A key that says its default, and one that says nothing, are the same.
func TestNoChange(t *testing.T) {
	was := loadText(t, `{log: {level: "info"}}`)
	c, err := ChangeTo(was.Config, loadText(t, `{gateway: {port: 18789}}`))
	if err != nil || len(c.Live)+len(c.Restart) != 0 {
		t.Errorf("%v, %v, %v", paths(c.Live), paths(c.Restart), err)
	}
}

// Whatever changes: what is in force afterwards has the new values of live keys
// and the old ones of the others, and going on from there finds no live change.
func TestChangeIsComplete(t *testing.T) {
	texts := []string{`{}`, `{gateway: {hosts: ["a"]}}`, `{gateway: {port: 7, origins: ["https://a.example"], trustedProxies: ["10.0.0.0/8"]}}`,
		`{gateway: {auth: {mode: "password", password: "pass word 1", defaultScopes: []}}}`, `{log: {level: "error", format: "json"}, agent: {model: "x"}}`,
		`{gateway: {auth: {tailscale: {mode: "serve", logins: {"a@b": []}}, allowTailscale: false}, limits: {maxInFlight: 3}}}`}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts)
		inForce := loadText(t, text.Draw(t, "start")).Config
		started := inForce
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			next := loadText(t, text.Draw(t, "next"))
			c, err := ChangeTo(inForce, next)
			if err != nil {
				t.Fatal(err)
			}
			inForce = c.Config
			again, err := ChangeTo(inForce, next)
			if err != nil || len(again.Live) != 0 {
				t.Fatalf("still to change: %v, %v", paths(again.Live), err)
			}
			check(t, started, inForce, next.Config)
		}
	})
}

func check(t *rapid.T, started, inForce, next *protocol.Config) {
	was, _ := tree(started)
	have, _ := tree(inForce)
	want, _ := tree(next)
	for _, key := range Keys() {
		expect := was
		if key.Reload == "live" {
			expect = want
		}
		names := strings.Split(key.Path, ".")
		if !equal(key, expect.find(names...), have.find(names...)) {
			t.Fatalf("%s is wrong", key.Path)
		}
	}
}
