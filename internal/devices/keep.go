package devices

import (
	"context"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/server"
)

// keepEvery is how often requests of connected devices are given new time.
const keepEvery = time.Minute

// Run keeps the requests of devices that are connected from lapsing, until ctx
// ends.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			// What fails now is tried again long before a request lapses.
			_ = s.keep(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// keep forgets the requests that have lapsed, and gives those of connected
// devices new time.
func (s *Service) keep(ctx context.Context) error {
	var waiting []*pending
	err := s.store.Read(ctx, func(q store.Querier) (err error) {
		waiting, err = s.waiting(ctx, q)
		return err
	})
	if err != nil || len(waiting) == 0 {
		return err
	}
	there := connected(s.conns.Peers())
	return s.store.Write(ctx, func(tx *store.Tx) error {
		if err := expire(ctx, tx, s.now().UnixMilli()); err != nil {
			return err
		}
		for _, p := range waiting {
			if !there[p.DeviceID] {
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE device_pending SET expires_at_ms = ? WHERE request_id = ?`, s.until(), p.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// connected are the ids of devices and nodes that are there.
func connected(peers []*server.Peer) map[string]bool {
	out := map[string]bool{}
	for _, p := range peers {
		out[p.Device] = true
		out[p.Node()] = true
	}
	return out
}
