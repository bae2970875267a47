package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
)

const crashWriters = 8

// helperCrash writes for ever, and says what it was told is saved: rows of a
// table, and answers of calls.
func helperCrash(arg string) error {
	ctx := context.Background()
	s, err := Open(ctx, helperOptions(arg))
	if err != nil {
		return err
	}
	fmt.Println("open")
	var failed error
	var once sync.Once
	var all sync.WaitGroup
	for w := range crashWriters {
		all.Go(func() {
			for n := 0; ; n++ {
				key := fmt.Sprintf("%d/%d/%d", s.generation, w, n)
				if err := crashWrite(ctx, s, w, key); err != nil {
					once.Do(func() { failed = err })
					return
				}
				// One write a line, unbuffered: what stands in the pipe was said.
				_, _ = os.Stdout.WriteString(key + "\n")
			}
		})
	}
	all.Wait()
	return failed
}

func crashWrite(ctx context.Context, s *Store, writer int, key string) error {
	if writer%2 == 0 {
		return s.Write(ctx, func(tx *Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES (?, ?)`, "crash/"+key, strings.Repeat("x", 300))
			return err
		})
	}
	claim, err := s.Begin(ctx, "crash", key, nil)
	if err != nil {
		return err
	}
	if claim.Outcome != New {
		return fmt.Errorf("%s is %d", key, claim.Outcome)
	}
	return claim.Finish(ctx, []byte("answer to "+key), nil)
}

// Nothing that was acknowledged is missing after kill -9, at whatever moment
// it came, and the database opens.
func TestKilledWhileWriting(t *testing.T) {
	rounds := 20
	if soak {
		rounds = 200
	}
	t.Run("SQLite", func(t *testing.T) { crashRounds(t, t.TempDir(), rounds) })
	t.Run("PostgreSQL", func(t *testing.T) { crashRounds(t, postgrestest.URL(t), rounds/4) })
}

func crashRounds(t *testing.T, arg string, rounds int) {
	o := helperOptions(arg)
	o.IdempotencyMax = 1 << 30
	said := 0
	for round := range rounds {
		p := startHelper(t, "crash", arg)
		// Every fourth is killed wherever it is, perhaps while it opens or
		// migrates; the others while they write.
		fromStart := round%4 == 3
		var timer *time.Timer
		if fromStart {
			timer = time.AfterFunc(time.Duration(rand.IntN(60))*time.Millisecond, func() { _ = p.cmd.Process.Kill() })
		}
		var acknowledged []string
		for p.lines.Scan() {
			if p.lines.Text() == "open" {
				if !fromStart {
					timer = time.AfterFunc(time.Duration(rand.IntN(120))*time.Millisecond, func() { _ = p.cmd.Process.Kill() })
				}
				continue
			}
			acknowledged = append(acknowledged, p.lines.Text())
		}
		p.wait()
		timer.Stop()
		if p.said.Len() > 0 {
			t.Fatalf("round %d: %s", round, p.said.String())
		}
		s := mustOpen(t, o)
		checkCrash(t, s, acknowledged)
		mustClose(t, s)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
		said += len(acknowledged)
	}
	t.Logf("%d rounds, %d writes acknowledged", rounds, said)
	if said == 0 {
		t.Error("nothing was ever acknowledged: the test tests nothing")
	}
}

func checkCrash(t *testing.T, s *Store, acknowledged []string) {
	t.Helper()
	ctx := t.Context()
	if err := s.Check(ctx); err != nil {
		t.Fatal(err)
	}
	next := map[string]int{} // of each writer of each generation
	err := s.Read(ctx, func(q Querier) error {
		for _, key := range acknowledged {
			var found string
			var err error
			if writer := strings.Split(key, "/")[1]; (writer[0]-'0')%2 == 0 {
				err = q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, "crash/"+key).Scan(&found)
			} else {
				err = q.QueryRowContext(ctx, `SELECT state FROM idempotency WHERE kind = ? AND key = ? AND response = ?`,
					"crash", key, []byte("answer to "+key)).Scan(&found)
				if err == nil && found != "done" {
					err = errors.New(found)
				}
			}
			if err != nil {
				t.Errorf("%s was acknowledged: %v", key, err)
			}
			slash := strings.LastIndexByte(key, '/')
			n, _ := strconv.Atoi(key[slash+1:])
			if n != next[key[:slash]] {
				t.Errorf("%s follows number %d", key, next[key[:slash]]-1)
			}
			next[key[:slash]] = n + 1
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What was running when the process was killed is handed out as interrupted.
func TestKilledWhileACallRan(t *testing.T) {
	dir := t.TempDir()
	p := startHelper(t, "claim", dir)
	p.waitFor("claimed")
	p.kill()
	s := mustOpen(t, Options{Dir: dir})
	claim, err := s.Begin(t.Context(), "send", "k", []byte("params"))
	if err != nil || claim.Outcome != Interrupted {
		t.Fatalf("%+v, %v", claim, err)
	}
	claim.Abandon()
}

func init() {
	helperPrograms["claim"] = func(dir string) error {
		s, err := Open(context.Background(), helperOptions(dir))
		if err != nil {
			return err
		}
		if _, err := s.Begin(context.Background(), "send", "k", []byte("params")); err != nil {
			return err
		}
		fmt.Println("claimed")
		_, err = bufio.NewReader(os.Stdin).ReadByte()
		return err
	}
}
