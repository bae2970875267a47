package doctor_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/doctor"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/store"
)

// house is a state folder and a configuration, and how to look at them.
func house(t *testing.T, text string) doctor.Options {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(t.TempDir(), "gateway.json5")
	if text != "" {
		put(t, conf, text)
	}
	env := func(name string) string { return map[string]string{"HOME": t.TempDir(), "GATEWAY_CONFIG": conf}[name] }
	return doctor.Options{State: config.Place{Path: dir}, Config: config.Place{Path: conf}, Env: env,
		Open: func(ctx context.Context) (*client.Client, error, error) {
			target, err := (&connection.Settings{StateDir: dir, Env: env}).Target()
			if err != nil {
				return nil, nil, err
			}
			c, err := target.Open(ctx)
			return c, target.Denied, err
		}}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// levels are the worst ones by check; and every finding that is wrong says
// what to do, in itself or beside.
func levels(t *testing.T, o doctor.Options) map[string]doctor.Finding {
	t.Helper()
	all := map[string]doctor.Finding{}
	rank := map[doctor.Level]int{doctor.OK: 1, doctor.Doubt: 2, doctor.Wrong: 3}
	for _, f := range doctor.Examine(t.Context(), o) {
		if f.Message == "" || rank[f.Level] == 0 {
			t.Errorf("a finding says nothing: %+v", f)
		}
		if rank[f.Level] > rank[all[f.Check].Level] {
			all[f.Check] = f
		}
	}
	return all
}

func start(t *testing.T, o doctor.Options) {
	t.Helper()
	apptest.Start(t, app.Options{StateDir: o.State.Path}, o.Config.Path, nil)
}

func TestHealthy(t *testing.T) {
	o := house(t, `{gateway: {port: 0}}`)
	before := doctor.Examine(t.Context(), o)
	start(t, o)
	running := levels(t, o)
	if doctor.Failed(before) || doctor.Failed(doctor.Examine(t.Context(), o)) {
		t.Errorf("something is wrong with what is in order: %+v, %+v", before, running)
	}
	if f := running["reachable"]; f.Level != doctor.OK || !strings.Contains(f.Message, "answers in") {
		t.Errorf("reachable: %+v", f)
	}
	if f := running["process"]; f.Level != doctor.OK || !strings.HasPrefix(f.Message, "process ") {
		t.Errorf("process: %+v", f)
	}
	if f := running["database"]; f.Level != doctor.OK || !strings.Contains(f.Message, "has schema version") {
		t.Errorf("database: %+v", f)
	}
}

func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name, config string
		spoil        func(t *testing.T, o *doctor.Options)
		check        string
		level        doctor.Level
		want         string
	}{
		{"a wrong value", `{gateway: {port: "many"}}`, nil, "configuration", doctor.Wrong, "gateway.port"},
		{"no JSON5", `{`, nil, "configuration", doctor.Wrong, "CONFIG_SYNTAX"},
		{"an unknown key", `{gateway: {prot: 1}}`, nil, "configuration", doctor.Doubt, "prot"},
		{"unsafe", `{gateway: {bind: "lan", auth: {token: "a-long-enough-token"}}}`, nil, "configuration", doctor.Wrong, "--plaintext"},
		{"with consent", `{gateway: {port: 0, bind: "lan", auth: {token: "a-long-enough-token"}}}`, func(t *testing.T, o *doctor.Options) { o.Plaintext = true }, "configuration", doctor.OK, ""},
		{"no folder", "", func(t *testing.T, o *doctor.Options) { o.State.Path = filepath.Join(o.State.Path, "new") }, "state folder", doctor.OK, "is not there yet"},
		{"a file", "", func(t *testing.T, o *doctor.Options) {
			o.State.Path = filepath.Join(o.State.Path, "file")
			put(t, o.State.Path, "")
		}, "state folder", doctor.Wrong, "is a file"},
		{"open folder", "", func(t *testing.T, o *doctor.Options) { os.Chmod(o.State.Path, 0o755) }, "state folder", doctor.Doubt, "0755"},
		{"an interrupted backup", "", func(t *testing.T, o *doctor.Options) { os.Mkdir(filepath.Join(o.State.Path, ".backup-1"), 0o700) }, "state folder", doctor.Doubt, ".backup-1"},
		{"an interrupted restore", "", func(t *testing.T, o *doctor.Options) { os.Mkdir(filepath.Join(o.State.Path, ".restore-1"), 0o700) }, "state folder", doctor.Wrong, ".restore-1"},
		{"open token", "", func(t *testing.T, o *doctor.Options) {
			put(t, app.TokenPath(o.State.Path), "hush")
			os.Chmod(app.TokenPath(o.State.Path), 0o644)
		}, "secrets", doctor.Wrong, "0644"},
		{"open policy", "", func(t *testing.T, o *doctor.Options) {
			put(t, filepath.Join(o.State.Path, policy.FileName), `{"version":1}`)
			os.Chmod(filepath.Join(o.State.Path, policy.FileName), 0o622)
		}, "approvals", doctor.Wrong, "others can change"},
		{"a broken policy", "", func(t *testing.T, o *doctor.Options) {
			put(t, filepath.Join(o.State.Path, policy.FileName), `{"version":2}`)
		}, "approvals", doctor.Wrong, "must be equal to constant 1"},
		{"a policy that allows all", "", func(t *testing.T, o *doctor.Options) {
			put(t, filepath.Join(o.State.Path, policy.FileName), `{"version":1,"defaults":{"security":"full","ask":"off"}}`)
		}, "approvals", doctor.Doubt, "lets the agent main run everything"},
		{"a broken database", "", func(t *testing.T, o *doctor.Options) {
			put(t, filepath.Join(o.State.Path, store.DatabaseName), strings.Repeat("no database ", 99))
		}, "database", doctor.Wrong, "is damaged"},
		{"no PostgreSQL", `{store: {url: "postgres://ada:hush@127.0.0.1:1/none"}}`, nil, "database", doctor.Wrong, "cannot be reached"},
		{"an old clock", "", func(t *testing.T, o *doctor.Options) {
			o.Built, o.Now = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), func() time.Time { return time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC) }
		}, "clock", doctor.Wrong, "this program was made on 2026-11-01"},
		{"no certificate", `{gateway: {tls: {cert: "none.pem", key: "none.key"}}}`, nil, "certificate", doctor.Wrong, "none.pem"},
		{"a certificate to come", `{gateway: {tls: {selfSigned: true}}}`, nil, "certificate", doctor.OK, "the first start makes it"},
		{"a gateway that left no address", `{gateway: {port: 0}}`, func(t *testing.T, o *doctor.Options) {
			start(t, *o)
			os.Remove(app.AddressPath(o.State.Path))
		}, "reachable", doctor.Wrong, "has left no address"},
		{"a gateway that does not let us in", `{gateway: {port: 0}}`, func(t *testing.T, o *doctor.Options) {
			start(t, *o)
			put(t, app.TokenPath(o.State.Path), "another")
		}, "reachable", doctor.Doubt, "unauthorized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.HasPrefix(c.name, "open") {
				t.Skip("no such bits")
			}
			o := house(t, c.config)
			if c.spoil != nil {
				c.spoil(t, &o)
			}
			f := levels(t, o)[c.check]
			if f.Level != c.level || !strings.Contains(f.Message, c.want) || strings.Contains(f.Message, "hush") {
				t.Errorf("got %+v, want %s with %s", f, c.level, c.want)
			}
		})
	}
}

func TestPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	if f := levels(t, house(t, `{gateway: {port: `+port+`}}`))["port"]; f.Level != doctor.Wrong || !strings.Contains(f.Fix, "gateway.port") {
		t.Errorf("a port that is taken: %+v", f)
	}
	l.Close()
	if f := levels(t, house(t, `{gateway: {port: `+port+`}}`))["port"]; f.Level != doctor.OK {
		t.Errorf("a port that is free: %+v", f)
	}
}

func TestCertificate(t *testing.T) {
	o := house(t, `{gateway: {port: 0, tls: {selfSigned: true}}}`)
	start(t, o)
	if f := levels(t, o)["certificate"]; f.Level != doctor.OK {
		t.Errorf("a new one: %+v", f)
	}
	for years, want := range map[int]doctor.Level{-1: doctor.Wrong, 11: doctor.Wrong} {
		o.Now = func() time.Time { return time.Now().AddDate(years, 0, 0) }
		if f := levels(t, o)["certificate"]; f.Level != want {
			t.Errorf("in %d years: %+v", years, f)
		}
	}
	o.Now = func() time.Time { return time.Now().Add(10*365*24*time.Hour - 48*time.Hour) }
	if f := levels(t, o)["certificate"]; f.Level != doctor.Doubt {
		t.Errorf("two days before its end: %+v", f)
	}
}
