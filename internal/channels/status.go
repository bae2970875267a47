package channels

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// State is a channel in a word.
type State struct {
	ID, Label, Account string
	Configured, Linked bool
	Accounts           []AccountState
}

// AccountState is an account in a word.
type AccountState struct {
	ID                          string
	Configured, Linked, Running bool
	Error                       string // the last fault; "" none
	Probe                       wire.Raw
	ProbedAt                    int64
}

// word is the account in a word. Nothing is asked for it.
func (m *member) word() AccountState {
	st := m.snapshot()
	a := AccountState{ID: m.settings.ID, Configured: m.settings.Missing == "", Linked: m.unusable() == "", Running: st.running, Error: cmp.Or(m.unusable(), st.lastError)}
	if st.probe != nil {
		a.Probe, a.ProbedAt = raw(st.probe), st.lastProbe.UnixMilli()
	}
	return a
}

// Overview tells of every channel in a word.
func (s *Service) Overview() []State {
	var out []State
	for _, k := range s.kinds {
		info := k.Info()
		st := State{ID: info.ID, Label: info.Label, Account: s.accountID(info.ID, "")}
		for _, m := range s.all() {
			if m.info.ID != info.ID {
				continue
			}
			a := m.word()
			st.Accounts = append(st.Accounts, a)
			if a.ID == st.Account {
				st.Configured, st.Linked = a.Configured, a.Linked
			}
		}
		out = append(out, st)
	}
	return out
}

// ChannelsStatus tells of every channel, and of its accounts.
func (s *Service) ChannelsStatus(ctx context.Context, p *protocol.ChannelsStatusParams) (*protocol.ChannelsStatusResult, error) {
	if p.Probe.V {
		s.probe(ctx, max(time.Second, time.Duration(p.TimeoutMs.V)*time.Millisecond))
	}
	out := &protocol.ChannelsStatusResult{Ts: protocol.Timestamp(s.nowMs()), ChannelOrder: []string{}, ChannelLabels: map[string]string{},
		ChannelDetailLabels: map[string]string{}, ChannelSystemImages: map[string]string{}, ChannelMeta: []protocol.ChannelMeta{},
		Channels: map[string]protocol.ChannelSummary{}, ChannelAccounts: map[string][]protocol.ChannelAccount{}, ChannelDefaultAccountID: map[string]string{}}
	for _, k := range s.kinds {
		info := k.Info()
		id := info.ID
		out.ChannelOrder = append(out.ChannelOrder, id)
		out.ChannelLabels[id], out.ChannelDetailLabels[id], out.ChannelSystemImages[id] = info.Label, info.Detail, info.Image
		out.ChannelMeta = append(out.ChannelMeta, protocol.ChannelMeta{ID: id, Label: info.Label, DetailLabel: info.Detail, SystemImage: wire.Some(info.Image)})
		out.ChannelAccounts[id] = []protocol.ChannelAccount{}
		out.ChannelDefaultAccountID[id] = s.accountID(id, "")
		out.Channels[id] = protocol.ChannelSummary{Configured: false}
	}
	for _, m := range s.all() {
		a, summary := m.status(ctx)
		if id := m.info.ID; out.ChannelDefaultAccountID[id] == a.AccountID {
			out.Channels[id] = summary
		}
		out.ChannelAccounts[m.info.ID] = append(out.ChannelAccounts[m.info.ID], a)
	}
	return out, nil
}

// probe asks all accounts that can be asked, at once.
func (s *Service) probe(ctx context.Context, limit time.Duration) {
	var wg sync.WaitGroup
	for _, m := range s.all() {
		prober, ok := m.account.(Prober)
		if !ok {
			continue
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, limit)
			defer cancel()
			found, err := prober.Probe(ctx)
			var t *Terminal
			if errors.As(err, &t) {
				m.terminate(t)
			}
			if err != nil {
				found = map[string]any{"ok": false, "error": err.Error()}
			}
			m.note(func(st *state) { st.probe, st.lastProbe = found, s.now() })
		})
	}
	wg.Wait()
}

// status is an account as clients see it.
func (m *member) status(ctx context.Context) (protocol.ChannelAccount, protocol.ChannelSummary) {
	st := m.snapshot()
	a := m.settings.Shown
	a.AccountID, a.Name = m.settings.ID, said(m.settings.Name)
	a.Enabled, a.Configured = wire.Some(m.settings.Enabled), wire.Some(m.settings.Missing == "" && (m.account != nil || !m.settings.Enabled))
	a.Running = wire.Some(st.running)
	if m.info.Silence > 0 {
		a.Connected = wire.Some(st.connected)
		a.ReconnectAttempts = wire.Some(int64(st.attempts))
	}
	a.LastStartAt, a.LastStopAt, a.LastConnectedAt = at(st.lastStart), at(st.lastStop), at(st.lastConnected)
	a.LastInboundAt, a.LastOutboundAt, a.LastEventAt = at(st.lastInbound), at(st.lastOutbound), at(st.lastEvent)
	a.LastMessageAt = at(latest(st.lastInbound, st.lastOutbound))
	a.LastProbeAt, a.LastError = at(st.lastProbe), wire.ExplicitNull[string]()
	if why := cmp.Or(m.unusable(), st.lastError); why != "" && m.settings.Enabled {
		a.LastError = wire.SomeOrNull(why)
	}
	a.LastDisconnect = wire.ExplicitNull[protocol.ChannelDisconnect]()
	if !st.lastLostAt.IsZero() {
		a.LastDisconnect = wire.SomeOrNull(protocol.ChannelDisconnect{Kind: protocol.ChannelDisconnectIsObject, Object: protocol.ChannelDisconnectDetails{
			At: protocol.Timestamp(st.lastLostAt.UnixMilli()), Error: said(st.lastLost), LoggedOut: wire.Some(st.terminal != nil && st.terminal.Cause == LoggedOut)}})
	}
	if x := m.settings.Access; x != nil {
		a.DmPolicy = said(string(x.Dm.V))
		a.AllowFrom = x.AllowFrom
	}
	if l, ok := m.account.(Linker); ok {
		linked, err := l.Linked(ctx)
		a.Linked = wire.Some(linked && err == nil && st.terminal == nil)
	}
	if st.probe != nil {
		a.Probe = raw(st.probe)
	}
	a.Extra = append(a.Extra, wire.Member{Name: "queued", Value: wire.Raw(wire.AppendInt(nil, int64(m.out.length())))})
	if st.terminal != nil {
		a.Extra = append(a.Extra, wire.Member{Name: "stopped", Value: raw(string(st.terminal.Cause))})
	}
	sum := protocol.ChannelSummary{Configured: a.Configured.V, Linked: a.Linked, Running: a.Running, Connected: a.Connected, TokenSource: a.TokenSource,
		ReconnectAttempts: a.ReconnectAttempts, LastConnectedAt: a.LastConnectedAt, LastDisconnect: a.LastDisconnect, LastStartAt: a.LastStartAt, LastStopAt: a.LastStopAt,
		LastMessageAt: a.LastMessageAt, LastEventAt: a.LastEventAt, LastProbeAt: a.LastProbeAt, LastError: a.LastError, Probe: a.Probe}
	sum.Mode = wire.ExplicitNull[string]()
	if a.Mode.V != "" && st.running {
		sum.Mode = wire.SomeOrNull(a.Mode.V)
	}
	if d, ok := m.account.(Describer); ok {
		d.Describe(&a, &sum)
	}
	return a, sum
}

func raw(v any) wire.Raw {
	text, err := json.Marshal(v)
	if err != nil {
		return wire.Raw(`{"ok":false}`)
	}
	return text
}

// at is a time as clients see it; none is null.
func at(t time.Time) wire.OptNull[protocol.Timestamp] {
	if t.IsZero() {
		return wire.ExplicitNull[protocol.Timestamp]()
	}
	return wire.SomeOrNull(protocol.Timestamp(t.UnixMilli()))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
