// Package voice serves the group of that name: wake words, which all clients and
// nodes share, and talk mode, which is only told of.
package voice

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// Store is where wake words are kept.
type Store interface {
	Read(ctx context.Context, f func(store.Querier) error) error
	Write(ctx context.Context, f func(*store.Tx) error) error
}

// Events tells connections, and knows who is connected.
type Events interface {
	Publish(ctx context.Context, e protocol.Event)
	PublishTo(connID string, e protocol.Event) bool
	Peers() []*server.Peer
}

// Service keeps the wake words.
type Service struct {
	store  Store
	events Events
	now    func() time.Time

	mu    sync.Mutex // of the order in which changes are told
	words []string
}

var _ protocol.VoiceHandler = (*Service)(nil)

// New returns a service. Start is to be called before it is used.
func New(st Store, events Events) *Service {
	return &Service{store: st, events: events, now: time.Now, words: defaults}
}

// defaults are the wake words where none were set.
var defaults = []string{"clawd", "claude", "computer"}

const (
	maxWords  = 32
	maxLength = 64 // of a word, in characters
)

// Start reads the words.
func (s *Service) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.Read(ctx, func(q store.Querier) error {
		rows, err := q.QueryContext(ctx, `SELECT word FROM voicewake ORDER BY place`)
		if err != nil {
			return err
		}
		defer rows.Close()
		var words []string
		for rows.Next() {
			var word string
			if err := rows.Scan(&word); err != nil {
				return err
			}
			words = append(words, word)
		}
		if len(words) > 0 {
			s.words = words
		}
		return rows.Err()
	})
}

// Opened tells a node that connects what to listen for.
func (s *Service) Opened(p *server.Peer) {
	if p.Role != protocol.RoleNode {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events.PublishTo(p.ConnID, s.changed())
}

func (s *Service) changed() protocol.Event {
	return protocol.NewEventVoicewakeChanged(&protocol.VoicewakeTriggers{Triggers: slices.Clone(s.words)})
}

// kept are the words of a list that count.
func kept(list []string) []string {
	var words []string
	for _, word := range list {
		if word = strings.TrimSpace(word); word == "" || len(words) == maxWords {
			continue
		}
		if runes := []rune(word); len(runes) > maxLength {
			word = string(runes[:maxLength])
		}
		words = append(words, strings.Clone(word))
	}
	return words
}
