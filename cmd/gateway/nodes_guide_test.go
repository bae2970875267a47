package main

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/app"
)

// TestNodesGuide runs what docs/nodes.md shows on two machines: what stands
// behind laptop$ runs on another one, which reaches the gateway through a proxy,
// so that the gateway takes it for what it is.
func TestNodesGuide(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the guide's laptop runs Linux")
	}
	text, err := os.ReadFile("../../docs/nodes.md")
	if err != nil {
		t.Fatal(err)
	}
	g := &nodesGuide{t: t, home: newMachine(t), laptop: newMachine(t)}
	steps := regexp.MustCompile(`(?m)^(laptop)?\$ `)
	n := 0
	for _, block := range regexp.MustCompile("(?ms)^```console\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		at := steps.FindAllStringIndex(block[1], -1)
		for k, from := range at {
			to := len(block[1])
			if k+1 < len(at) {
				to = at[k+1][0]
			}
			g.step(strings.HasPrefix(block[1][from[0]:], "laptop"), block[1][from[1]:to])
			n++
		}
	}
	if n < 8 {
		t.Errorf("the guide has only %d commands", n)
	}
	g.laptop.stop()
	g.home.stop()
}

// nodesGuide is the guide on its way.
type nodesGuide struct {
	t            *testing.T
	home, laptop *machine
	address      string // of the gateway, as the laptop knows it
	node         *bufio.Reader
	jobs         []*exec.Cmd // on the gateway's machine, from %2 on
}

const guideURL = "wss://gateway.example.com"

func (g *nodesGuide) step(onLaptop bool, text string) {
	g.t.Helper()
	command, want, _ := strings.Cut(text, "\n")
	m := g.home
	if onLaptop {
		m = g.laptop
		g.reach()
		command, want = strings.ReplaceAll(command, guideURL, g.address), strings.ReplaceAll(want, guideURL, g.address)
	}
	got := ""
	background, goesOn := strings.CutSuffix(command, " &")
	switch job, waits := strings.CutPrefix(command, "wait %"); {
	case waits:
		g.wait(job)
	case goesOn && onLaptop:
		got = g.begin(m, background, want)
	case goesOn && m.gateway != nil:
		g.job(m.command(background))
	default:
		got = m.run(command, want)
	}
	if !like(want).MatchString(got) {
		g.t.Errorf("$ %s\nprints\n%s\nThe guide says\n%s", command, got, want)
	}
	if strings.HasPrefix(command, "gateway node approve") {
		g.lines("Connected.\n") // the laptop tries again by itself
	}
}

// job starts a command that goes on. One that watches does so when this returns.
func (g *nodesGuide) job(cmd *exec.Cmd) {
	g.t.Helper()
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		g.t.Fatal(err)
	}
	g.jobs = append(g.jobs, cmd)
	if strings.Contains(cmd.String(), "gateway watch") {
		if line, err := bufio.NewReader(said).ReadString('\n'); !strings.HasPrefix(line, "Connected") {
			g.t.Fatalf("%s said %q, %v", cmd, line, err)
		}
	}
}

func (g *nodesGuide) wait(job string) {
	g.t.Helper()
	n, err := strconv.Atoi(job)
	if err == nil {
		err = g.jobs[n-2].Wait()
	}
	if err != nil {
		g.t.Errorf("wait %%%s: %v", job, err)
	}
}

// reach makes the way from the laptop to the gateway, and gives it the token.
func (g *nodesGuide) reach() {
	if g.address != "" {
		return
	}
	state := filepath.Join(g.home.home, ".gatesmith")
	found, err := app.ReadAddress(state)
	if err != nil {
		g.t.Fatal(err)
	}
	to, err := url.Parse("http" + strings.TrimPrefix(found.URL, "ws"))
	if err != nil {
		g.t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = to.Scheme, to.Host
		r.Out.Header["X-Forwarded-For"] = []string{"203.0.113.7"}
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }})
	g.t.Cleanup(proxy.Close)
	g.address = "ws" + strings.TrimPrefix(proxy.URL, "http")
	token, err := app.ReadToken(state)
	if err == nil {
		err = os.WriteFile(filepath.Join(g.laptop.home, "work", "gateway.token"), []byte(token), 0o600)
	}
	if err != nil {
		g.t.Fatal(err)
	}
}

// begin starts a node that goes on.
func (g *nodesGuide) begin(m *machine, command, want string) string {
	m.gateway = m.command(command)
	out, err := m.gateway.StdoutPipe()
	if err == nil {
		err = m.gateway.Start()
	}
	if err != nil {
		g.t.Fatal(err)
	}
	g.node = bufio.NewReader(out)
	return g.lines(want)
}

// lines gives as many lines of the node as are wanted.
func (g *nodesGuide) lines(want string) (said string) {
	for range strings.Count(want, "\n") {
		line, err := g.node.ReadString('\n')
		if said += line; err != nil {
			g.t.Fatalf("the node said %q: %v", said, err)
		}
	}
	return said
}
