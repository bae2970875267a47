package app_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// asGateway names the state folder where this binary is to be a gateway instead
// of a test.
const asGateway = "GATESMITH_TEST_GATEWAY"

// runGateway is a gateway until it is killed, or its input ends.
func runGateway(dir string) int {
	loaded, err := config.Load(config.Sources{Path: filepath.Join(dir, "gateway.json5"), Flags: map[string][]string{"port": {"0"}}})
	if err == nil {
		var g *app.Gateway
		if g, err = app.Start(context.Background(), app.Options{Config: loaded, StateDir: dir, Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}); err == nil {
			fmt.Println(g.URL())
			_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
			err = g.Stop(context.Background(), 0)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// process is a gateway in a process of its own.
type process struct {
	cmd *exec.Cmd
	url string
}

func startProcess(t testing.TB, dir string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asGateway+"="+dir)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		t.Fatalf("the gateway does not start: %v", err)
	}
	return &process{cmd, strings.TrimSpace(line)}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// TestKillsLoseNothing kills the gateway at random moments while messages are
// sent, and finds every acknowledged one in the history, once, with its answer
// or an error behind it.
func TestKillsLoseNothing(t *testing.T) {
	kills := 8
	if os.Getenv("GATESMITH_SOAK") != "" {
		kills = 100
	}
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(4, 2))
	acked := map[string]string{} // session of each message
	var mu sync.Mutex
	for round := range kills {
		p := startProcess(t, dir)
		c := connect(t, dir, p.url, client.Options{Reconnect: client.Reconnect{Off: true}})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for s := range 3 {
			wg.Go(func() {
				for k := 0; ctx.Err() == nil && k < 8; k++ {
					text := fmt.Sprintf("r%ds%dk%d", round, s, k)
					_, err := c.ChatSend(ctx, &protocol.ChatSendParams{SessionKey: protocol.SessionKey(fmt.Sprint("kill", s)), Message: text, IdempotencyKey: protocol.IdempotencyKey(text)})
					if err != nil {
						return
					}
					mu.Lock()
					acked[text] = fmt.Sprint("kill", s)
					mu.Unlock()
				}
			})
		}
		// A moment chosen at random; the process does not see it coming.
		timer := time.NewTimer(time.Duration(random.IntN(80)) * time.Millisecond)
		<-timer.C
		p.kill()
		cancel()
		wg.Wait()
	}
	p := startProcess(t, dir)
	defer p.kill()
	c := connect(t, dir, p.url, client.Options{})
	answered, failed := 0, 0
	for text := range acked {
		w, err := c.AgentWait(t.Context(), &protocol.AgentWaitParams{RunID: text, TimeoutMs: wire.Some(int64(60000))})
		if err != nil || w.Status == protocol.AgentWaitResultStatusTimeout {
			t.Fatalf("%s was acknowledged and does not end: %+v, %v", text, w, err)
		}
		if w.Status == protocol.AgentWaitResultStatusOk {
			answered++
		} else {
			failed++
		}
	}
	for s := range 3 {
		session := fmt.Sprint("kill", s)
		h, err := c.ChatHistory(t.Context(), &protocol.ChatHistoryParams{SessionKey: protocol.SessionKey(session), Limit: wire.Some(int64(1000))})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for k := range h.Messages {
			m := &h.Messages[k]
			if m.Role != protocol.MessageRoleUser {
				continue
			}
			seen[plainText(m)]++
			if acked[plainText(m)] == "" {
				continue // taken, but the kill came before the answer; its run may go on
			}
			if k+1 == len(h.Messages) || h.Messages[k+1].Role != protocol.MessageRoleAssistant {
				t.Errorf("%s: nothing follows %q", session, plainText(m))
			}
		}
		for text, in := range acked {
			if in == session && seen[text] != 1 {
				t.Errorf("%s: %q is there %d times", session, text, seen[text])
			}
		}
	}
	t.Logf("%d kills; %d messages acknowledged, %d answered, %d ended in an error", kills, len(acked), answered, failed)
	if len(acked) == 0 {
		t.Error("nothing was acknowledged before a kill")
	}
}

func plainText(m *protocol.Message) string {
	for _, b := range m.Content.Array {
		if text, ok := b.(*protocol.TextBlock); ok {
			return text.Text
		}
	}
	return m.Content.String
}
