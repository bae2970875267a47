package agent

import (
	"errors"
	"fmt"
	"slices"
)

// mainLane is where runs go that name no lane. Those that other runs start have
// a lane of their own: in the same one they could wait for each other.
const (
	mainLane     = "main"
	SubagentLane = "subagent"
)

// errFull refuses a run that would have to wait behind too many others.
var errFull = errors.New("too many runs wait already")

// schedule says whose turn it is: one run at a time in a session, in order of
// arrival, and no more in a lane than it has room for. It knows nothing of what
// a run does. The caller serialises access.
type schedule struct {
	size    func(lane string) int // how many runs of a lane go on at a time
	limit   func() int            // how many runs may wait
	lanes   map[string]*laneState
	queues  map[string]*queue // by session; only while there is something in it
	waiting int
}

// laneState is a lane's runs: those that go on, and the sessions whose first
// run could go on if there were room.
type laneState struct {
	running int
	ready   []*queue
}

// queue is a session's runs: the first may be running.
type queue struct {
	session string
	runs    []slot
	running bool
}

type slot struct {
	lane string
	run  *Run
}

func newSchedule(size func(string) int, limit func() int) *schedule {
	return &schedule{size: size, limit: limit, lanes: map[string]*laneState{}, queues: map[string]*queue{}}
}

// add puts a run behind those of its session. It reports whether its turn has
// come; else it waits, unless there are too many that do.
func (s *schedule) add(session, lane string, r *Run, force bool) (now bool, err error) {
	q := s.queues[session]
	if q == nil {
		l := s.lane(lane)
		if len(l.ready) == 0 && l.running < s.size(lane) {
			s.queues[session] = &queue{session: session, runs: []slot{{lane, r}}, running: true}
			l.running++
			return true, nil
		}
		s.forget(lane)
	}
	if limit := s.limit(); s.waiting >= limit && !force {
		return false, fmt.Errorf("%w: %d, as many as agents.maxQueued allows", errFull, limit)
	}
	s.waiting++
	if q != nil {
		q.runs = append(q.runs, slot{lane, r})
		return false, nil
	}
	q = &queue{session: session, runs: []slot{{lane, r}}}
	s.queues[session] = q
	s.lane(lane).ready = append(s.lane(lane).ready, q)
	return false, nil
}

// remove takes a run out that ended or will never begin, and returns those
// whose turn has come.
func (s *schedule) remove(session string, r *Run) []*Run {
	q := s.queues[session]
	if q == nil {
		return nil
	}
	k := slices.IndexFunc(q.runs, func(x slot) bool { return x.run == r })
	if k < 0 {
		return nil
	}
	lane := q.runs[k].lane
	q.runs = slices.Delete(q.runs, k, k+1)
	switch {
	case k == 0 && q.running:
		q.running = false
		s.lane(lane).running--
		s.offer(q)
	case k == 0:
		s.waiting--
		s.lane(lane).ready = slices.DeleteFunc(s.lane(lane).ready, func(x *queue) bool { return x == q })
		s.offer(q)
	default:
		s.waiting--
	}
	return s.next(lane)
}

// offer puts a session that has runs and none that goes on among those that
// could.
func (s *schedule) offer(q *queue) {
	if len(q.runs) == 0 {
		delete(s.queues, q.session)
		return
	}
	l := s.lane(q.runs[0].lane)
	l.ready = append(l.ready, q)
}

// next starts what there is room for: in the lane of the run that went, and in
// all others, because the run behind it may be in another, and sizes change.
func (s *schedule) next(freed string) []*Run {
	var turn []*Run
	names := []string{freed}
	for name := range s.lanes {
		if name != freed {
			names = append(names, name)
		}
	}
	for _, name := range names {
		l := s.lane(name)
		for len(l.ready) > 0 && l.running < s.size(name) {
			q := l.ready[0]
			l.ready = l.ready[1:]
			l.running++
			q.running = true
			s.waiting--
			turn = append(turn, q.runs[0].run)
		}
		s.forget(name)
	}
	return turn
}

// of lists a session's runs, the one that goes on first.
func (s *schedule) of(session string) []*Run {
	var out []*Run
	if q := s.queues[session]; q != nil {
		for _, x := range q.runs {
			out = append(out, x.run)
		}
	}
	return out
}

func (s *schedule) lane(name string) *laneState {
	l := s.lanes[name]
	if l == nil {
		l = &laneState{}
		s.lanes[name] = l
	}
	return l
}

// forget drops a lane that nothing is in: callers choose the names.
func (s *schedule) forget(name string) {
	if l := s.lanes[name]; l != nil && l.running == 0 && len(l.ready) == 0 {
		delete(s.lanes, name)
	}
}
