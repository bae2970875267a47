package load

import (
	"context"
	"errors"
	"time"
)

// IdleOptions say how many connections do nothing.
type IdleOptions struct {
	Conns  int
	Settle time.Duration // how long to wait before memory is measured
}

// IdleResult is what they take.
type IdleResult struct {
	Ready     time.Duration `json:"readyNs"` // from starting the gateway until it listened
	Conns     int           `json:"connections"`
	Took      time.Duration `json:"connectNs"`
	PerSecond float64       `json:"connectsPerSecond"`
	Before    int64         `json:"residentBefore"`
	After     int64         `json:"residentAfter"`
	Each      int64         `json:"bytesPerConnection"`
	CPU       time.Duration `json:"cpuPerConnectNs"`
}

// ErrNoMemory says that the memory of the gateway cannot be seen from here.
var ErrNoMemory = errors.New("the gateway's memory cannot be measured here: let bench start the gateway, on Linux")

// Idle opens connections that are let in and then do nothing.
func Idle(ctx context.Context, t *Target, o IdleOptions) (*IdleResult, error) {
	if t.PID == 0 || resident(t.PID) == 0 {
		return nil, ErrNoMemory
	}
	// What the first connections bring with them is not theirs.
	first, err := t.connect(ctx, 50, 256)
	if err != nil {
		return nil, err
	}
	hangUp(first)
	pause(ctx, o.Settle)
	r := &IdleResult{Ready: t.Ready, Conns: o.Conns, Before: resident(t.PID)}
	begin, used := time.Now(), cpu(t.PID)
	conns, err := t.connect(ctx, o.Conns, 256)
	if err != nil {
		return nil, err
	}
	defer hangUp(conns)
	r.Took = time.Since(begin)
	r.CPU = (cpu(t.PID) - used) / time.Duration(o.Conns)
	r.PerSecond = float64(o.Conns) / r.Took.Seconds()
	pause(ctx, o.Settle)
	r.After = resident(t.PID)
	r.Each = (r.After - r.Before) / int64(o.Conns)
	return r, ctx.Err()
}
