package auth

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func wrong() bool { return true }
func right() bool { return false }

func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := NewThrottle(10, 100)
		for k := range 10 {
			if wait := th.Try("a", wrong); wait != 0 {
				t.Fatalf("attempt %d has to wait %v", k, wait)
			}
			time.Sleep(time.Second)
		}
		// The first counts for a minute, of which ten seconds are over.
		called := false
		if wait := th.Try("a", func() bool { called = true; return false }); wait != 50*time.Second || called {
			t.Errorf("the eleventh has to wait %v and was looked at: %t", wait, called)
		}
		if wait := th.Try("b", right); wait != 0 {
			t.Errorf("another client has to wait %v", wait)
		}
		time.Sleep(50*time.Second - time.Millisecond)
		if wait := th.Wait("a"); wait != time.Millisecond {
			t.Errorf("at the end it has to wait %v", wait)
		}
		time.Sleep(time.Millisecond)
		if wait := th.Try("a", wrong); wait != 0 {
			t.Errorf("after a minute it has to wait %v", wait)
		}
		if wait := th.Wait("a"); wait != time.Second {
			t.Errorf("and then for the second of the ten: %v", wait)
		}
	})
}

// Only what is wrong counts.
func TestRightCredentialsAreFree(t *testing.T) {
	th := NewThrottle(10, 100)
	for range 1000 {
		if wait := th.Try("a", right); wait != 0 {
			t.Fatalf("has to wait %v", wait)
		}
	}
}

func TestThrottleOverall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := NewThrottle(10, 100)
		for k := range 100 {
			if wait := th.Try(fmt.Sprint(k), wrong); wait != 0 {
				t.Fatalf("attempt %d has to wait %v", k, wait)
			}
		}
		if wait := th.Try("new", right); wait != time.Minute {
			t.Errorf("a new client has to wait %v", wait)
		}
		time.Sleep(time.Minute)
		if wait := th.Try("new", right); wait != 0 {
			t.Errorf("a minute later: %v", wait)
		}
	})
}

// Clients that come all at once are looked at one by one.
func TestThrottleAtOnce(t *testing.T) {
	th := NewThrottle(10, 100)
	var mu sync.Mutex
	looked := 0
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			th.Try("a", func() bool { mu.Lock(); defer mu.Unlock(); looked++; return true })
		})
	}
	wg.Wait()
	if looked != 10 {
		t.Errorf("%d of 200 attempts were looked at", looked)
	}
}

// In no minute more than the limit is looked at, whoever asks when, and nobody
// waits longer than a minute.
func TestThrottleWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1_700_000_000, 0)
		th := NewThrottle(3, 7)
		th.now = func() time.Time { return now } // rapid does not run in a bubble of synctest
		looked := map[string][]time.Time{}
		var all []time.Time
		within := func(times []time.Time) (n int) {
			for _, at := range times {
				if now.Sub(at) < time.Minute {
					n++
				}
			}
			return n
		}
		for range rapid.IntRange(1, 60).Draw(t, "attempts") {
			now = now.Add(time.Duration(rapid.IntRange(0, 30_000).Draw(t, "pause")) * time.Millisecond)
			key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "client")
			free := within(looked[key]) < 3 && within(all) < 7
			wait := th.Try(key, wrong)
			if free != (wait == 0) || wait < 0 || wait > time.Minute {
				t.Fatalf("%s waits %v; %d of its own and %d of all within a minute", key, wait, within(looked[key]), within(all))
			}
			if wait == 0 {
				looked[key], all = append(looked[key], now), append(all, now)
			}
		}
	})
}

// An attacker with many addresses gets no more memory.
func TestThrottleIsBounded(t *testing.T) {
	th := NewThrottle(10, 1<<30)
	for k := range 3 * maxBuckets {
		th.Wrong(fmt.Sprint(k))
	}
	if len(th.buckets) != maxBuckets || th.recent.Len() != maxBuckets {
		t.Errorf("%d buckets, %d in the list", len(th.buckets), th.recent.Len())
	}
}

func TestClientIsANetwork(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.9": "203.0.113.9/32", "127.0.0.1": "127.0.0.1/32",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "::1": "::/64",
	} {
		if got := client(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s counts as %s, want %s", address, got, want)
		}
	}
	if a, b := client(netip.Addr{}), client(netip.MustParseAddr("0.0.0.0")); a == b {
		t.Errorf("an unknown address counts as %s", a)
	}
}

func TestSignaturesCountOnce(t *testing.T) {
	r := newReplays()
	now := time.Now()
	if !r.first("a", "s", now) || r.first("a", "s", now) || !r.first("b", "s", now) || !r.first("a", "t", now) {
		t.Error("not exactly the repeat was refused")
	}
	for k := range maxReplays {
		r.first("x", fmt.Sprint(k), now)
	}
	if r.first("y", "s", now) || len(r.seen) > maxReplays {
		t.Errorf("one too many was taken; %d are kept", len(r.seen))
	}
	if !r.first("y", "s", now.Add(2*skew+1)) {
		t.Error("nothing is taken although the old ones could not be used any more")
	}
}

func TestSecret(t *testing.T) {
	s := NewSecret("the secret")
	for presented, want := range map[string]bool{"the secret": true, "": false, "the secre": false, "the secret ": false, "The secret": false} {
		if got := s.Matches(presented); got != want {
			t.Errorf("%q matches: %t", presented, got)
		}
	}
	if NewSecret("").Matches("") || NewSecret("").Set() || !s.Set() {
		t.Error("an empty secret is one")
	}
}
