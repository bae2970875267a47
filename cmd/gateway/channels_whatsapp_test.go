//go:build whatsapp

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/whatsapp"
	"github.com/gatesmith/gatesmith/internal/channels/whatsapp/whatsapptest"
)

// TestLogin links a phone as docs/channels.md shows it: the commands are the guide's.
func TestLogin(t *testing.T) {
	text, err := os.ReadFile("../../docs/channels.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?ms)^```sh\n(gateway channels add whatsapp.*?)^```$").FindSubmatch(text)
	if shown == nil {
		t.Fatal("the guide has no login")
	}
	commands := strings.Split(strings.TrimSpace(string(shown[1])), "\n")
	dir := t.TempDir()
	alone(t, dir)
	wa := whatsapptest.New(t)
	g, err := apptest.TryStart(t, app.Options{StateDir: dir, Channels: []channels.Kind{whatsapp.Kind{Dial: wa.Dial}}}, filepath.Join(dir, "gateway.json5"), map[string][]string{"port": {"0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer stopGateway(t, g)
	fields := func(command string) []string { return strings.Fields(command)[1:] }
	ask(t, fields(commands[0])...)
	r := start(t, fields(commands[1])...)
	var picture []string
	for r.lines.Scan() {
		said := r.lines.Text()
		if strings.HasPrefix(said, "The code as text:") {
			if said != "The code as text: "+whatsapptest.Codes[0] {
				t.Errorf("%q", said)
			}
			wa.Scan()
		} else if strings.ContainsAny(said, "█▀▄") {
			picture = append(picture, said)
		} else if said == "Linked. WhatsApp is ready." {
			break
		}
	}
	if status := <-r.done; status != 0 {
		t.Errorf("exit status %d", status)
	}
	checkDrawn(t, picture, whatsapptest.Codes[0])
	connected := regexp.MustCompile(`WhatsApp +default +connected`)
	late, look := time.NewTimer(20*time.Second), time.NewTicker(20*time.Millisecond)
	defer late.Stop()
	defer look.Stop()
	for !connected.MatchString(ask(t, "channels", "status")) {
		select {
		case <-late.C:
			t.Fatal(ask(t, "channels", "status"))
		case <-look.C:
		}
	}
	if again := ask(t, fields(commands[1])...); !strings.Contains(again, "already linked") {
		t.Error(again)
	}
	if out := ask(t, "channels", "logout", "whatsapp"); !strings.Contains(out, "is logged out") || wa.Logouts() != 1 {
		t.Error(out)
	}
}
