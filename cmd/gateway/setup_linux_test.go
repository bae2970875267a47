package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gatesmith/gatesmith/internal/llm/llmtest"
)

// seated is a command with a person at its terminal.
type seated struct {
	t      *testing.T
	screen *os.File
	cmd    *exec.Cmd

	mu   sync.Mutex
	said strings.Builder
	read int // of said, what was waited for
	more chan struct{}
	over chan struct{}
}

// seat starts a command at a terminal of its own.
func seat(t *testing.T, env []string, args ...string) *seated {
	t.Helper()
	screen, tty := terminal(t)
	if err := unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 120}); err != nil {
		t.Fatal(err)
	}
	s := &seated{t: t, screen: screen, cmd: command(t, append(env, "TERM=xterm"), args...), more: make(chan struct{}, 1), over: make(chan struct{})}
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = tty, tty, tty
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // so that Ctrl-C is a signal
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = tty.Close() // so that the end of the command ends the reading
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(s, screen) })
	go func() {
		defer close(s.over)
		_ = s.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.over
		_ = screen.Close()
		reading.Wait()
	})
	return s
}

// Write takes what is on the screen.
func (s *seated) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
	return s.said.Write(p)
}

// moves is what moves the cursor and changes colours.
var moves = regexp.MustCompile(`\x1b(\[[0-9;?<=>]*[ $]*[A-Za-z]|\][^\a\x1b]*(\a|\x1b\\)|[=>()][0B]?)`)

// sees waits until a text is on the screen, behind those that were waited for.
func (s *seated) sees(text string) {
	s.t.Helper()
	limit := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		rest := s.said.String()[s.read:]
		plain := moves.ReplaceAllString(rest, "")
		if strings.Contains(plain, text) {
			s.read += len(rest)
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		select {
		case <-s.more:
		case <-limit:
			s.t.Fatalf("%q is not on the screen:\n%q", text, plain)
		}
	}
}

func (s *seated) types(keys string) {
	s.t.Helper()
	if _, err := s.screen.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// hides waits until the terminal does not show what is typed.
func (s *seated) hides() {
	s.t.Helper()
	limit := time.After(20 * time.Second)
	for look := time.NewTicker(time.Millisecond); ; {
		state, err := unix.IoctlGetTermios(int(s.screen.Fd()), unix.TCGETS)
		if err != nil {
			s.t.Fatal(err)
		}
		if state.Lflag&unix.ECHO == 0 {
			look.Stop()
			return
		}
		select {
		case <-look.C:
		case <-limit:
			s.t.Fatal("it shows what is typed")
		}
	}
}

func (s *seated) exit() int {
	s.t.Helper()
	select {
	case <-s.over:
	case <-time.After(20 * time.Second):
		s.t.Fatalf("it does not end:\n%q", s.said.String())
	}
	return s.cmd.ProcessState.ExitCode()
}

const enter, down = "\r", "\x1b[B"

// A person at a terminal sets up a gateway that runs: the key that is refused is
// asked for again, nothing secret is on the screen, and the gateway restarts.
func TestSetupAtTerminal(t *testing.T) {
	fake := llmtest.New(t, llmtest.Anthropic)
	dir := t.TempDir()
	p := run(t, dir, []string{"ANTHROPIC_BASE_URL=" + fake.URL, "ANTHROPIC_API_KEY="})
	s := seat(t, nil, "setup", "--state-dir", dir)
	s.sees("Go on?")
	s.types("y")
	s.sees("How much do you want to decide?")
	s.types(enter)
	s.sees("How do clients prove")
	s.types(down + enter)
	s.sees("┃ Password")
	s.types("c4nary of a password" + enter)
	s.sees("Whose language model")
	s.types(enter)
	s.sees("┃ API key")
	s.types("sk-c4nary-0123456789" + enter)
	s.sees("Which of its models?")
	s.types(enter)
	s.sees("the API key was refused (HTTP 401)")
	s.types(llmtest.Key + enter)
	s.sees("What is it called?")
	s.types("Ada" + enter)
	s.sees("What is it like")
	s.types(enter)
	s.sees("An emoji")
	s.types("🦉" + enter)
	s.sees("Webhook")
	s.types(down + "x" + enter)
	s.sees("Address that messages")
	s.types(enter)
	s.sees("Secret that requests")
	s.types("c4nary of a webhook" + enter)
	s.sees("To be written to")
	s.types(enter)
	s.sees("It restarts now")
	if code := s.exit(); code != 0 {
		t.Fatalf("exit status %d:\n%s", code, s.said.String())
	}
	if text := s.said.String() + p.logs(); strings.Contains(text, "c4nary") || strings.Contains(text, llmtest.Key) {
		t.Errorf("a secret is on the screen, or in the log:\n%s", text)
	}
	text, err := os.ReadFile(filepath.Join(dir, "gateway.json5"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"mode": "password"`, `"password": "c4nary of a password"`, `"apiKey": "` + llmtest.Key + `"`, `"name": "Ada"`, `"emoji": "🦉"`, `"secret": "c4nary of a webhook"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
	p.waitLog(`msg=restarting reason=wizard`)
}

// Ctrl-C stops it, and so does no; nothing is left, in the gateway neither.
func TestSetupStopped(t *testing.T) {
	dir := t.TempDir()
	p := run(t, dir, nil)
	for name, how := range map[string]struct {
		env   string
		steps []string // what is seen, and then typed
	}{
		"no":                {"A=1", []string{"Go on?", "n"}},
		"Ctrl-C":            {"A=1", []string{"Go on?", "y", "How much do you want to decide?", "\x03"}},
		"Ctrl-C by lines":   {"ACCESSIBLE=1", []string{"[y/N]", "y\n", "Enter a number", "\x03"}},
		"Ctrl-C in secrets": {"ACCESSIBLE=1", []string{"[y/N]", "y\n", "Enter a number", "\n", "2. By a password", "2\n", "Answer:", "\x03"}},
	} {
		s := seat(t, []string{how.env}, "setup", "--state-dir", dir)
		for k := 0; k < len(how.steps); k += 2 {
			s.sees(how.steps[k])
			s.types(how.steps[k+1])
		}
		s.sees("stopped: nothing was written")
		if code := s.exit(); code != exitFailed {
			t.Errorf("%s: exit status %d", name, code)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "gateway.json5")); err == nil {
		t.Error("there is a configuration")
	}
	c := p.connect()
	if _, err := c.WizardCancel(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "wizard not found") {
		t.Errorf("a wizard is left: %v", err)
	}
}

// With ACCESSIBLE, no cursor is moved.
func TestSetupAccessible(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gateway.json5")
	s := seat(t, []string{"ACCESSIBLE=1", "NO_COLOR=1"}, "setup", "--state-dir", dir, "--config", path, "--auth-mode", "password", "--provider", "echo", "--agent-theme", "calm", "--agent-emoji", "")
	s.sees("[y/N]")
	s.types("y\n")
	s.sees("Enter a number between 1 and 2:")
	s.types("1\n")
	s.sees("Answer:")
	s.hides()
	s.types("c4nary of a password\n")
	s.sees("Answer, such as Assistant:")
	s.types("Ada\n")
	s.sees("Answer, such as")
	s.types("\n")
	s.sees("Enter a number between 0 and 2:")
	s.types("0\n")
	s.sees("[Y/n]")
	s.types("\n")
	s.sees("Start it with")
	if code := s.exit(); code != 0 {
		t.Fatalf("exit status %d:\n%s", code, s.said.String())
	}
	if text := s.said.String(); strings.Contains(text, "\x1b") || strings.Contains(text, "c4nary") {
		t.Errorf("the screen shows %q", text)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "c4nary of a password") {
		t.Errorf("%v, it wrote %s", err, text)
	}
}
