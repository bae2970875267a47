package screen

import (
	"fmt"
	"time"
)

// Ago says how long ago a time in milliseconds is; nothing for 0.
func (s *Screen) Ago(ms int64) string {
	if ms <= 0 {
		return ""
	}
	at := time.UnixMilli(ms)
	d := s.Now().Sub(at)
	switch {
	case d < -2*time.Second:
		return "in " + Span(-d)
	case d < 2*time.Second:
		return "now"
	case d >= 60*24*time.Hour:
		return at.Format(time.DateOnly)
	}
	return Span(d) + " ago"
}

// Span is a duration in the two largest units that it has.
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	two := func(a time.Duration, x string, b time.Duration, y string) string {
		if rest := d % a / b; rest > 0 {
			return fmt.Sprintf("%d%s %d%s", d/a, x, rest, y)
		}
		return fmt.Sprintf("%d%s", d/a, x)
	}
	switch {
	case d >= day:
		return two(day, "d", time.Hour, "h")
	case d >= time.Hour:
		return two(time.Hour, "h", time.Minute, "m")
	case d >= time.Minute:
		return two(time.Minute, "m", time.Second, "s")
	case d >= time.Second:
		return fmt.Sprintf("%ds", d/time.Second)
	}
	return fmt.Sprintf("%dms", d/time.Millisecond)
}

// Size is a number of bytes in the unit that suits it.
func Size(bytes int64) string {
	if bytes < 1000 {
		return fmt.Sprintf("%d B", bytes)
	}
	value, unit := float64(bytes), -1
	for value >= 999.5 && unit < 4 {
		value /= 1000
		unit++
	}
	return fmt.Sprintf("%.3g %cB", value, "kMGTP"[unit])
}

// Short is the beginning of a long identifier, enough to tell few of them
// apart.
func Short(id string) string {
	const enough = 12
	if len(id) <= enough {
		return id
	}
	return id[:enough]
}
