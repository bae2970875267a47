package app_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/channels/slack/slacktest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// TestSlackKills kills the gateway while messages go through Slack, before a call
// was read and behind it. Slack can be asked for what it has: nothing is unknown,
// each message arrives once, and each that people wrote is answered once.
func TestSlackKills(t *testing.T) {
	t.Parallel() // it waits half a minute for messages that are not there
	rounds, each := 4, 5
	if os.Getenv("GATESMITH_SOAK") != "" {
		rounds, each = 100, 10
	}
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	api := slacktest.New(t)
	text := fmt.Sprintf(`{channels: {slack: {accounts: {default: {botToken: %q, appToken: %q, baseUrl: %q, access: {dm: 'open'}}}}}}`, slacktest.BotToken, slacktest.AppToken, api.URL)
	if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 2))
	var outs, ins []string
	for round := range rounds {
		p := startProcess(t, dir)
		var once sync.Once
		dead := make(chan struct{})
		kill := func() {
			once.Do(func() {
				p.kill()
				close(dead)
			})
		}
		faults := make([]slacktest.Fault, 0, each)
		for range random.IntN(each) {
			faults = append(faults, slacktest.Fault{Not: true})
		}
		api.Fail("chat.postMessage", append(faults, slacktest.Fault{Then: kill, Drop: true, Done: round%2 == 0})...)
		late := time.AfterFunc(3*time.Second, kill)
		for k := range each {
			who := fmt.Sprintf("%s%dX%d", slacktest.Crowd, round, k)
			api.Say(who, "D"+who[1:], "in "+who)
			ins = append(ins, who)
		}
		for k := range each {
			outs = append(outs, fmt.Sprintf("out %d %d", round, k))
		}
		sendAll(t, dir, p.url, outs[len(outs)-each:], dead)
		<-dead
		late.Stop()
	}
	p := startProcess(t, dir)
	defer func() { p.kill() }()
	c := connect(t, dir, p.url, client.Options{})
	for _, text := range outs {
		for {
			_, err := c.Send(t.Context(), slackSend(text))
			if err == nil {
				break
			}
			if refused, ok := errors.AsType[*client.Error](err); ok && !refused.Retryable || t.Context().Err() != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
	}
	count := func(text string) (n int) {
		for _, m := range api.From(slacktest.Bot) {
			if m.Text == text {
				n++
			}
		}
		return n
	}
	for _, who := range ins {
		api.Await(t, "the answer to "+who, func() bool { return count("in "+who) > 0 })
	}
	api.Await(t, "nothing waits", func() bool {
		s, err := c.ChannelsStatus(t.Context(), &protocol.ChannelsStatusParams{})
		return err == nil && strings.Contains(string(s.ChannelAccounts["slack"][0].AppendJSON(nil)), `"queued":0`) && api.Pending() == 0
	})
	for _, text := range outs {
		if n := count(text); n != 1 {
			t.Errorf("%q arrived %d times", text, n)
		}
	}
	for _, who := range ins {
		if n := count("in " + who); n != 1 {
			t.Errorf("the answer to %s arrived %d times", who, n)
		}
	}
	t.Logf("%d sends and %d answers through %d kills", len(outs), len(ins), rounds)
}

func slackSend(text string) *protocol.SendParams {
	return &protocol.SendParams{To: fmt.Sprintf("%sTO%d", slacktest.Crowd, len(text)%3), Message: text, Channel: wire.Some(protocol.ChannelID("slack")), IdempotencyKey: protocol.IdempotencyKey(text)}
}

// sendAll sends until the gateway is dead.
func sendAll(t *testing.T, dir, url string, texts []string, dead chan struct{}) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-dead
		cancel()
	}()
	token, err := os.ReadFile(filepath.Join(dir, "token"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(url, client.Options{Token: strings.TrimSpace(string(token)), Reconnect: client.Reconnect{Off: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		closing, stop := context.WithTimeout(context.Background(), time.Second)
		defer stop()
		_ = c.Close(closing)
	}()
	if c.Connect(ctx) != nil {
		return // killed already
	}
	var wg sync.WaitGroup
	for _, text := range texts {
		wg.Go(func() { _, _ = c.Send(ctx, slackSend(text)) })
	}
	wg.Wait()
}
