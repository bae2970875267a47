package load

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		// The test's own program, started as a gateway.
		os.Stderr.WriteString("no port is free\n")
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// gateway runs a real gateway in the test's process.
func gateway(t *testing.T) *Target {
	t.Helper()
	dir := t.TempDir()
	const token = "token-of-the-loaded-gateway"
	g := apptest.Start(t, app.Options{StateDir: dir}, filepath.Join(dir, "gateway.json5"), map[string][]string{"token": {token}})
	target, err := Existing(g.URL(), token)
	if err != nil {
		t.Fatal(err)
	}
	target.PID = os.Getpid()
	return target
}

func TestRPC(t *testing.T) {
	target := gateway(t)
	for _, o := range []RPCOptions{
		{Conns: 1, Depth: 1, For: 50 * time.Millisecond, Method: "last-heartbeat"},
		{Conns: 4, Depth: 16, For: 50 * time.Millisecond, Method: "health"},
		{Conns: 2, Depth: 2, For: 200 * time.Millisecond, Method: "last-heartbeat", Hostile: 8},
	} {
		r, err := RPC(t.Context(), target, o)
		if err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
		if r.Requests < 10 || r.PerSecond <= 0 || r.P50 <= 0 || r.P50 > r.P99 || r.P99 > 2*r.Max || (o.Hostile > 0) != (r.HostileOut > 0) {
			t.Errorf("%+v gave %+v", o, r)
		}
	}
}

func TestRefusedCallsAreErrors(t *testing.T) {
	target := gateway(t)
	_, err := RPC(t.Context(), target, RPCOptions{Conns: 1, Depth: 1, For: time.Second, Method: "no.such"})
	if err == nil || !strings.Contains(err.Error(), "unknown method: no.such") {
		t.Errorf("a method that is not there: %v", err)
	}
	target.Token = "wrong"
	_, err = RPC(t.Context(), target, RPCOptions{Conns: 1, Depth: 1, For: time.Second, Method: "health"})
	if err == nil || !strings.Contains(err.Error(), "token mismatch") {
		t.Errorf("a wrong token: %v", err)
	}
}

func TestFanout(t *testing.T) {
	target := gateway(t)
	for _, burst := range []int{0, 4} {
		r, err := Fanout(t.Context(), target, FanoutOptions{Receivers: 20, Burst: burst, For: 50 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if r.Events == 0 || r.Deliveries != r.Events*20 || r.Bytes < 100 {
			t.Errorf("burst %d: %+v", burst, r)
		}
	}
}

func TestIdle(t *testing.T) {
	target := gateway(t)
	r, err := Idle(t.Context(), target, IdleOptions{Conns: 60, Settle: time.Millisecond})
	if errors.Is(err, ErrNoMemory) {
		t.Skip("SKIPPED: ", err)
	}
	if err != nil || r.Before <= 0 || r.After <= 0 || r.PerSecond <= 0 {
		t.Errorf("%+v, %v", r, err)
	}
	target.PID = 0
	if _, err := Idle(t.Context(), target, IdleOptions{Conns: 1}); !errors.Is(err, ErrNoMemory) {
		t.Errorf("of an unknown process: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	target := gateway(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := RPC(ctx, target, RPCOptions{Conns: 2, Depth: 2, For: time.Hour, Method: "health"}); err == nil {
		t.Error("requests went on")
	}
	ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Fanout(ctx, target, FanoutOptions{Receivers: 2, For: time.Hour}); err == nil {
		t.Error("events went on")
	}
}

func TestOnlyThisMachineIsLoaded(t *testing.T) {
	for address, want := range map[string]string{
		"ws://127.0.0.1:1/v1/connect": "ws://127.0.0.1:1/v1/connect",
		"ws://localhost":              "ws://localhost/v1/connect",
		"ws://[::1]:7/":               "ws://[::1]:7/v1/connect",
		"ws://192.0.2.1:1":            "",
		"ws://gateway.example":        "",
		"wss://127.0.0.1":             "",
		"127.0.0.1:18789":             "",
	} {
		target, err := Existing(address, "")
		if (err == nil) != (want != "") || err == nil && target.URL != want {
			t.Errorf("%s: %v %v, want %q", address, target, err, want)
		}
	}
}

func TestGatewayThatDoesNotStart(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), program); err == nil || err.Error() != "the gateway did not start: no port is free" {
		t.Errorf("got %v", err)
	}
}

func TestHistogram(t *testing.T) {
	var h, half Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("the quantile of nothing")
	}
	r := rand.New(rand.NewPCG(1, 1))
	var all []time.Duration
	for k := range 10_000 {
		d := time.Duration(1) << r.IntN(40)
		d += time.Duration(r.Int64N(int64(d)))
		all = append(all, d)
		if k%2 == 0 {
			h.Add(d)
		} else {
			half.Add(d)
		}
	}
	h.Merge(&half)
	slices.Sort(all)
	for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.9999} {
		exact := all[int(q*float64(len(all)))]
		if got := h.Quantile(q); got < exact || float64(got) > float64(exact)*1.04+1 {
			t.Errorf("quantile %v is %v, exactly %v", q, got, exact)
		}
	}
	if h.Count() != 10_000 {
		t.Errorf("%d durations", h.Count())
	}
}
