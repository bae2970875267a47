// Package schedule tells when cron jobs are due.
//
// An expression is read by the clock on the wall of its time zone, which leaves
// out an hour when it goes forward and repeats one when it goes back:
//
//   - A job for certain hours runs once for each time its expression names. One
//     that the clock leaves out comes at the moment of the change, one that the
//     clock shows twice counts the first time.
//   - Where the hour is * or */n, the job follows the clock: it leaves out what
//     the clock leaves out and repeats what the clock repeats, so that
//     "*/10 * * * *" is every ten minutes on every day.
package schedule

import (
	"fmt"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// shortest is the least time between two runs at an interval.
const shortest = time.Second

// Schedule says when a job is due.
type Schedule struct {
	at       time.Time // of a job that runs once
	every    time.Duration
	anchor   time.Time // zero: none
	expr     *Expression
	location *time.Location
}

// Error is a mistake in a schedule.
type Error struct{ text string }

func (e *Error) Error() string { return e.text }

func mistake(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// New reads a schedule. A time zone that is not given is local. The error is an
// *Error and says what is wrong.
func New(s protocol.CronSchedule, local *time.Location) (*Schedule, error) {
	switch s := s.(type) {
	case *protocol.CronScheduleAt:
		return &Schedule{at: time.UnixMilli(s.AtMs)}, nil
	case *protocol.CronScheduleEvery:
		if s.EveryMs > maxInterval.Milliseconds() {
			return nil, mistake("schedule.everyMs is %d: expected at most %d, which is 100 years", s.EveryMs, maxInterval.Milliseconds())
		}
		x := &Schedule{every: max(time.Duration(s.EveryMs)*time.Millisecond, shortest)}
		if s.AnchorMs.Set {
			x.anchor = time.UnixMilli(s.AnchorMs.V)
		}
		return x, nil
	case *protocol.CronScheduleCron:
		expr, err := Parse(s.Expr)
		if err != nil {
			return nil, err
		}
		x := &Schedule{expr: expr, location: local}
		if s.Tz.V != "" {
			if x.location, err = time.LoadLocation(s.Tz.V); err != nil || s.Tz.V == "Local" {
				return nil, mistake("RangeError: Invalid time zone specified: %s", s.Tz.V)
			}
		}
		return x, nil
	}
	return nil, mistake("schedule.kind is not known: expected at, every or cron")
}

const maxInterval = 100 * 365 * 24 * time.Hour

// Once reports whether the job runs one time only.
func (s *Schedule) Once() bool { return !s.at.IsZero() }

// Floating reports whether the job runs at an interval that begins with the
// moment at which it is computed.
func (s *Schedule) Floating() bool { return s.every > 0 && s.anchor.IsZero() }

// First is when a job that is new at a time is due: a time of its schedule that
// is now counts, and one that runs once is due in any case.
func (s *Schedule) First(now time.Time) (time.Time, bool) {
	if s.Once() {
		return s.at, true
	}
	if s.Floating() {
		return now.Add(s.every), true
	}
	return s.Next(now.Add(-time.Nanosecond))
}

// Next is the first time after another at which the job is due; false when there
// is none.
func (s *Schedule) Next(after time.Time) (time.Time, bool) {
	switch {
	case s.Once():
		return s.at, s.at.After(after)
	case s.expr != nil:
		return s.expr.Next(after, s.location)
	case s.Floating():
		return after.Add(s.every), true
	case s.anchor.After(after):
		return s.anchor, true
	}
	// In milliseconds, because a Duration ends after 292 years.
	passed := (after.UnixMilli() - s.anchor.UnixMilli()) / s.every.Milliseconds()
	return time.UnixMilli(s.anchor.UnixMilli() + (passed+1)*s.every.Milliseconds()), true
}

// At is when a job runs that runs once.
func (s *Schedule) At() time.Time { return s.at }
