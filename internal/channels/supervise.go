package channels

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"golang.org/x/time/rate"
)

// How accounts are run.
const (
	stopTime     = 5 * time.Second // until a run that was told to end is left behind
	firstRestart = time.Second
	lastRestart  = time.Minute
	steady       = 30 * time.Second // of connection, after which restarts begin early again
	takings      = 8                // chats of an account whose messages are taken at a time
	maxQueued    = 10_000           // messages that wait in an account's outbox, and in its inbox
)

var (
	errSilent  = errors.New("nothing was heard of the service")
	errStopped = errors.New("the account was stopped")
	errStale   = errors.New("this run of the account was ended")
)

// member is an account with what runs it.
type member struct {
	svc      *Service
	kind     Kind
	info     *Info
	settings *Settings
	print    string // of the settings, to see a change
	account  Account
	fault    string // why there is no account
	log      *slog.Logger
	limiter  *rate.Limiter
	out, in  *lines
	wg       sync.WaitGroup // supervision, and runs

	mu       sync.Mutex
	state    state
	stop     context.CancelCauseFunc // of the supervision
	finished chan struct{}           // of the supervision
	inbox    *inbox                  // of the run that goes on
	held     time.Time
}

// state is what is known of an account.
type state struct {
	running, connected                               bool
	attempts                                         int
	lastStart, lastStop, lastConnected, lastEvent    time.Time
	lastInbound, lastOutbound, lastProbe, lastLostAt time.Time
	lastError, lastLost                              string
	terminal                                         *Terminal
	probe                                            any
	generation                                       int
}

// open makes a member; it does not run yet.
func (s *Service) open(k Kind, settings *Settings) *member {
	info := k.Info()
	m := &member{svc: s, kind: k, info: info, settings: settings, print: printOf(settings), log: s.log.With("channel", info.ID, "account", settings.ID)}
	limit := rate.Inf
	if settings.Rate > 0 {
		limit = rate.Limit(settings.Rate)
	}
	m.limiter = rate.NewLimiter(limit, max(1, int(settings.Rate)))
	m.out, m.in = newLines(deliveries, m.deliver), newLines(takings, m.take)
	switch {
	case !settings.Enabled:
		m.fault = "it is not enabled"
	case settings.Missing != "":
		m.fault = settings.Missing
	default:
		env := &Env{Channel: info.ID, Account: settings.ID, Logger: m.log, Store: s.o.Store, HTTP: s.o.HTTP, Download: s.download, Now: s.now}
		account, err := k.Open(settings, env)
		if err != nil {
			m.fault = err.Error()
		} else {
			m.account = account
		}
	}
	return m
}

// start lets a member work: its rows first.
func (m *member) start(ctx context.Context) error {
	if m.account == nil {
		return nil
	}
	err := m.svc.o.Store.Write(ctx, func(tx *store.Tx) error {
		out, err := unfinished(ctx, tx, "channel_outbox", m.info.ID, m.settings.ID)
		if err != nil {
			return err
		}
		in, err := unfinished(ctx, tx, "channel_inbox", m.info.ID, m.settings.ID)
		if err != nil {
			return err
		}
		m.out.start(out)
		m.in.start(in)
		return nil
	})
	if err != nil {
		return err
	}
	m.run()
	return nil
}

// run begins the supervision, unless it goes on.
func (m *member) run() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stop != nil {
		select {
		case <-m.finished: // it ended by itself
		default:
			return
		}
	}
	ctx, stop := context.WithCancelCause(context.Background())
	m.stop, m.finished = stop, make(chan struct{})
	m.state.terminal, m.state.attempts = nil, 0
	ended := m.finished
	m.wg.Go(func() {
		defer close(ended)
		m.supervise(ctx)
	})
}

// halt ends the supervision and the run, and waits for it.
func (m *member) halt(cause error) {
	m.mu.Lock()
	stop, ended := m.stop, m.finished
	m.stop = nil
	m.mu.Unlock()
	if stop != nil {
		stop(cause)
		<-ended
	}
}

// close ends all that a member does, within a bounded time.
func (m *member) close() {
	var wg sync.WaitGroup
	wg.Go(func() { m.halt(errStopped) })
	wg.Go(func() { m.out.close(stopTime) })
	wg.Go(func() { m.in.close(stopTime) })
	wg.Wait()
}

// supervise has the account run, again and again, until it is stopped or cannot
// run any more.
func (m *member) supervise(ctx context.Context) {
	for ctx.Err() == nil {
		if t := m.snapshot().terminal; t != nil { // another call found out meanwhile
			m.terminal(t)
			return
		}
		began := m.svc.now()
		err := m.once(ctx)
		var t *Terminal
		if errors.As(err, &t) {
			m.terminal(t)
			return
		}
		if ctx.Err() != nil {
			return
		}
		m.mu.Lock()
		if c := m.state.lastConnected; c.After(began) && m.svc.now().Sub(c) >= steady {
			m.state.attempts = 0
		}
		wait := min(lastRestart, firstRestart<<min(m.state.attempts, 10))
		m.state.attempts++
		m.mu.Unlock()
		wait = wait/2 + rand.N(wait/2+1)
		m.log.Warn("the connection of a channel was lost, it is made anew", "error", err, "after", wait.Round(time.Millisecond))
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// once runs the account, ends the run when its service is silent, and leaves one
// behind that does not end.
func (m *member) once(ctx context.Context) error {
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	in := m.begin(cancel)
	done := make(chan error, 1)
	m.wg.Go(func() { done <- m.account.Run(running, in) })
	err := m.watch(running, in, done)
	cancel(err)
	in.close()
	if errors.Is(err, errEnded) {
		err = nil
	} else {
		left := time.NewTimer(stopTime)
		select {
		case <-done:
		case <-left.C:
			m.log.Error("a run of a channel does not end when told so: it is left behind, and nothing is taken of it")
		}
		left.Stop()
	}
	if err == nil {
		err = in.err
	}
	m.over(ctx, err)
	return err
}

// errEnded says that the run ended by itself; its error is the inbox's.
var errEnded = errors.New("the run ended")

// watch waits for the end of a run, or the reason to end it.
func (m *member) watch(ctx context.Context, in *inbox, done <-chan error) error {
	var silence <-chan time.Time
	var timer *time.Timer
	if m.info.Silence > 0 {
		timer = time.NewTimer(m.info.Silence)
		defer timer.Stop()
		silence = timer.C
	}
	for {
		select {
		case err := <-done:
			in.err = err
			if err == nil && ctx.Err() == nil {
				in.err = errors.New("the connection ended")
			}
			return errEnded
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-silence:
			if quiet := m.svc.now().Sub(in.heard()); quiet < m.info.Silence {
				timer.Reset(m.info.Silence - quiet)
				continue
			}
			return fmt.Errorf("%w for %s", errSilent, m.info.Silence)
		}
	}
}

// begin notes that a run begins, and gives its inbox.
func (m *member) begin(cancel context.CancelCauseFunc) *inbox {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.svc.now()
	m.state.generation++
	m.inbox = &inbox{member: m, cancel: cancel, last: now}
	m.state.running, m.state.connected, m.state.lastStart = true, false, now
	return m.inbox
}

// over notes that a run has ended.
func (m *member) over(ctx context.Context, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.svc.now()
	if m.state.connected {
		m.state.lastLost, m.state.lastLostAt = fmt.Sprint(cmp.Or(err, errStopped)), now
	}
	m.state.running, m.state.connected, m.state.lastStop = false, false, now
	if err != nil && ctx.Err() == nil {
		m.state.lastError = err.Error()
	}
	m.inbox = nil
}

// terminal notes that the account cannot be used any more.
func (m *member) terminal(t *Terminal) {
	m.mu.Lock()
	m.state.terminal, m.state.lastError = t, t.Error()
	m.mu.Unlock()
	m.log.Error("an account of a channel cannot be used any more: link it anew, or change its configuration", "cause", t.Cause, "error", t.Err)
}

// terminate ends the account's run for a reason that another call found.
func (m *member) terminate(t *Terminal) {
	m.mu.Lock()
	in := m.inbox
	if in == nil && m.state.terminal == nil && m.stop != nil {
		m.state.terminal = t
	}
	m.mu.Unlock()
	if in != nil {
		in.cancel(t)
	}
}

// note changes what is known of the account.
func (m *member) note(change func(*state)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.state)
}

// snapshot is what is known of the account.
func (m *member) snapshot() state {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// unusable says why nothing can go through the account, or "".
func (m *member) unusable() string {
	if m.account == nil {
		return m.fault
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state.terminal != nil {
		return m.state.terminal.Error()
	}
	return ""
}

func (m *member) sent() {
	m.note(func(s *state) { s.lastOutbound = m.svc.now() })
}

// pace waits until another call may be made.
func (m *member) pace(ctx context.Context) error { return m.limiter.Wait(ctx) }

// holdFor keeps the account from sending for a while.
func (m *member) holdFor(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if until := m.svc.now().Add(d); until.After(m.held) {
		m.held = until
	}
}

// hold is for how long the account is kept from sending.
func (m *member) hold() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held.Sub(m.svc.now())
}
