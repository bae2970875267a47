package load

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// RPCOptions say how requests are made.
type RPCOptions struct {
	Conns    int           // connections
	Depth    int           // requests on the way at a time, on each
	For      time.Duration // how long
	Method   string        // what is called, without params
	Hostile  int           // connections beside that send what no client should
	Unwarmed bool          // measure from the first request on
}

// RPCResult is how it went.
type RPCResult struct {
	Method     string        `json:"method"`
	Conns      int           `json:"connections"`
	Depth      int           `json:"depth"`
	Hostile    int           `json:"hostile,omitempty"`
	Requests   uint64        `json:"requests"`
	Took       time.Duration `json:"tookNs"`
	PerSecond  float64       `json:"perSecond"`
	P50        time.Duration `json:"p50Ns"`
	P99        time.Duration `json:"p99Ns"`
	Max        time.Duration `json:"maxNs"`
	CPU        time.Duration `json:"cpuNs,omitempty"` // of the gateway, all together
	CPUEach    time.Duration `json:"cpuPerRequestNs,omitempty"`
	HostileOut uint64        `json:"hostileFrames,omitempty"`
}

// warmUp is how much of the time goes by before anything is counted.
const warmUp = 10

// RPC calls a method over and over.
func RPC(ctx context.Context, t *Target, o RPCOptions) (*RPCResult, error) {
	conns, err := t.connect(ctx, o.Conns, 16<<10)
	if err != nil {
		return nil, err
	}
	defer hangUp(conns)
	stopHostile := func() uint64 { return 0 }
	if o.Hostile > 0 {
		stopHostile = t.harass(ctx, o.Hostile)
	}
	defer stopHostile()
	warm := o.For / warmUp
	if o.Unwarmed {
		warm = 0
	}
	start := time.Now().Add(warm)
	end := start.Add(o.For)
	callers := make([]*caller, len(conns))
	used := make(chan time.Duration, 1)
	measured := time.AfterFunc(warm, func() { used <- cpu(t.PID) })
	defer measured.Stop()
	err = each(ctx, len(conns), len(conns), func(ctx context.Context, k int) error {
		callers[k] = &caller{conn: conns[k], method: o.Method, sent: make([]time.Time, o.Depth)}
		return callers[k].run(ctx, start, end)
	})
	if err != nil {
		return nil, err
	}
	took := time.Since(start)
	r := &RPCResult{Method: o.Method, Conns: o.Conns, Depth: o.Depth, Hostile: o.Hostile, Took: took}
	if t.PID != 0 {
		r.CPU = cpu(t.PID) - <-used
	}
	var all Histogram
	for _, c := range callers {
		all.Merge(&c.times)
		r.Max = max(r.Max, c.longest)
	}
	r.Requests = all.Count()
	r.PerSecond = float64(r.Requests) / took.Seconds()
	r.P50, r.P99 = all.Quantile(0.5), all.Quantile(0.99)
	if r.Requests > 0 {
		r.CPUEach = r.CPU / time.Duration(r.Requests)
	}
	r.HostileOut = stopHostile()
	return r, nil
}

// caller makes requests on one connection. The id of a request is its place
// among those that are on the way.
type caller struct {
	*conn
	method  string
	sent    []time.Time
	times   Histogram
	longest time.Duration
}

// patience is how long an answer may take.
const patience = 30 * time.Second

var answered = []byte(`{"type":"res","id":"`)

func (c *caller) run(ctx context.Context, start, end time.Time) error {
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	requests := make([][]byte, len(c.sent))
	for k := range requests {
		requests[k] = frame(nil, fmt.Appendf(nil, `{"type":"req","id":"%d","method":%q}`, k, c.method))
	}
	var batch []byte
	now := time.Now()
	for k := range requests {
		c.sent[k] = now
		batch = append(batch, requests[k]...)
	}
	waiting := len(requests)
	for waiting > 0 {
		if len(batch) > 0 {
			if _, err := c.Write(batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
		if err := c.SetReadDeadline(now.Add(patience)); err != nil {
			return err
		}
		// All that is there is taken before the next are sent.
		for first := true; first || c.r.Buffered() > 0 && waiting > 0; first = false {
			k, err := c.answer()
			if err != nil {
				return err
			}
			if k < 0 {
				continue
			}
			now = time.Now()
			took := now.Sub(c.sent[k])
			if c.sent[k].After(start) {
				c.times.Add(took)
				c.longest = max(c.longest, took)
			}
			if now.After(end) {
				waiting--
				continue
			}
			c.sent[k] = now
			batch = append(batch, requests[k]...)
		}
	}
	return nil
}

// answer reads a message: the number of the request that it answers, or -1.
func (c *caller) answer() (int, error) {
	text, err := c.next()
	if err != nil {
		return 0, err
	}
	if !bytes.HasPrefix(text, answered) {
		return -1, nil // an event
	}
	id, rest, _ := bytes.Cut(text[len(answered):], []byte(`"`))
	k, err := strconv.Atoi(string(id))
	if err != nil || k < 0 || k >= len(c.sent) || !bytes.HasPrefix(rest, []byte(`,"ok":true`)) {
		return 0, fmt.Errorf("%s was answered with %.300s", c.method, text)
	}
	return k, nil
}

// harass keeps connections busy that send what no client should, until the
// function that it returns is called; that gives how many frames were sent.
func (t *Target) harass(ctx context.Context, n int) func() uint64 {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	sent := make([]uint64, n)
	for k := range n {
		done.Go(func() { sent[k] = t.hostile(ctx, k) })
	}
	return sync.OnceValue(func() uint64 {
		cancel()
		done.Wait()
		sum := uint64(0)
		for _, s := range sent {
			sum += s
		}
		return sum
	})
}
