package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is what every call gives after Close.
var ErrClosed = errors.New("store: closed")

// Options say which database to open, and how.
type Options struct {
	// Dir is the state folder. It is created, and locked for this process.
	// The SQLite file gateway.db and the folder backups are in it. With a
	// URL it may be empty: then nothing is locked but the database.
	Dir string
	// URL is of a PostgreSQL database, postgres://user@host/name; empty for
	// SQLite. The database must exist; its tables are made.
	URL string
	// Logger is told of migrations and of what is out of order; nil for none.
	Logger *slog.Logger

	// IdempotencyTTL is how long answers are kept; 0 for 24 hours.
	IdempotencyTTL time.Duration
	// IdempotencyMax is how many answers are kept, the newest; 0 for 10 000.
	IdempotencyMax int

	// For tests of this package.
	migrations  fs.FS
	now         func() time.Time
	batchCount  int
	synchronous string // what SQLite waits for
}

// Store is an open database.
type Store struct {
	engine  Engine
	where   string // what messages call the database
	dir     string
	log     *slog.Logger
	now     func() time.Time
	writeDB *sql.DB // one connection
	readDB  *sql.DB // several, read-only
	lock    *folderLock
	queries rebinder

	// generation tells this process from those before it.
	generation int64
	idem       idempotency

	queue      chan *write
	closing    chan struct{} // closed: no further writes
	stopped    chan struct{} // closed: the writer is gone
	batchCount int
	batchTime  time.Duration
	watch      *time.Timer // of the function that runs
	commits    atomic.Int64

	life context.Context // ends with Close, and ends what reads
	end  context.CancelFunc
	home sync.WaitGroup // the housekeeping

	mu     sync.RWMutex
	closed bool
	reads  sync.WaitGroup

	closeOnce sync.Once
	closeErr  error
}

// Open opens the database, making or migrating it as needed, and takes the
// locks. A database of a newer gateway is refused with a *NewerError, one that
// another process has with a *LockedError, a broken one with a *DamagedError.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := newStore(o)
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx, o); err != nil {
		err = s.explain(err)
		s.release()
		return nil, err
	}
	return s, nil
}

func newStore(o Options) (*Store, error) {
	s := &Store{
		dir: o.Dir, log: o.Logger, now: o.now,
		queue:   make(chan *write, queueLength),
		closing: make(chan struct{}), stopped: make(chan struct{}),
		batchCount: o.batchCount, batchTime: defaultBatchTime,
		watch: time.NewTimer(slowWrite),
	}
	s.watch.Stop()
	s.life, s.end = context.WithCancel(context.Background())
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.batchCount == 0 {
		s.batchCount = defaultBatchCount
	}
	s.idem.configure(o)
	switch scheme, _, _ := strings.Cut(o.URL, ":"); {
	case o.URL == "" && o.Dir == "":
		return nil, errors.New("store: neither a state folder nor a database URL is given: one is needed")
	case o.URL == "":
		s.engine = SQLite
	case scheme == "postgres" || scheme == "postgresql":
		s.engine = PostgreSQL
	default:
		return nil, fmt.Errorf("store: the database URL begins with %q: want postgres://, or no URL for SQLite in the state folder", schemeOf(o.URL))
	}
	return s, nil
}

// schemeOf gives of a URL what surely holds no password.
func schemeOf(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Scheme != "" {
		return u.Scheme + ":"
	}
	return "…"
}

func (s *Store) open(ctx context.Context, o Options) (err error) {
	if s.dir != "" {
		if err := makeStateFolder(s.dir, s.log); err != nil {
			return err
		}
		if s.lock, err = lockFolder(s.dir); err != nil {
			return err
		}
	}
	migrations := o.migrations
	if migrations == nil {
		migrations = embedded
	}
	if s.engine == SQLite {
		err = s.openSQLite(ctx, migrations, cmp.Or(o.synchronous, "FULL"))
	} else {
		err = s.openPostgres(ctx, o.URL, migrations)
	}
	if err != nil {
		return err
	}
	go s.writeLoop()
	if err := s.beginGeneration(ctx); err != nil {
		s.stopWriting()
		return err
	}
	s.home.Go(s.keepHouse)
	return nil
}

// beginGeneration gives this process a number of its own, and with that proves
// that the database can be written before anything depends on it.
func (s *Store) beginGeneration(ctx context.Context) error {
	var interrupted int64
	err := s.Write(ctx, func(tx *Tx) error {
		err := tx.QueryRowContext(ctx, `INSERT INTO meta (key, value) VALUES ('generation', '1')
			ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)
			RETURNING CAST(value AS BIGINT)`).Scan(&s.generation)
		if err != nil {
			return err
		}
		if _, err := s.prune(ctx, tx); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM idempotency WHERE state = 'running'`).Scan(&interrupted)
	})
	if err == nil && interrupted > 0 {
		s.log.Warn("calls were interrupted when the gateway last ended", "calls", interrupted)
	}
	return err
}

// Ping proves that the database can be written.
func (s *Store) Ping(ctx context.Context) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('pinged_at_ms', ?)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, strconv.FormatInt(s.nowMs(), 10))
		return err
	})
}

// Engine tells which database it is.
func (s *Store) Engine() Engine { return s.engine }

// Close finishes the writes that wait, ends the reads, and gives the database
// and the locks back. Later calls give ErrClosed; a second Close does nothing.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()

		s.end()
		s.home.Wait()
		s.stopWriting()
		s.reads.Wait()
		s.closeErr = s.explain(s.release())
	})
	return s.closeErr
}

func (s *Store) stopWriting() {
	close(s.closing)
	<-s.stopped
}

// release closes what is open. The writer's connection goes last: SQLite then
// moves its log into the file and removes it.
func (s *Store) release() error {
	s.end()
	var errs []error
	for _, db := range []*sql.DB{s.readDB, s.writeDB} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	return errors.Join(errs...)
}

func (s *Store) rebind(query string) string {
	if s.engine == SQLite {
		return query
	}
	return s.queries.rebind(query)
}

func (s *Store) nowMs() int64 { return s.now().UnixMilli() }
