package main

import (
	"fmt"
	"os"
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
	m.file("work/tokens", slacktest.BotToken+"\n"+slacktest.AppToken+"\n")
	m.file(".config/gatesmith/gateway.json5", fmt.Sprintf(`{channels: {slack: {accounts: {default: {baseUrl: %q}}}}}`, api.URL))
	for _, block := range regexp.MustCompile("(?ms)^```console\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		for _, step := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			if got := m.run(command, want+"\n"); !like(want).MatchString(got) {
				t.Errorf("$ %s\nprints\n%s\nThe guide says\n%s", command, got, want)
			}
			if strings.HasPrefix(command, "gateway channels add") {
				api.Await(t, "the bot is connected", api.Connected)
			}
		}
	}
	m.stop()
	if said := api.From(slacktest.Bot); len(said) != 2 || said[0].Text != "Hello from the *gateway*" || said[1].Buttons(t) != 2 {
		t.Errorf("%+v", said)
	}
}
