package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels/telegram/telegramtest"
)

// TestChannelsGuide plays what docs/channels.md shows: the commands of its console
// blocks, and what people and the bot say in its chat blocks, with a Bot API on
// loopback in the place of Telegram's.
func TestChannelsGuide(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the guide speaks to a Unix shell")
	}
	text, err := os.ReadFile("../../docs/channels.md")
	if err != nil {
		t.Fatal(err)
	}
	api := telegramtest.New(t)
	m := newMachine(t)
	m.file("work/token", api.Token)
	m.file(".config/gatesmith/gateway.json5", fmt.Sprintf(`{channels: {telegram: {accounts: {default: {baseUrl: %q}}}}}`, api.URL))
	g := &guide{t: t, api: api, machine: m}
	blocks := regexp.MustCompile("(?ms)^```(console|chat)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 7 {
		t.Fatalf("the guide has only %d blocks", len(blocks))
	}
	for _, block := range blocks {
		if block[1] == "chat" {
			g.talk(block[2])
			continue
		}
		for _, step := range strings.Split("\n"+block[2], "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			got := m.run(g.real(command), want+"\n")
			if !like(g.real(want)).MatchString(got) {
				t.Errorf("$ %s\nprints\n%s\nThe guide says\n%s", command, got, want)
			}
		}
	}
}

// guide is what the guide talks of.
type guide struct {
	t       *testing.T
	api     *telegramtest.API
	machine *machine
	code    string
}

// shownCode stands for the code in the guide.
const shownCode = "K7QM2XWP"

func (g *guide) real(text string) string {
	if g.code == "" {
		return text
	}
	return strings.ReplaceAll(text, shownCode, g.code)
}

var codes = regexp.MustCompile(`<code>([A-Z2-9]{8})</code>`)

// talk has Ada say what she says, and the bot held to what it says.
func (g *guide) talk(block string) {
	for _, said := range splitTalk(block) {
		if said.who == "Ada" {
			g.api.Say(telegramtest.Person(123456789, "Ada"), said.text)
			continue
		}
		s := g.api.Next(g.t)
		if m := codes.FindStringSubmatch(s.Text); m != nil {
			g.code = m[1]
		}
		if s.Chat != "123456789" || s.Text != g.real(said.text) {
			g.t.Errorf("the bot says\n%s\nThe guide says\n%s", s.Text, said.text)
		}
	}
}

type saying struct{ who, text string }

func splitTalk(block string) (out []saying) {
	for line := range strings.Lines(block) {
		who, text, ok := strings.Cut(line, ": ")
		if ok && (who == "Ada" || who == "bot") {
			out = append(out, saying{who, text})
		} else if len(out) > 0 {
			out[len(out)-1].text += line
		}
	}
	for k := range out {
		out[k].text = strings.TrimRight(out[k].text, "\n")
	}
	return out
}

// file writes a file of the machine.
func (m *machine) file(path, text string) {
	m.t.Helper()
	path = filepath.Join(m.home, path)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

// TestWebhookGuide runs the service that docs/channels.md shows.
func TestWebhookGuide(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("PYTHON IS NOT HERE: the service of docs/channels.md was not run")
	}
	text, err := os.ReadFile("../../docs/channels.md")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("(?ms)^```python\n(.*?)^```$").FindSubmatch(text)
	shell := regexp.MustCompile("(?ms)^```sh\n(gateway channels add webhook.*?)^```$").FindSubmatch(text)
	if code == nil || shell == nil {
		t.Fatal("the guide has no service")
	}
	m := newMachine(t)
	m.file("work/service.py", string(code[1]))
	m.file("work/secret", "a secret of some length")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	listening := m.run("gateway serve &", "one line\n")
	at := regexp.MustCompile(`127\.0\.0\.1:[0-9]+`).FindString(listening)
	script := strings.NewReplacer("8099", port, "127.0.0.1:18789", at, "python3", python).Replace(string(shell[1]))
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir, cmd.Env = filepath.Join(m.home, "work"), append(m.env, "PYTHONUNBUFFERED=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out := &lines{said: make(chan string, 10)}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = in.Write([]byte("Is anybody there?\n"))
	late := time.After(60 * time.Second)
	for answered := false; !answered; {
		select {
		case line := <-out.said:
			answered = line == "agent: Is anybody there?"
			t.Log(line)
		case <-late:
			t.Fatal("the agent does not answer")
		}
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	m.stop()
}

// lines gives what is written line by line.
type lines struct {
	buffer bytes.Buffer
	said   chan string
}

func (l *lines) Write(p []byte) (int, error) {
	l.buffer.Write(p)
	for {
		line, err := l.buffer.ReadString('\n')
		if err != nil {
			l.buffer.WriteString(line)
			return len(p), nil
		}
		l.said <- strings.TrimSuffix(line, "\n")
	}
}
