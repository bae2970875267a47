package server

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/protocol"
)

// Options configure a Server. Zero values mean the protocol's defaults.
type Options struct {
	Handlers *protocol.Handlers
	Admit    Admitter
	Adapter  protocol.Adapter // conversions between dialects
	// Loosen is asked for another form of params that were refused, and reports
	// whether there is one; nil: there is none ever.
	Loosen func(from protocol.Dialect, method protocol.MethodID, params []byte) ([]byte, bool)
	Rules  EventRules // of events, beside the protocol's tables; may be nil
	// Snapshot gives the state that a new connection begins with; its
	// StateVersion and UptimeMs are filled in by the server.
	Snapshot func(ctx context.Context, p *Peer) protocol.HelloSnapshot
	// Opened and Closed tell of connections that passed the handshake. Opened
	// runs before the handshake's answer is sent.
	Opened, Closed func(p *Peer)
	Logger         *slog.Logger
	Observer       Observer // is told what happens, for metrics; nil when nobody is

	Version, Commit string
	Host            string // of this machine; what the system says

	MaxPayload       int           // largest message from a client; MaxPayloadBytes
	MaxBuffered      int           // bytes that may wait for a slow client; 10 MiB
	MaxUnadmitted    int           // largest message before the handshake; 64 KiB
	MaxInFlight      int           // requests of a connection at a time; 64
	HandshakeTimeout time.Duration // 10 s
	TickInterval     time.Duration // 30 s
}

func (o *Options) setDefaults() {
	set := func(v *int, to int) {
		if *v == 0 {
			*v = to
		}
	}
	set(&o.MaxPayload, protocol.MaxPayloadBytes)
	set(&o.MaxBuffered, 10<<20)
	set(&o.MaxUnadmitted, 64<<10)
	set(&o.MaxInFlight, 64)
	if o.HandshakeTimeout == 0 {
		o.HandshakeTimeout = 10 * time.Second
	}
	if o.TickInterval == 0 {
		o.TickInterval = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Handlers == nil {
		o.Handlers = &protocol.Handlers{}
	}
	if o.Host == "" {
		o.Host, _ = os.Hostname() // it is told where it is known
	}
}

// GuidePath is the path on which nothing is sent before the client's first
// message. On every other path a challenge is.
const GuidePath = "/v1/connect"

// Server is an http.Handler that upgrades every request to the protocol.
type Server struct {
	opts     Options
	features [2]protocol.HelloFeatures // by dialect
	started  time.Time
	hub      hub

	mu      sync.Mutex
	closing bool
	all     map[*conn]struct{} // also those that have not passed the handshake
	conns   sync.WaitGroup
	stop    chan struct{}
	ticker  sync.WaitGroup
	workers workers
	writers writers

	greeting context.Context // of handshakes
	giveUp   context.CancelFunc
}

// New starts a server. It runs until Shutdown.
func New(o Options) *Server {
	o.setDefaults()
	s := &Server{opts: o, started: time.Now(), all: map[*conn]struct{}{}, stop: make(chan struct{})}
	s.workers.jobs, s.workers.stop = make(chan job), s.stop
	s.greeting, s.giveUp = context.WithCancel(context.Background())
	for d := range s.features {
		s.features[d] = o.featuresIn(protocol.Dialect(d))
	}
	s.writers.init()
	s.hub.init(o.Adapter, o.Rules)
	s.ticker.Go(s.tick)
	return s
}

// ServeHTTP upgrades the request and takes the connection through its
// handshake. After that the connection lives on in a goroutine of its own.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.stopping() {
		w.Header().Set("Retry-After", "2")
		http.Error(w, "the gateway is stopping", http.StatusServiceUnavailable)
		return
	}
	hw := &hijackWriter{ResponseWriter: w}
	// The edge in front decides which origins may connect.
	ws, err := websocket.Accept(hw, r, &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return
	}
	// The library puts a reader of its own between, for what the link has read
	// early already.
	hw.reader.Reset(hw.link)
	c := newConn(s, ws, hw.link, r)
	if !s.enter(c) {
		c.out.writers = nil // they may have ended by now
		c.close(closeRestart, serviceRestart)
		c.finish()
		return
	}
	// The handshake's deep calls are not left behind as a large stack.
	if c.greet() {
		go c.run()
	}
}

// stopping reports whether Shutdown was called.
func (s *Server) stopping() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// enter counts a connection in, unless the server is stopping.
func (s *Server) enter(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.all[c] = struct{}{}
	s.conns.Add(1)
	return true
}

// leave is called once by each connection that ends.
func (s *Server) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, in := s.all[c]; in {
		delete(s.all, c)
		s.conns.Done()
	}
}

// tick tells every connection, at the announced interval, that the server is
// alive.
func (s *Server) tick() {
	t := time.NewTicker(s.opts.TickInterval)
	defer t.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-t.C:
			s.Publish(context.Background(), protocol.NewEventTick(&protocol.Tick{Ts: now.UnixMilli()}))
		}
	}
}

// Uptime is how long the server has been running.
func (s *Server) Uptime() time.Duration { return time.Since(s.started) }
