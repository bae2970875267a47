package agent

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSchedule adds and removes runs at random and compares with what a look at
// all of them says.
func TestSchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := map[string]int{"main": rapid.IntRange(1, 3).Draw(t, "size"), "other": 1}
		limit := rapid.IntRange(0, 6).Draw(t, "limit")
		s := newSchedule(func(lane string) int { return sizes[lane] }, func() int { return limit })
		type entry struct {
			run     *Run
			session string
			lane    string
			running bool
		}
		var all []*entry
		waiting := func() int {
			n := 0
			for _, e := range all {
				if !e.running {
					n++
				}
			}
			return n
		}
		start := func(r *Run) {
			for _, e := range all {
				if e.run == r {
					if e.running {
						t.Fatalf("%s began twice", e.session)
					}
					e.running = true
				}
			}
		}
		check := func() {
			lanes := map[string]int{}
			first := map[string]bool{}
			for _, e := range all {
				if e.running {
					lanes[e.lane]++
					if first[e.session] {
						t.Fatalf("two runs of %s, or one before its turn", e.session)
					}
				}
				first[e.session] = true
			}
			for lane, n := range lanes {
				if n > sizes[lane] {
					t.Fatalf("%d runs in lane %s", n, lane)
				}
			}
			// Nobody waits who need not.
			seen := map[string]bool{}
			for _, e := range all {
				if !seen[e.session] && !e.running && lanes[e.lane] < sizes[e.lane] {
					t.Fatalf("%s waits though lane %s has room", e.session, e.lane)
				}
				seen[e.session] = true
			}
			if s.waiting != waiting() {
				t.Fatalf("%d wait, counted %d", waiting(), s.waiting)
			}
		}
		for k := range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(all) > 0 && rapid.Bool().Draw(t, "remove") {
				e := rapid.SampledFrom(all).Draw(t, "which")
				all = slices.DeleteFunc(all, func(x *entry) bool { return x == e })
				for _, r := range s.remove(e.session, e.run) {
					start(r)
				}
				check()
				continue
			}
			e := &entry{run: &Run{Request: Request{ID: fmt.Sprint(k)}}, session: rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "session"),
				lane: rapid.SampledFrom([]string{"main", "main", "other"}).Draw(t, "lane")}
			full := waiting() >= limit
			now, err := s.add(e.session, e.lane, e.run, false)
			if err != nil {
				if !full {
					t.Fatalf("refused with %d of %d waiting", waiting(), limit)
				}
				continue
			}
			all = append(all, e)
			e.running = now
			check()
		}
		for len(all) > 0 {
			e := all[0]
			all = all[1:]
			for _, r := range s.remove(e.session, e.run) {
				start(r)
			}
		}
		if len(s.queues) > 0 || len(s.lanes) > 0 || s.waiting != 0 {
			t.Fatalf("left behind: %d sessions, %d lanes, %d waiting", len(s.queues), len(s.lanes), s.waiting)
		}
	})
}
