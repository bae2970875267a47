package nodehost_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/nodehost"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "the secret of the test"

// lab is a gateway, a node that is connected to it, and an operator.
type lab struct {
	t        *testing.T
	id       string // of the node
	operator *client.Client
	gateway  *app.Gateway
}

// lets is a policy that lets run what a function allows.
type lets func(*nodehost.Run) bool

func (f lets) Decide(_ context.Context, r *nodehost.Run) (nodehost.Decision, error) {
	if !f(r) {
		return nodehost.Decision{Reason: "approval required"}, nil
	}
	for _, dir := range filepath.SplitList(r.Search) {
		if path := filepath.Join(dir, r.Argv[0]); r.Argv[0] != "" && isFile(path) {
			return nodehost.Decision{Allowed: true, Program: path}, nil
		}
	}
	return nodehost.Decision{Allowed: true}, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func all(*nodehost.Run) bool { return true }

func newLab(t *testing.T, policy nodehost.Policy) *lab {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the programs of these tests are a Unix system's")
	}
	g := apptest.Start(t, app.Options{StateDir: t.TempDir()}, "", map[string][]string{"token": {secret}})
	l := &lab{t: t, gateway: g}
	l.id = start(t, address(g), policy, nil)
	l.operator = dial(t, g)
	return l
}

func address(g *app.Gateway) string { return strings.TrimSuffix(g.URL(), server.GuidePath) }

func dial(t *testing.T, g *app.Gateway) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), g.URL(), client.Options{Token: secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// start runs a node until the test ends, and waits until it is connected.
func start(t *testing.T, url string, policy nodehost.Policy, change func(*nodehost.Options)) (id string) {
	t.Helper()
	identity, err := device.New()
	if err != nil {
		t.Fatal(err)
	}
	there := make(chan struct{}, 100)
	o := nodehost.Options{URL: url, Policy: policy, Dir: t.TempDir(), Env: []string{"PATH=" + os.Getenv("PATH"), "OWN=own"},
		Client: client.Options{Token: secret, Device: identity, DisplayName: "box", Reconnect: client.Reconnect{Min: 10 * time.Millisecond, Max: 50 * time.Millisecond}},
		Changed: func(st client.State) {
			if st.Phase == client.Connected {
				there <- struct{}{}
			}
		}}
	if change != nil {
		change(&o)
	}
	h, err := nodehost.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the node ended with %v", err)
		}
	})
	if change == nil {
		<-there
	}
	return identity.ID()
}

var keys atomic.Int64

// invoke asks the node, and gives what it answers or the error's message.
func (l *lab) invoke(command, params string, timeout time.Duration) (object, string) {
	l.t.Helper()
	return l.repeat(command, params, timeout, "key-"+time.Now().String()+string(rune('a'+keys.Add(1))))
}

type object = map[string]any

func (l *lab) repeat(command, params string, timeout time.Duration, key string) (object, string) {
	l.t.Helper()
	res, err := l.operator.NodesInvoke(l.t.Context(), &protocol.NodesInvokeParams{NodeID: l.id, Command: command, Params: wire.Raw(params),
		TimeoutMs: wire.Some(timeout.Milliseconds()), IdempotencyKey: key})
	var e *client.Error
	if errors.As(err, &e) {
		return nil, e.Message
	}
	if err != nil {
		l.t.Fatal(err)
	}
	var out object
	if err := json.Unmarshal(res.Payload, &out); err != nil {
		l.t.Fatal(err)
	}
	return out, ""
}

func TestPrograms(t *testing.T) {
	l := newLab(t, lets(func(r *nodehost.Run) bool { return r.Argv[0] != "rm" }))
	folder := t.TempDir()
	for _, c := range []struct {
		name, params string
		want         object // what has to be in the answer
		failure      string
	}{
		{"output", `{"command":["echo","hello","world"]}`, object{"exitCode": 0.0, "success": true, "stdout": "hello world\n", "stderr": "", "error": nil, "timedOut": false}, ""},
		{"status", `{"command":["sh","-c","echo oh >&2; exit 3"]}`, object{"exitCode": 3.0, "success": false, "stdout": "", "stderr": "oh\n", "error": nil}, ""},
		{"folder", `{"command":["pwd"],"cwd":"` + folder + `"}`, object{"stdout": folder + "\n"}, ""},
		{"variables", `{"command":["sh","-c","echo $OWN $GIVEN $HOME"],"env":{"GIVEN":"given"}}`, object{"stdout": "own given\n"}, ""},
		{"no UTF-8", `{"command":["printf","a\\377b"]}`, object{"stdout": "a\uFFFDb"}, ""},
		{"signal", `{"command":["sh","-c","kill -TERM $$"]}`, object{"exitCode": nil, "success": false, "error": "signal: terminated"}, ""},
		{"its own name", `{"command":["sh","-c","echo $0"]}`, object{"stdout": "sh\n"}, ""},
		{"time", `{"command":["sleep","100"],"timeoutMs":50}`, object{"exitCode": nil, "success": false, "timedOut": true, "error": "it was ended after 50ms"}, ""},
		{"denied", `{"command":["rm","-rf","/"]}`, nil, "SYSTEM_RUN_DENIED: approval required"},
		{"no program", `{"command":["no-such-program"]}`, nil, `there is no program "no-such-program" on this node`},
		{"folder that is none", `{"command":["pwd"],"cwd":"/no/such"}`, nil, `cwd "/no/such" is no folder of this node`},
		{"relative folder", `{"command":["pwd"],"cwd":"x"}`, nil, `cwd is "x": expected an absolute path`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, failure := l.invoke("system.run", c.params, 10*time.Second)
			if failure != c.failure {
				t.Errorf("failed with %q, want %q", failure, c.failure)
			}
			for name, want := range c.want {
				if got[name] != want {
					t.Errorf("%s is %v, want %v", name, got[name], want)
				}
			}
		})
	}
}

// A program goes with all that it started, and the gateway hears in time that its
// time was up.
func TestTimeEndsTheWholeGroup(t *testing.T) {
	l := newLab(t, lets(all))
	file := filepath.Join(t.TempDir(), "pid")
	got, failure := l.invoke("system.run", `{"command":["sh","-c","sleep 1000 & echo $! > `+file+`; wait"]}`, 500*time.Millisecond)
	if failure != "" || got["timedOut"] != true {
		t.Fatalf("%v, %s", got, failure)
	}
	pid, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := os.Stat("/proc/" + strings.TrimSpace(string(pid))); err != nil {
			return
		}
		stat, _ := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
		if strings.Contains(string(stat), ") Z ") {
			return // dead, and nobody has looked yet
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Errorf("the child %s lives on", pid)
}

// Whoever leaves children behind that hold the output is not waited for.
func TestStragglersAreNotWaitedFor(t *testing.T) {
	l := newLab(t, lets(all))
	got, failure := l.invoke("system.run", `{"command":["sh","-c","echo done; sleep 1000 &"]}`, 10*time.Second)
	if failure != "" || got["stdout"] != "done\n" || got["success"] != true {
		t.Errorf("%v, %s", got, failure)
	}
}

// The output that is kept is bounded, and fits into a message whatever it is.
func TestOutputIsBounded(t *testing.T) {
	l := newLab(t, lets(all))
	got, failure := l.invoke("system.run", `{"command":["sh","-c","head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2"]}`, 10*time.Second)
	if failure != "" || got["truncated"] != true || got["success"] != true {
		t.Fatalf("%v, %s", got, failure)
	}
	if n := len(got["stdout"].(string)); n == 0 || n > 100<<10 {
		t.Errorf("%d bytes are kept", n)
	}
}

func TestWhich(t *testing.T) {
	l := newLab(t, lets(func(*nodehost.Run) bool { return false }))
	got, failure := l.invoke("system.which", `{"bins":["sh","no-such-program","../sh","/bin/sh"," "]}`, time.Second*5)
	bins, _ := got["bins"].(object)
	if path, _ := bins["sh"].(string); failure != "" || len(bins) != 1 || !filepath.IsAbs(path) {
		t.Errorf("%v, %s", got, failure)
	}
}

func TestNotify(t *testing.T) {
	l := newLab(t, nil)
	got, failure := l.invoke("system.notify", `{"title":"hi","body":"there"}`, time.Second*5)
	if failure != "" || got["shown"] != false {
		t.Errorf("%v, %s", got, failure)
	}
	if _, failure := l.invoke("system.notify", `[1]`, time.Second*5); !strings.HasPrefix(failure, "params cannot be read: ") {
		t.Errorf("garbage: %s", failure)
	}
	if _, failure := l.invoke("system.notify", `{}`, time.Second*5); failure != "title or body is needed" {
		t.Errorf("nothing to say: %s", failure)
	}
	// Without a policy, nothing runs and it is not offered.
	if _, failure := l.invoke("system.run", `{"command":["true"]}`, time.Second*5); failure != "node command not allowed" {
		t.Errorf("system.run: %s", failure)
	}
}

// A node comes back to a gateway that was restarted, and what was done for a key
// is not done again.
func TestNodeComesBack(t *testing.T) {
	dir := t.TempDir()
	g, err := apptest.TryStart(t, app.Options{StateDir: dir}, "", map[string][]string{"token": {secret}})
	if err != nil {
		t.Fatal(err)
	}
	port := g.Addresses()[0][strings.LastIndex(g.Addresses()[0], ":")+1:]
	l := &lab{t: t, gateway: g}
	l.id = start(t, address(g), lets(all), nil)
	l.operator = dial(t, g)
	marks := filepath.Join(t.TempDir(), "marks")
	run := `{"command":["sh","-c","echo x >> ` + marks + `"]}`
	if _, failure := l.repeat("system.run", run, 10*time.Second, "once"); failure != "" {
		t.Fatal(failure)
	}
	_ = l.operator.Close(context.Background())
	apptest.Stop(t, g)
	l.gateway = apptest.Start(t, app.Options{StateDir: dir}, "", map[string][]string{"token": {secret}, "port": {port}})
	l.operator = dial(t, l.gateway)
	l.await(func() bool {
		list, err := l.operator.NodesList(t.Context(), nil)
		return err == nil && len(list.Nodes) == 1 && list.Nodes[0].Connected
	})
	if _, failure := l.repeat("system.run", run, 10*time.Second, "once"); failure != "" {
		t.Fatal(failure)
	}
	if text, _ := os.ReadFile(marks); string(text) != "x\n" {
		t.Errorf("it ran %q", text)
	}
}

// await waits for something that nothing tells of.
func (l *lab) await(is func() bool) {
	l.t.Helper()
	for range 500 {
		if is() {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	l.t.Fatal("it did not happen")
}

// A node from elsewhere waits until it is approved, with one request, and is let
// in from then on.
func TestNodeWaitsForApproval(t *testing.T) {
	g := apptest.Start(t, app.Options{StateDir: t.TempDir()}, "", map[string][]string{"token": {secret}})
	l := &lab{t: t, gateway: g, operator: dial(t, g)}
	refused := make(chan string, 100)
	l.id = start(t, address(g), lets(all), func(o *nodehost.Options) {
		o.Client.Header = http.Header{"X-Forwarded-For": {"203.0.113.7"}}
		o.Changed = func(st client.State) {
			var e *client.RefusedError
			if errors.As(st.Cause, &e) {
				refused <- string(e.Err.Details)
			}
		}
	})
	details := <-refused
	<-refused // it comes again
	list, err := l.operator.NodesPairList(t.Context(), nil)
	if err != nil || len(list.Pending) != 1 || list.Pending[0].NodeID != l.id || list.Pending[0].DisplayName.V != "box" || len(list.Pending[0].Commands) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	request := list.Pending[0].RequestID
	if want := `{"requestId":"` + request + `","approve":"gateway node approve ` + request + `"}`; details != want {
		t.Errorf("the refusal has %s, want %s", details, want)
	}
	if _, err := l.operator.NodesPairApprove(t.Context(), &protocol.NodesPairApproveParams{RequestID: request}); err != nil {
		t.Fatal(err)
	}
	l.await(func() bool {
		got, err := l.operator.NodesDescribe(t.Context(), &protocol.NodesDescribeParams{NodeID: l.id})
		return err == nil && got.Connected
	})
	if got, failure := l.invoke("system.run", `{"command":["echo","here"]}`, 10*time.Second); got["stdout"] != "here\n" {
		t.Errorf("%v, %s", got, failure)
	}
}

// A program whose caller went away is told of to the agent of the session that it
// ran for.
func TestNobodyWaits(t *testing.T) {
	l := newLab(t, lets(all))
	ctx, cancel := context.WithCancel(t.Context())
	gone := dial(t, l.gateway)
	file := filepath.Join(t.TempDir(), "go")
	go func() {
		_, _ = gone.NodesInvoke(ctx, &protocol.NodesInvokeParams{NodeID: l.id, Command: "system.run", IdempotencyKey: "gone",
			Params: wire.Raw(`{"command":["sh","-c","touch ` + file + `; while test -e ` + file + `; do sleep 0.01; done; echo over"],"sessionKey":"main","runId":"r"}`)})
	}()
	l.await(func() bool { return isFile(file) })
	cancel()
	_ = gone.Close(context.Background())
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	l.await(func() bool {
		history, err := l.operator.ChatHistory(t.Context(), &protocol.ChatHistoryParams{SessionKey: "main"})
		return err == nil && strings.Contains(string(history.AppendJSON(nil)), "id=r, code 0)")
	})
}
