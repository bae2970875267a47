package schedule

import (
	"time"

	"github.com/adhocore/gronx"
)

// longAgo is where the search for whether an expression ever comes begins.
var longAgo = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// maxPeriods bounds the search through times of one offset; zones have up to
// four a year.
const maxPeriods = 400

// wall gives the first time after another that the expression names, on a clock
// that never changes. The library is not told of zones: in them it leaves out the
// day whose time the clock leaves out, and takes only the second of two times that
// the clock shows twice.
func (x *Expression) wall(after time.Time) (time.Time, bool) {
	t, err := gronx.NextTickAfter(x.text, after.UTC().Truncate(time.Second), false)
	return t, err == nil && t.After(after)
}

// Next gives the first time after another at which the expression is due.
func (x *Expression) Next(after time.Time, zone *time.Location) (time.Time, bool) {
	if x.rolling {
		return x.nextRolling(after, zone)
	}
	return x.nextFixed(after, zone)
}

// nextRolling looks through the times of each offset, in which the clock on the
// wall runs evenly.
func (x *Expression) nextRolling(after time.Time, zone *time.Location) (time.Time, bool) {
	from := after.Unix() + 1
	for range maxPeriods {
		t := time.Unix(from, 0).In(zone)
		offset := offsetOf(t)
		w, ok := x.wall(time.Unix(from+offset-1, 0))
		if !ok {
			return time.Time{}, false
		}
		next := w.Unix() - offset
		_, end := t.ZoneBounds()
		if end.IsZero() || next < end.Unix() {
			return time.Unix(next, 0).In(zone), true
		}
		from = end.Unix()
	}
	return time.Time{}, false
}

// nextFixed takes the times that the expression names one by one, each at its
// one moment.
func (x *Expression) nextFixed(after time.Time, zone *time.Location) (time.Time, bool) {
	t := after.In(zone)
	w := after.Unix() + offsetOf(t)
	if start, _ := t.ZoneBounds(); !start.IsZero() {
		// What the clock shows the second time has had its moment.
		w = max(w, start.Unix()+offsetOf(start.Add(-time.Second))-1)
	}
	for range maxPeriods {
		next, ok := x.wall(time.Unix(w, 0))
		if !ok {
			return time.Time{}, false
		}
		w = next.Unix()
		if m := moment(w, zone); m.After(after) {
			return m, true
		}
	}
	return time.Time{}, false
}

// moment is when the clock on the wall first shows a time, or, where it leaves
// that out, when it changes.
func moment(wall int64, zone *time.Location) time.Time {
	// No clock is more than a day and a bit from UTC: from there on, the first
	// period that reaches the time is the one.
	t := time.Unix(wall, 0).Add(-36 * time.Hour).In(zone)
	for {
		offset := offsetOf(t)
		start, end := t.ZoneBounds()
		m := wall - offset
		switch {
		case !start.IsZero() && m < start.Unix():
			return start // left out by the change at its beginning
		case end.IsZero() || m < end.Unix():
			return time.Unix(m, 0).In(zone)
		}
		t = end
	}
}

func offsetOf(t time.Time) int64 {
	_, offset := t.Zone()
	return int64(offset)
}
