package system

import (
	"context"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

const (
	healthEvery  = time.Minute            // how often health is looked at in any case
	healthApart  = time.Second            // looks that would come closer are one
	whoLeftApart = 250 * time.Millisecond // clients that leave closer together are told of at once
)

// pulse asks for something to be done soon; asking again before that is the
// same.
type pulse chan struct{}

func newPulse() pulse { return make(pulse, 1) }

func (p pulse) beat() {
	select {
	case p <- struct{}{}:
	default:
	}
}

// follow does f at every beat, and with each tick, until ctx ends; never twice
// within apart.
func (p pulse) follow(ctx context.Context, tick <-chan time.Time, apart time.Duration, f func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p:
		case <-tick:
		}
		f()
		select {
		case <-ctx.Done():
			return
		case <-time.After(apart):
		}
	}
}

// Run looks at health and tells who left, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() {
		minute := time.NewTicker(healthEvery)
		defer minute.Stop()
		s.health.beat()
		s.health.follow(ctx, minute.C, healthApart, s.look)
	})
	both.Go(func() { s.left.follow(ctx, nil, whoLeftApart, s.announce) })
	both.Wait()
}

// look tells everyone how the gateway is.
func (s *Service) look() {
	summary := s.summary(context.Background())
	s.events.BumpHealth()
	s.events.Publish(context.Background(), protocol.NewEventHealth(summary))
}
