package app_test

import (
	"context"
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
	"github.com/gatesmith/gatesmith/internal/channels/telegram/telegramtest"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// withTelegram writes the configuration of a gateway with one bot.
func withTelegram(t testing.TB, dir string, api *telegramtest.API, access string) {
	t.Helper()
	text := fmt.Sprintf(`{channels: {telegram: {accounts: {default: {botToken: %q, baseUrl: %q, ratePerSecond: 0, access: {%s}}}}}}`, api.Token, api.URL, access)
	if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// messages are what goes through the channel while gateways are killed.
type messages struct {
	mu   sync.Mutex
	outs []string       // keys and texts of what was to be sent
	ins  map[int]string // the chats of people who wrote, and the runs of their messages
}

// TestChannelKills kills the gateway at every point of sending and receiving. Each
// message that it took arrives once, or is said to be unknown; each that people
// wrote is answered once; none is lost.
func TestChannelKills(t *testing.T) {
	rounds, each := 8, 6
	if os.Getenv("GATESMITH_SOAK") != "" {
		rounds, each = 125, 9
	}
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	api := telegramtest.New(t)
	withTelegram(t, dir, api, "dm: 'open'")
	random := rand.New(rand.NewPCG(7, 1))
	x := &messages{ins: map[int]string{}}
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
		// Every other time the kill comes while the API has a call: before it took
		// it, after that, or when it gave messages.
		switch round % 6 {
		case 1:
			api.Fail("sendMessage", skip(random.IntN(each), func(w http.ResponseWriter, r *http.Request, take func()) { kill() })...)
		case 3:
			api.Fail("sendMessage", skip(random.IntN(each), func(w http.ResponseWriter, r *http.Request, take func()) { take(); kill() })...)
		case 5:
			api.Fail("getUpdates", skip(random.IntN(3), func(w http.ResponseWriter, r *http.Request, take func()) { kill() })...)
		}
		timer := time.AfterFunc(time.Duration(random.IntN(150))*time.Millisecond+time.Duration(round%2)*300*time.Millisecond, kill)
		x.talk(t, api, dir, p.url, round, each, dead)
		<-dead
		timer.Stop()
	}
	p := startProcess(t, dir)
	defer func() { p.kill() }()
	c := connect(t, dir, p.url, client.Options{})
	sent, unknown := x.settle(t, c)
	p.kill()
	x.judge(t, api, dir, sent, unknown)
}

// skip lets some calls pass before a fault.
func skip(n int, last telegramtest.Fault) []telegramtest.Fault {
	list := make([]telegramtest.Fault, n, n+1)
	return append(list, last)
}

// talk has people write and the client send until the gateway is dead.
func (x *messages) talk(t *testing.T, api *telegramtest.API, dir, url string, round, each int, dead chan struct{}) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-dead
		cancel()
	}()
	for k := range each {
		chat := 100_000 + round*100 + k
		id := api.Say(telegramtest.Person(int64(chat), "P"), fmt.Sprintf("in %d", chat))
		x.ins[chat] = fmt.Sprintf("telegram:default:%d:%d", chat, id)
	}
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
	for k := range each {
		wg.Go(func() {
			text := fmt.Sprintf("out r%dk%d", round, k)
			x.mu.Lock()
			x.outs = append(x.outs, text)
			x.mu.Unlock()
			_, _ = c.Send(ctx, x.send(text))
		})
	}
	wg.Wait()
}

func (x *messages) send(text string) *protocol.SendParams {
	return &protocol.SendParams{To: fmt.Sprint(7 + len(text)%3), Message: text, Channel: wire.Some(protocol.ChannelID("telegram")), IdempotencyKey: protocol.IdempotencyKey(text)}
}

// settle repeats every send and waits for every answer.
func (x *messages) settle(t *testing.T, c *client.Client) (sent, unknown map[string]bool) {
	sent, unknown = map[string]bool{}, map[string]bool{}
	for _, text := range x.outs {
		for {
			_, err := c.Send(t.Context(), x.send(text))
			var refused *client.Error
			switch {
			case err == nil:
				sent[text] = true
			case errors.As(err, &refused) && strings.Contains(refused.Message, "it is not known whether"):
				unknown[text] = true
			case errors.As(err, &refused) && refused.Retryable:
				continue
			default:
				t.Fatalf("%s: %v", text, err)
			}
			break
		}
	}
	for chat, run := range x.ins {
		for {
			w, err := c.AgentWait(t.Context(), &protocol.AgentWaitParams{RunID: run, TimeoutMs: wire.Some(int64(60000))})
			if err != nil {
				t.Fatal(err)
			}
			if w.Status != protocol.AgentWaitResultStatusTimeout {
				break
			}
			t.Fatalf("the message of %d is lost", chat)
		}
	}
	for {
		s, err := c.ChannelsStatus(t.Context(), &protocol.ChannelsStatusParams{})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(s.ChannelAccounts["telegram"][0].AppendJSON(nil)), `"queued":0`) {
			return sent, unknown
		}
	}
}

// judge compares what arrived with what was to.
func (x *messages) judge(t *testing.T, api *telegramtest.API, dir string, sent, unknown map[string]bool) {
	arrived, answers := map[string]int{}, map[string]int{}
	for _, s := range api.Sent() {
		if strings.HasPrefix(s.Text, "out ") {
			arrived[s.Text]++
		} else {
			answers[s.Chat]++
		}
	}
	for _, text := range x.outs {
		switch n := arrived[text]; {
		case sent[text] && n != 1:
			t.Errorf("%q is said to be sent and arrived %d times", text, n)
		case unknown[text] && n > 1:
			t.Errorf("%q is unknown and arrived %d times", text, n)
		}
	}
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	lost := 0
	for chat, run := range x.ins {
		var state string
		err := st.Read(t.Context(), func(q store.Querier) error {
			return q.QueryRowContext(t.Context(), `SELECT state FROM channel_outbox WHERE id = ?`, "run:"+run).Scan(&state)
		})
		n := answers[fmt.Sprint(chat)]
		switch {
		case err != nil:
			t.Errorf("%d has no answer in the outbox: %v", chat, err)
		case state == "sent" && n != 1, state == "unknown" && n > 1, state != "sent" && state != "unknown":
			t.Errorf("the answer to %d is %s and arrived %d times", chat, state, n)
		case state == "unknown":
			lost++
		}
	}
	t.Logf("%d sends: %d sent, %d unknown; %d messages came in, the answers to %d of them are unknown", len(x.outs), len(sent), len(unknown), len(x.ins), lost)
	if len(sent) == 0 {
		t.Error("nothing was sent")
	}
}
