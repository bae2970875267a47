//go:build unix

package server_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv(receiversEnv)); err == nil {
		receive(n, os.Getenv(receiversEnv+"_ADDRESS"), os.Getenv(receiversEnv+"_HELLO") != "")
		return
	}
	goleak.VerifyTestMain(m)
}

// receiversEnv makes the test's program a client of the benchmark: receivers are
// a process of their own, so that what the server computes is seen alone.
const receiversEnv = "GATESMITH_BENCH_RECEIVERS"

// receive takes messages on many connections until its input ends. For every
// round of n messages to each, given as a line of input, it prints a line when
// they are there.
func receive(n int, address string, hello bool) {
	var got atomic.Int64
	var ready sync.WaitGroup
	arrived := make(chan struct{}, 1)
	for range n {
		ready.Add(1)
		go func() {
			c, err := net.Dial("tcp", address)
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(c, "GET /v1/connect HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
			r := bufio.NewReaderSize(c, 16<<10)
			if _, err := http.ReadResponse(r, nil); err != nil {
				panic(err)
			}
			skip := func() bool {
				head, err := r.Peek(4)
				if err != nil {
					return false
				}
				size := 2 + int(head[1])
				if head[1] == 126 {
					size = 4 + int(binary.BigEndian.Uint16(head[2:]))
				}
				_, err = r.Discard(size)
				return err == nil
			}
			if hello {
				_, _ = c.Write(encode(fin|opText, []byte(bare)))
				skip()
			}
			ready.Done()
			for skip() {
				got.Add(1)
				select {
				case arrived <- struct{}{}:
				default:
				}
			}
		}()
	}
	ready.Wait()
	fmt.Println("ready")
	want := int64(0)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		round, err := strconv.Atoi(lines.Text())
		if err != nil {
			panic(err)
		}
		want += int64(round * n)
		for got.Load() < want {
			<-arrived
		}
		fmt.Println("there")
	}
}

// receivers are the clients, seen from the server.
type receivers struct {
	in  io.WriteCloser
	out *bufio.Scanner
	cmd *exec.Cmd
}

func startReceivers(b *testing.B, n int, address string, hello bool) *receivers {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", receiversEnv, n), receiversEnv+"_ADDRESS="+address)
	if hello {
		cmd.Env = append(cmd.Env, receiversEnv+"_HELLO=1")
	}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	r := &receivers{in, bufio.NewScanner(out), cmd}
	if !r.out.Scan() {
		b.Fatal("the receivers did not come up")
	}
	return r
}

func (r *receivers) stop(b *testing.B) {
	r.in.Close()
	if err := r.cmd.Wait(); err != nil {
		b.Error(err)
	}
}

// computed is what this process has computed so far.
func computed() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// publisher sends one message to all connections.
type publisher func()

// documented serves WebSocket as the examples of coder/websocket do it: a
// goroutine and a channel a connection, a write for each message.
type documented struct {
	mu    sync.Mutex
	subs  map[chan []byte]struct{}
	ready sync.WaitGroup // for those that have not subscribed yet
}

func (d *documented) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer ws.CloseNow()
	messages := make(chan []byte, 128)
	d.mu.Lock()
	d.subs[messages] = struct{}{}
	d.mu.Unlock()
	d.ready.Done()
	ctx := ws.CloseRead(context.Background())
	for {
		select {
		case m := <-messages:
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			err := ws.Write(ctx, websocket.MessageText, m)
			cancel()
			if err != nil {
				return
			}
		case <-ctx.Done():
			d.mu.Lock()
			delete(d.subs, messages)
			d.mu.Unlock()
			return
		}
	}
}

func (d *documented) publish(m []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for s := range d.subs {
		s <- m
	}
}

// BenchmarkFanout compares what a delivery to one of 500 connections costs the
// server, in CPU time, against the WebSocket library used as its documentation
// does. In a flood 64 events are on the way at a time.
func BenchmarkFanout(b *testing.B) {
	const n = 500
	event := protocol.NewEventCron(&protocol.CronEvent{JobID: "job-1", Action: "finished", Summary: wire.Some(strings.Repeat("x", 100)), DurationMs: wire.Some[int64](1234)})
	plain := append([]byte(`{"type":"event","event":"cron","payload":`), event.Payload.AppendJSON(nil)...)
	plain = append(plain, `,"seq":12345}`...)
	for _, burst := range []int{64, 4} {
		name := "flood"
		if burst == 4 {
			name = "bursts"
		}
		b.Run(name+"/documented", func(b *testing.B) {
			d := &documented{subs: map[chan []byte]struct{}{}}
			d.ready.Add(n)
			h := httptest.NewServer(d)
			defer h.Close()
			r := startReceivers(b, n, h.Listener.Addr().String(), false)
			defer r.stop(b)
			d.ready.Wait()
			deliver(b, r, n, burst, func() { d.publish(plain) })
		})
		b.Run(name+"/ours", func(b *testing.B) {
			s := server.New(server.Options{Admit: server.AdmitFunc(admin)})
			h := httptest.NewServer(s)
			defer h.Close()
			defer s.Shutdown(b.Context(), "", 0)
			r := startReceivers(b, n, h.Listener.Addr().String(), true)
			defer r.stop(b)
			deliver(b, r, n, burst, func() { s.Publish(b.Context(), event) })
		})
	}
	b.Logf("events of %d bytes", len(plain))
}

func deliver(b *testing.B, r *receivers, n, burst int, publish publisher) {
	round := func() {
		for range burst {
			publish()
		}
		fmt.Fprintln(r.in, burst)
		if !r.out.Scan() {
			b.Fatal("the receivers are gone")
		}
	}
	for range 10 {
		round()
	}
	before := computed()
	b.ResetTimer()
	for b.Loop() {
		round()
	}
	b.StopTimer()
	deliveries := float64(b.N * n * burst)
	b.ReportMetric(float64(computed()-before)/deliveries, "cpu-ns/delivery")
	b.ReportMetric(deliveries/b.Elapsed().Seconds(), "deliveries/s")
}
