package load

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// FanoutOptions say how events are sent to many.
type FanoutOptions struct {
	Receivers int
	Burst     int           // events sent at once, before all receivers have them; 0: as many as can be
	For       time.Duration // how long
}

// FanoutResult is how it went.
type FanoutResult struct {
	Receivers  int           `json:"receivers"`
	Burst      int           `json:"burst,omitempty"`
	Events     uint64        `json:"events"`
	Deliveries uint64        `json:"deliveries"`
	Bytes      int           `json:"bytesPerEvent"`
	Took       time.Duration `json:"tookNs"`
	PerSecond  float64       `json:"perSecond"`
	CPU        time.Duration `json:"cpuNs,omitempty"` // of the gateway, all together
	CPUEach    time.Duration `json:"cpuPerDeliveryNs,omitempty"`
}

// window is how many events are on the way in a flood.
const window = 64

// The event is the presence list, which every reader of it gets whenever a note
// is sent. Its list has two entries: the gateway's, and the note's.
var (
	note  = []byte(`{"type":"req","id":"1","method":"system-event","params":{"text":"Node: bench","instanceId":"bench","mode":"bench","reason":"periodic"}}`)
	event = []byte(`{"type":"event","event":"presence"`)
)

// Fanout sends events to many connections.
func Fanout(ctx context.Context, t *Target, o FanoutOptions) (*FanoutResult, error) {
	conns, err := t.connect(ctx, o.Receivers, 8<<10)
	if err != nil {
		return nil, err
	}
	defer hangUp(conns)
	sender, err := t.dial(ctx, 64<<10)
	if err != nil {
		return nil, err
	}
	defer sender.Close()
	f := &fanout{receivers: len(conns), arrived: make(chan struct{}, 1)}
	var reading sync.WaitGroup
	defer reading.Wait()
	defer hangUp(conns)
	for _, c := range conns {
		reading.Go(func() { f.receive(c) })
	}
	defer context.AfterFunc(ctx, func() { _ = sender.Close(); hangUp(conns) })()
	// The first event is for warming up, and tells its size.
	if err := f.send(sender, 1); err != nil {
		return nil, err
	}
	begin, used, before := time.Now(), cpu(t.PID), f.deliveries.Load()
	events := uint64(0)
	for time.Since(begin) < o.For {
		n := o.Burst
		if n == 0 {
			n = window
		}
		if err := f.send(sender, n); err != nil {
			return nil, err
		}
		events += uint64(n)
	}
	r := &FanoutResult{Receivers: o.Receivers, Burst: o.Burst, Events: events, Took: time.Since(begin),
		Deliveries: f.deliveries.Load() - before, Bytes: int(f.size.Load())}
	if t.PID != 0 {
		r.CPU = cpu(t.PID) - used
	}
	r.PerSecond = float64(r.Deliveries) / r.Took.Seconds()
	if r.Deliveries > 0 {
		r.CPUEach = r.CPU / time.Duration(r.Deliveries)
	}
	return r, ctx.Err()
}

// fanout counts what arrives.
type fanout struct {
	receivers  int
	deliveries atomic.Uint64
	wanted     atomic.Uint64
	size       atomic.Int64
	arrived    chan struct{}
}

// send makes events, and waits until every receiver has them.
func (f *fanout) send(c *conn, n int) error {
	f.wanted.Store(f.deliveries.Load() + uint64(n*f.receivers))
	var batch []byte
	for range n {
		batch = frame(batch, note)
	}
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := c.Write(batch); err != nil {
		return err
	}
	for answers := 0; answers < n; {
		text, err := c.next()
		if err != nil {
			return err
		}
		if bytes.HasPrefix(text, answered) {
			answers++
			if !bytes.Contains(text, []byte(`"ok":true`)) {
				return fmt.Errorf("system-event was answered with %.300s", text)
			}
		}
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	for f.deliveries.Load() < f.wanted.Load() {
		select {
		case <-f.arrived:
		case <-late.C:
			return fmt.Errorf("of %d deliveries %d are missing", f.wanted.Load(), f.wanted.Load()-f.deliveries.Load())
		}
	}
	return nil
}

func (f *fanout) receive(c *conn) {
	for {
		text, err := c.next()
		if err != nil {
			return
		}
		if !bytes.HasPrefix(text, event) {
			continue
		}
		if n := f.deliveries.Add(1); n >= f.wanted.Load() {
			f.size.Store(int64(len(text)))
			select {
			case f.arrived <- struct{}{}:
			default:
			}
		}
	}
}
