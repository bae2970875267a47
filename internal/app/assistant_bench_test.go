package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
)

// pace is a model service whose answers are timed: 20 tokens each.
type pace struct {
	every time.Duration
	asked chan time.Time // when each request came
	token chan time.Time // when each first token left
}

func (p *pace) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	select {
	case p.asked <- time.Now():
	default:
	}
	w.Header().Set("Content-Type", "text/event-stream")
	flush := w.(http.Flusher).Flush
	flush()
	for k := range 20 {
		if k > 0 || p.every > 0 {
			<-time.After(p.every)
		}
		piece, _ := json.Marshal(map[string]any{"id": "x", "object": "chat.completion.chunk", "model": "m",
			"choices": []any{map[string]any{"index": 0, "delta": map[string]any{"content": fmt.Sprint("token", k, " ")}}}})
		if k == 0 {
			select {
			case p.token <- time.Now():
			default:
			}
		}
		fmt.Fprintf(w, "data: %s\n\n", piece)
		flush()
	}
	fmt.Fprint(w, `data: {"id":"x","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}`+"\n\ndata: [DONE]\n\n")
}

// paced starts a gateway, in a process of its own, whose model is the service.
func paced(b *testing.B, p *pace) (*process, *client.Client) {
	b.Helper()
	service := httptest.NewServer(p)
	b.Cleanup(service.Close)
	dir := filepath.Join(b.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	config := fmt.Sprintf(`{agents: {defaults: {model: "box/m"}, maxConcurrent: 100}, models: {providers: {box: {api: "openai-completions", baseUrl: "%s/v1", apiKey: "k", models: [{id: "m"}]}}}}`, service.URL)
	if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	g := startProcess(b, dir)
	b.Cleanup(g.kill)
	return g, connect(b, dir, g.url, client.Options{})
}

// BenchmarkChat measures one run after the other: from chat.send to the request
// at the provider, from the provider's first token to the client's first delta,
// and the gateway's CPU for a run of 20 tokens.
func BenchmarkChat(b *testing.B) {
	p := &pace{every: 2 * time.Millisecond, asked: make(chan time.Time, 1), token: make(chan time.Time, 1)}
	g, c := paced(b, p)
	deltas, finals := make(chan time.Time, 1), make(chan string, 16)
	c.OnChat(func(e *protocol.ChatEvent) {
		if e.State == protocol.ChatStateDelta {
			select {
			case deltas <- time.Now():
			default:
			}
			return
		}
		finals <- string(e.State)
	})
	var toProvider, toClient []time.Duration
	run := func(k int) {
		for _, ch := range []chan time.Time{p.asked, p.token, deltas} {
			select {
			case <-ch:
			default:
			}
		}
		began := time.Now()
		if _, err := c.ChatSend(b.Context(), &protocol.ChatSendParams{SessionKey: protocol.SessionKey(fmt.Sprint("s", k%10)), Message: "hello", IdempotencyKey: protocol.IdempotencyKey(fmt.Sprint("k", k))}); err != nil {
			b.Fatal(err)
		}
		asked, token, delta := <-p.asked, <-p.token, <-deltas
		if state := <-finals; state != "final" {
			b.Fatal(state)
		}
		toProvider, toClient = append(toProvider, asked.Sub(began)), append(toClient, delta.Sub(token))
	}
	for k := range 20 {
		run(-1 - k)
	}
	toProvider, toClient = nil, nil
	before := cpuOf(g.cmd.Process.Pid)
	k := 0
	for b.Loop() {
		run(k)
		k++
	}
	b.ReportMetric(float64((cpuOf(g.cmd.Process.Pid)-before).Microseconds())/float64(k), "cpu-µs/run")
	b.ReportMetric(median(toProvider), "provider-µs")
	b.ReportMetric(median(toClient), "delta-µs")
}

func median(d []time.Duration) float64 { return quantile(d, 0.5) }

func quantile(d []time.Duration, q float64) float64 {
	slices.Sort(d)
	return float64(d[min(len(d)-1, int(float64(len(d))*q))].Microseconds())
}

// BenchmarkHealthBesideRuns measures health while 50 sessions stream.
func BenchmarkHealthBesideRuns(b *testing.B) {
	p := &pace{every: 20 * time.Millisecond}
	_, c := paced(b, p)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	over := make(map[string]chan struct{})
	var mu sync.Mutex
	c.OnChat(func(e *protocol.ChatEvent) {
		if e.State == protocol.ChatStateDelta {
			return
		}
		mu.Lock()
		if ch := over[e.RunID]; ch != nil {
			close(ch)
			delete(over, e.RunID)
		}
		mu.Unlock()
	})
	for s := range 50 {
		wg.Go(func() {
			for k := 0; ; k++ {
				select {
				case <-stop:
					return
				default:
				}
				key := fmt.Sprint("s", s, "k", k)
				end := make(chan struct{})
				mu.Lock()
				over[key] = end
				mu.Unlock()
				if _, err := c.ChatSend(b.Context(), &protocol.ChatSendParams{SessionKey: protocol.SessionKey(fmt.Sprint("s", s)), Message: "hello", IdempotencyKey: protocol.IdempotencyKey(key)}); err != nil {
					return
				}
				<-end
			}
		})
	}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if _, err := c.Health(b.Context(), &protocol.HealthParams{}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	close(stop)
	wg.Wait()
	b.ReportMetric(quantile(took, 0.5), "p50-µs")
	b.ReportMetric(quantile(took, 0.99), "p99-µs")
}

// cpuOf is how much CPU a process has taken; 0 where the system does not tell.
func cpuOf(pid int) time.Duration {
	if runtime.GOOS != "linux" {
		return 0
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond // 100 ticks a second
}
