package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/channels/slack/slacktest"
)

// TestSlackGuide runs what docs/channels/slack.md shows, in a workspace of its own.
func TestSlackGuide(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the guide speaks to a Unix shell")
	}
	text, err := os.ReadFile("../../docs/channels/slack.md")
	if err != nil {
		t.Fatal(err)
	}
	api := slacktest.New(t)
	m := newMachine(t)
	tokens := slacktest.BotToken + "\n" + slacktest.AppToken + "\n"
	if err := os.WriteFile(filepath.Join(m.home, "work", "tokens"), []byte(tokens), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := m.run("gateway config set channels.slack.accounts.default.baseUrl "+api.URL, ""); !strings.Contains(out, "baseUrl") {
		t.Fatal(out)
	}
	for _, block := range regexp.MustCompile("(?ms)^```console\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		for _, step := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			if got := m.run(command, want); !like(want).MatchString(got) {
				t.Errorf("$ %s\nprints\n%s\nThe guide says\n%s", command, got, want)
			}
			if strings.HasPrefix(command, "gateway serve") {
				api.Await(t, "the bot is connected", api.Connected)
			}
		}
	}
	m.stop()
	if said := api.From(slacktest.Bot); len(said) != 2 || said[0].Text != "Hello from the gateway" || said[1].Buttons(t) != 2 {
		t.Errorf("%+v", said)
	}
}
