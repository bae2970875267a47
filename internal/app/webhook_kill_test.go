package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/channels/webhook"
	"github.com/gatesmith/gatesmith/internal/channels/webhook/webhooktest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// TestWebhookKills kills the gateway while it talks to a service that drops repeats
// by their id: then everything arrives once, and nothing is unknown.
func TestWebhookKills(t *testing.T) {
	rounds, each := 6, 6
	if os.Getenv("GATESMITH_SOAK") != "" {
		rounds, each = 100, 10
	}
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	peer := webhooktest.New(t)
	text := fmt.Sprintf(`{channels: {webhook: {accounts: {default: {url: %q, secret: %q, access: {dm: 'open'}}}}}}`, peer.URL, peer.Secret)
	if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 9))
	var outs, ins []string
	for round := range rounds {
		p := startProcess(t, dir)
		c := connect(t, dir, p.url, client.Options{Reconnect: client.Reconnect{Off: true}})
		ctx, cancel := context.WithCancel(t.Context())
		var once sync.Once
		kill := func() {
			once.Do(func() {
				p.kill()
				cancel()
			})
		}
		if round%2 == 1 { // the service has it, and the gateway does not know
			peer.Fail(func(w http.ResponseWriter, r *http.Request) {
				peer.Take(w, r)
				kill()
			})
		}
		timer := time.AfterFunc(time.Duration(random.IntN(300))*time.Millisecond, kill)
		var wg sync.WaitGroup
		for k := range each {
			out, in := fmt.Sprintf("out r%dk%d", round, k), fmt.Sprintf("in r%dk%d", round, k)
			outs, ins = append(outs, out), append(ins, in)
			wg.Go(func() { _, _ = c.Send(ctx, toService(out)) })
			wg.Go(func() { _, _ = fromService(ctx, p.url, peer.Secret, in) })
		}
		wg.Wait()
		<-ctx.Done()
		timer.Stop()
	}
	p := startProcess(t, dir)
	defer p.kill()
	c := connect(t, dir, p.url, client.Options{})
	for _, out := range outs {
		for {
			_, err := c.Send(t.Context(), toService(out))
			var refused *client.Error
			if errors.As(err, &refused) && refused.Retryable {
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", out, err)
			}
			break
		}
	}
	// What the gateway did not acknowledge, the service sends again; also what it did.
	for _, in := range ins {
		for code := 0; code != http.StatusAccepted; {
			var err error
			if code, err = fromService(t.Context(), p.url, peer.Secret, in); err != nil {
				t.Fatal(err)
			}
		}
	}
	arrived := map[string]int{}
	for range len(outs) + len(ins) {
		m := peer.Next(t)
		arrived[m.Conversation+m.Text]++
	}
	for _, out := range outs {
		if n := arrived["desk"+out]; n != 1 {
			t.Errorf("%q arrived %d times", out, n)
		}
	}
	answered := 0
	for _, in := range ins {
		n := arrived[in+in] + arrived[in+"I could not answer this: something went wrong. Please try again."]
		if n != 1 {
			t.Errorf("%q was answered %d times", in, n)
		}
		answered += n
	}
	t.Logf("%d sends arrived, %d messages were answered", len(outs), answered)
}

func toService(text string) *protocol.SendParams {
	return &protocol.SendParams{To: "desk", Message: text, Channel: wire.Some(protocol.ChannelID("webhook")), IdempotencyKey: protocol.IdempotencyKey(text)}
}

// fromService posts a message, each in a conversation of its own.
func fromService(ctx context.Context, url, secret, text string) (int, error) {
	body, err := json.Marshal(map[string]string{"id": text, "conversation": text, "text": text})
	if err != nil {
		return 0, err
	}
	address := "http" + strings.TrimPrefix(strings.TrimSuffix(url, "/v1/connect"), "ws") + "/channels/webhook/default"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Close = true
	webhook.Sign(r.Header, []byte(secret), body, time.Now())
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
