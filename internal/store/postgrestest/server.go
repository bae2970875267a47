// Package postgrestest runs a real PostgreSQL server for tests, one for a
// test binary, started by the first test that wants it:
//
//	func TestMain(m *testing.M) { postgrestest.Main(m, 20) }
//
//	func TestX(t *testing.T) {
//		st, err := store.Open(ctx, store.Options{URL: postgrestest.URL(t)})
//
// The programs initdb and postgres must be on PATH or where Debian puts them.
// Without them a test is skipped, but with CI=true it fails.
package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

// Main is a TestMain. It stops the server, if one was started, and then looks
// for goroutines that are left. Random tests try so many cases, unless
// -rapid.checks or GATESMITH_SOAK says otherwise.
func Main(m *testing.M, checks int) {
	flag.Parse()
	chosen := os.Getenv("GATESMITH_SOAK") != ""
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "rapid.checks" })
	if !chosen {
		_ = flag.Set("rapid.checks", strconv.Itoa(checks)) // absent where no test is random
	}
	goleak.VerifyTestMain(serving{m})
}

// serving runs tests and stops the server before leaks are looked for.
type serving struct{ m *testing.M }

func (s serving) Run() int {
	defer stop()
	return s.m.Run()
}

// URL gives a new, empty database.
func URL(tb testing.TB) string {
	tb.Helper()
	s, err := shared()
	if errors.Is(err, errAbsent) && os.Getenv("CI") != "true" {
		fmt.Fprintf(os.Stderr, "SKIPPED WITHOUT POSTGRESQL: %s: %v\n", tb.Name(), err)
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatalf("cannot start PostgreSQL: %v", err)
	}
	name, err := s.newDatabase(tb.Context())
	if err != nil {
		tb.Fatalf("cannot make a database: %v", err)
	}
	return s.url(name)
}

var errAbsent = errors.New("the programs initdb and postgres were not found: install PostgreSQL (apt-get install postgresql)")

// server is a running PostgreSQL with a data folder of its own.
type server struct {
	dir   string // data and socket
	stdin io.Closer
	done  chan struct{}
	log   bytes.Buffer // after done

	mu        sync.Mutex
	databases int
}

var (
	once     sync.Once
	started  *server
	startErr error
)

func shared() (*server, error) {
	once.Do(func() { started, startErr = start() })
	return started, startErr
}

func stop() {
	if started != nil {
		started.stop()
		started = nil
	}
}

// programs finds initdb and postgres of one installation.
func programs() (initdb, postgres string, err error) {
	folders := filepath.SplitList(os.Getenv("PATH"))
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Reverse(debian) // the newest first
	for _, folder := range append(folders, debian...) {
		initdb, postgres = filepath.Join(folder, "initdb"), filepath.Join(folder, "postgres")
		_, noInitdb := exec.LookPath(initdb)
		_, noPostgres := exec.LookPath(postgres)
		if noInitdb == nil && noPostgres == nil {
			return initdb, postgres, nil
		}
	}
	return "", "", errAbsent
}

func start() (_ *server, err error) {
	initdb, postgres, err := programs()
	if err != nil {
		return nil, err
	}
	// Not t.TempDir: a socket's path has at most 107 bytes.
	dir, err := os.MkdirTemp("", "gspg")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, done: make(chan struct{})}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	if err := handOver(dir); err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	init := exec.Command(initdb, "-D", data, "-U", "gateway", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	unprivileged(init)
	init.Dir = dir
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	// The shell ends the server when our end of the pipe closes: also when the
	// test binary is killed.
	run := exec.Command("sh", "-c", `"$0" "$@" </dev/null & server=$!; read -r _; kill -QUIT $server; wait $server`,
		postgres, "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200")
	unprivileged(run)
	run.Dir = dir
	run.Stdout, run.Stderr = &s.log, &s.log
	stdin, err := run.StdinPipe()
	if err != nil {
		return nil, err
	}
	s.stdin = stdin
	if err := run.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(s.done)
		_ = run.Wait()
	}()
	if err := s.waitReady(); err != nil {
		s.stop()
		return nil, fmt.Errorf("%w\n%s", err, s.log.String())
	}
	return s, nil
}

func (s *server) waitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.done:
			return errors.New("the server ended at once")
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready after 30 s: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *server) stop() {
	_ = s.stdin.Close()
	<-s.done
	_ = os.RemoveAll(s.dir)
}

func (s *server) url(database string) string {
	q := url.Values{"host": {s.dir}, "user": {"gateway"}}
	return "postgres:///" + database + "?" + q.Encode()
}

func (s *server) newDatabase(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.databases++
	name := fmt.Sprintf("test%d", s.databases)
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	return name, err
}
