package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestOperateGuide(t *testing.T) { runGuide(t, "operate.md", 5) }

func TestSetupGuide(t *testing.T) { runGuide(t, "setup.md", 3) }

func TestApprovalsGuide(t *testing.T) { runGuide(t, "approvals.md", 3) }

// runGuide runs what a page of docs shows: the commands of its console blocks, at
// least so many, in order, on a machine of their own. In what they print, … stands
// for anything. A command that ends in & goes on; kill -INT %gateway ends it.
func runGuide(t *testing.T, page string, least int) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the guide speaks to a Unix shell")
	}
	text, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t)
	blocks := regexp.MustCompile("(?ms)^```console\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < least {
		t.Fatalf("the guide has only %d console blocks", len(blocks))
	}
	for _, block := range blocks {
		for _, step := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			got := advice.ReplaceAllString(m.run(command, want), "")
			if !like(want).MatchString(got) {
				t.Errorf("$ %s\nprints\n%s\nThe guide says\n%s", command, got, want)
			}
		}
	}
	m.stop()
}

// like is the pattern of a text with … in it, which stands for anything in a
// line; spaces before it don't matter, for columns are as wide as they have to
// be.
func like(text string) *regexp.Regexp {
	pattern := regexp.QuoteMeta(strings.TrimRight(text, "\n"))
	pattern = regexp.MustCompile(` *…`).ReplaceAllString(pattern, `.*`)
	return regexp.MustCompile(`^` + pattern + `\n*$`)
}

// advice is a line of doctor's that depends on the machine.
var advice = regexp.MustCompile(`(?m)^ +-> .*\n`)

// machine is a home folder in which commands run.
type machine struct {
	t       *testing.T
	home    string
	env     []string
	gateway *exec.Cmd   // the one that goes on
	jobs    []*exec.Cmd // others that go on beside it: %2 and so on
}

func newMachine(t *testing.T) *machine {
	home := t.TempDir()
	m := &machine{t: t, home: home, env: []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "GATEWAY_PORT=0", "LANG=C.UTF-8"}}
	if err := os.MkdirAll(filepath.Join(home, "work"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.stop)
	return m
}

func (m *machine) command(line string) *exec.Cmd {
	cmd := exec.Command("sh", "-c", "exec "+line)
	cmd.Dir, cmd.Env = filepath.Join(m.home, "work"), m.env
	return cmd
}

// run gives what a command prints; whether it is content does not matter. Of
// one that goes on, it is as many lines as are wanted.
func (m *machine) run(line, want string) string {
	if line == "kill -INT %gateway" {
		m.stop()
		return ""
	}
	if n, ok := strings.CutPrefix(line, "wait %"); ok {
		return m.end(n, func(*os.Process) {})
	}
	if n, ok := strings.CutPrefix(line, "kill -INT %"); ok {
		return m.end(n, func(p *os.Process) { _ = p.Signal(os.Interrupt) })
	}
	background, ok := strings.CutSuffix(line, " &")
	if !ok {
		out, _ := m.command(line).CombinedOutput()
		return string(out)
	}
	cmd := m.command(background)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		m.t.Fatal(err)
	}
	if m.gateway == nil {
		m.gateway = cmd
	} else {
		m.jobs = append(m.jobs, cmd)
	}
	said := ""
	lines := bufio.NewReader(out)
	for range strings.Count(want, "\n") {
		line, err := lines.ReadString('\n')
		if said += line; err != nil {
			break
		}
	}
	return said
}

// end waits for a job, by its number as the shell gives it; what it says is not
// looked at.
func (m *machine) end(number string, how func(*os.Process)) string {
	n, err := strconv.Atoi(number)
	if n -= 2; err != nil || n < 0 || n >= len(m.jobs) {
		m.t.Fatalf("there is no job %s", number)
	}
	how(m.jobs[n].Process)
	_ = m.jobs[n].Wait()
	m.jobs = slices.Delete(m.jobs, n, n+1)
	return ""
}

func (m *machine) stop() {
	for len(m.jobs) > 0 {
		m.end("2", func(p *os.Process) { _ = p.Signal(os.Interrupt) })
	}
	if m.gateway == nil {
		return
	}
	_ = m.gateway.Process.Signal(os.Interrupt)
	if err := m.gateway.Wait(); err != nil {
		m.t.Errorf("the gateway ended with %v", err)
	}
	m.gateway = nil
}
