package server

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// link is the socket below a WebSocket. Whole frames are written to it from two
// sides: pongs and the like by the WebSocket library, messages by the
// connection's queue. The lock keeps them from mixing.
type link struct {
	net.Conn
	early []byte          // read before the upgrade was complete
	raw   syscall.RawConn // for writing without waiting, or nil
	// How much is written before progress is looked at again, and after what
	// time.
	chunk   int
	glimpse time.Duration

	mu      sync.Mutex
	closing atomic.Bool // a close frame was sent: nothing may follow it

	deadlines sync.Mutex
	armed     time.Time // the write deadline that is set
	final     time.Time // the write deadline that is not moved any more, or zero
}

const (
	// stall is how long a peer may take nothing of what is written to it.
	stall = 10 * time.Second
	// slack is how much longer a write may be waited for, so that a busy
	// connection sets its deadline once a second and not once a write.
	slack = time.Second
	// lastWords is how long a peer may take for its close frame.
	lastWords = time.Second
)

// errClosing is what writing behind a close frame gives.
var errClosing = errors.New("the connection is closing")

func newLink(raw net.Conn, early []byte) *link {
	l := &link{Conn: raw, early: early, raw: directly(raw), chunk: 64 << 10, glimpse: time.Second}
	if _, encrypted := raw.(interface{ NetConn() net.Conn }); encrypted {
		// A TLS connection is lost when a write times out, so that progress can
		// only be seen between writes: they are one record long.
		l.chunk, l.glimpse = 16<<10, stall
	}
	return l
}

// Read gives what was read too early first.
func (l *link) Read(p []byte) (int, error) {
	if len(l.early) > 0 {
		n := copy(p, l.early)
		l.early = l.early[n:]
		if len(l.early) == 0 {
			l.early = nil
		}
		return n, nil
	}
	return l.Conn.Read(p)
}

// Write writes one whole frame of the library, which has a limit of its own for
// how long that may take. What it would send behind a
// close frame is taken and forgotten: an answer to the peer's close, when ours
// is out already.
func (l *link) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing.Load() {
		return len(p), nil
	}
	l.closing.Store(len(p) > 0 && p[0] == opClose)
	defer l.disarm()
	n := 0
	for n < len(p) {
		_, final, err := l.arm(stall)
		if err != nil {
			return n, err
		}
		wrote, err := l.Conn.Write(p[n:])
		n += wrote
		if err != nil && (final || l.glimpse >= stall || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return n, err
		}
	}
	return n, nil
}

// outcome is what became of an attempt.
type outcome uint8

const (
	done   outcome = iota
	begun          // the rest has to wait; the lock is kept, for nothing may come between
	unable         // all has to wait
)

// try writes as much of whole frames as is taken at once.
func (l *link) try(a *attempt, frames []byte, last bool) (sent int, o outcome, err error) {
	if l.raw == nil || !l.mu.TryLock() {
		return 0, unable, nil
	}
	if !l.closing.Load() {
		sent, err = a.write(l.raw, frames)
		if err == nil && sent < len(frames) || errors.Is(err, os.ErrDeadlineExceeded) {
			return sent, begun, nil
		}
		l.closing.Store(last)
	} else {
		err = errClosing
	}
	l.mu.Unlock()
	return sent, done, err
}

// send writes whole frames.
func (l *link) send(frames []byte, patience time.Duration, last bool) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sendLocked(frames, patience, last)
}

// sendLocked writes the rest of whole frames and returns how many bytes the peer
// took. A peer that takes nothing for as long as patience gets an error, a slow
// one that goes on taking does not.
func (l *link) sendLocked(frames []byte, patience time.Duration, last bool) (int, error) {
	if l.closing.Load() {
		return 0, errClosing
	}
	l.closing.Store(last)
	defer l.disarm()
	sent := 0
	var progress time.Time
	for sent < len(frames) {
		now, final, err := l.arm(patience)
		if err != nil {
			return sent, err
		}
		n, err := l.Conn.Write(frames[sent:min(sent+l.chunk, len(frames))])
		sent += n
		switch {
		case err == nil:
			progress = time.Time{}
		case final || l.glimpse >= patience || !errors.Is(err, os.ErrDeadlineExceeded):
			return sent, err
		case n > 0:
			progress = time.Now()
		case progress.IsZero():
			progress = now
		}
		if err != nil && time.Since(progress) >= patience {
			return sent, err
		}
	}
	return sent, nil
}

// arm sees that a write gives up in time, and tells what time it is and whether
// the write is the last try.
func (l *link) arm(patience time.Duration) (now time.Time, final bool, err error) {
	l.deadlines.Lock()
	defer l.deadlines.Unlock()
	now = time.Now()
	glimpse := min(l.glimpse, patience)
	switch left := l.armed.Sub(now); {
	case !l.final.IsZero():
		return now, true, nil
	case left >= glimpse && left <= glimpse+slack:
		return now, false, nil
	}
	l.armed = now.Add(glimpse + slack)
	return now, false, l.SetWriteDeadline(l.armed)
}

// disarm lets later attempts be made without a deadline.
func (l *link) disarm() {
	l.deadlines.Lock()
	defer l.deadlines.Unlock()
	if l.final.IsZero() && !l.armed.IsZero() {
		l.armed = time.Time{}
		_ = l.SetWriteDeadline(time.Time{})
	}
}

// hasten ends all writing soon, also a write that has begun.
func (l *link) hasten() {
	l.deadlines.Lock()
	defer l.deadlines.Unlock()
	if l.final.IsZero() {
		l.final = time.Now().Add(lastWords)
		_ = l.SetWriteDeadline(l.final)
	}
}

// closed reports whether a close frame was sent.
func (l *link) closed() bool { return l.closing.Load() }

// maxLinger is how much of what a peer goes on sending is read to no end.
const maxLinger = 4 << 20

// linger waits until the peer has hung up too. Closing while there is something
// unread would reset the connection, and the peer might never see why.
func (l *link) linger() {
	half, ok := l.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	if l.SetReadDeadline(time.Now().Add(farewellPeriod)) == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(l.Conn, maxLinger))
	}
}
