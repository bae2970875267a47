package schedule

import (
	"archive/zip"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

var soak = os.Getenv("GATESMITH_SOAK") != ""

func TestMistakesAreNamed(t *testing.T) {
	for expr, want := range map[string]string{
		"not a cron":     "TypeError: CronPattern: invalid configuration format ('not a cron'), exactly five or six space separated parts are required.",
		"":               "TypeError: CronPattern: invalid configuration format (''), exactly five or six space separated parts are required.",
		"61 * * * *":     "TypeError: CronPattern: invalid minute '61' in '61 * * * *': expected 0 to 59",
		"0 24 * * *":     "TypeError: CronPattern: invalid hour '24' in '0 24 * * *': expected 0 to 23",
		"0 8 0 * *":      "TypeError: CronPattern: invalid day of month '0' in '0 8 0 * *': expected 1 to 31",
		"0 8 * FOO *":    "TypeError: CronPattern: invalid month 'FOO' in '0 8 * FOO *': expected 1 to 12",
		"0 8 * * 8":      "TypeError: CronPattern: invalid day of week '8' in '0 8 * * 8': expected 0 to 7",
		"*/0 * * * *":    "TypeError: CronPattern: invalid minute '*/0' in '*/0 * * * *': after / a step of 1 to 99 is expected",
		"30-10 * * * *":  "TypeError: CronPattern: invalid minute '30-10' in '30-10 * * * *': the range ends before it begins",
		"1,,2 * * * *":   "TypeError: CronPattern: invalid minute '1,,2' in '1,,2 * * * *': expected 0 to 59",
		"0 0 30 2 *":     "TypeError: CronPattern: '0 0 30 2 *' names a day that never comes",
		"0 0 1 1 * 2030": "TypeError: CronPattern: invalid day of week '2030' in '0 0 1 1 * 2030': expected 0 to 7",
	} {
		if _, err := Parse(expr); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", expr, err, want)
		}
	}
	_, err := New(&protocol.CronScheduleCron{Expr: "0 8 * * *", Tz: wire.Some("Mars/Base")}, time.UTC)
	if err == nil || err.Error() != "RangeError: Invalid time zone specified: Mars/Base" {
		t.Errorf("a zone that there is not: %v", err)
	}
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestNextTimes(t *testing.T) {
	for _, c := range []struct{ expr, zone, after, want string }{
		{"0 8 * * *", "Asia/Shanghai", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"},
		{"@daily", "UTC", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"},
		{"*/30 * * * * *", "UTC", "2026-01-31T00:00:01.5Z", "2026-01-31T00:00:30Z"},
		{"0 0 29 2 *", "Europe/Berlin", "2026-03-01T00:00:00Z", "2028-02-28T23:00:00Z"},
		{"0 12 L * *", "UTC", "2026-02-01T00:00:00Z", "2026-02-28T12:00:00Z"},
		{"0 12 15W * *", "UTC", "2026-02-01T00:00:00Z", "2026-02-16T12:00:00Z"},
		{"0 12 * * FRIL", "UTC", "2026-02-01T00:00:00Z", ""},
		{"0 12 * * 5L", "UTC", "2026-02-01T00:00:00Z", "2026-02-27T12:00:00Z"},
		{"0 12 * * 1#2", "UTC", "2026-02-01T00:00:00Z", "2026-02-09T12:00:00Z"},
		{"0 12 * JAN-MAR/2 SUN", "UTC", "2026-02-01T00:00:00Z", "2026-03-01T12:00:00Z"},
		{"0 12 13 * FRI", "UTC", "2026-02-07T00:00:00Z", "2026-02-13T12:00:00Z"},
		{"0 12 13 * FRI", "UTC", "2026-02-13T12:00:00Z", "2026-02-20T12:00:00Z"},
		// Left out: 2:30 on 29 March 2026 in Berlin. Shown twice: 2:30 on 25 October.
		{"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
		{"30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		{"*/30 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"},
		{"*/30 * * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"},
		// Samoa left out 30 December 2011.
		{"0 8 30 12 *", "Pacific/Apia", "2011-06-01T00:00:00Z", "2011-12-30T10:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		x, err := Parse(c.expr)
		if c.want == "" {
			if err == nil {
				t.Errorf("%q is taken", c.expr)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if got, ok := x.Next(at(c.after), zone); !ok || !got.Equal(at(c.want)) {
			t.Errorf("%q in %s after %s: %v %v, want %s", c.expr, c.zone, c.after, got.UTC(), ok, c.want)
		}
	}
}

func TestIntervals(t *testing.T) {
	now := at("2026-01-31T12:00:00Z")
	every := func(ms int64, anchor ...string) *Schedule {
		s := &protocol.CronScheduleEvery{EveryMs: ms}
		if len(anchor) > 0 {
			s.AnchorMs = wire.Some(at(anchor[0]).UnixMilli())
		}
		x, err := New(s, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct {
		s           *Schedule
		first, next string
	}{
		{every(60_000), "2026-01-31T12:01:00Z", "2026-01-31T12:01:00Z"},
		{every(1), "2026-01-31T12:00:01Z", "2026-01-31T12:00:01Z"},
		{every(3600_000, "2026-01-31T12:00:00Z"), "2026-01-31T12:00:00Z", "2026-01-31T13:00:00Z"},
		{every(3600_000, "2026-01-31T09:30:00Z"), "2026-01-31T12:30:00Z", "2026-01-31T12:30:00Z"},
		{every(3600_000, "2030-01-31T09:30:00Z"), "2030-01-31T09:30:00Z", "2030-01-31T09:30:00Z"},
		{every(86_400_000, "1600-01-01T06:00:00Z"), "2026-02-01T06:00:00Z", "2026-02-01T06:00:00Z"},
	} {
		first, _ := c.s.First(now)
		next, _ := c.s.Next(now)
		if !first.Equal(at(c.first)) || !next.Equal(at(c.next)) {
			t.Errorf("%+v: first %v, next %v; want %s, %s", c.s, first.UTC(), next.UTC(), c.first, c.next)
		}
	}
}

// drawn is a random field: its text and what it means.
type drawn struct {
	text string
	has  func(int) bool
}

func drawField(t *rapid.T, name string, low, high int) drawn {
	n := rapid.IntRange(low, high)
	switch rapid.SampledFrom([]string{"*", "*/n", "n", "n,n", "a-b", "a-b/n", "n/n"}).Draw(t, name) {
	case "*/n":
		step := rapid.IntRange(1, 25).Draw(t, "step")
		return drawn{fmt.Sprintf("*/%d", step), func(v int) bool { return (v-low)%step == 0 }}
	case "n":
		a := n.Draw(t, "a")
		return drawn{fmt.Sprint(a), func(v int) bool { return v == a }}
	case "n,n":
		a, b := n.Draw(t, "a"), n.Draw(t, "b")
		return drawn{fmt.Sprintf("%d,%d", a, b), func(v int) bool { return v == a || v == b }}
	case "a-b":
		a := n.Draw(t, "a")
		b := rapid.IntRange(a, high).Draw(t, "b")
		return drawn{fmt.Sprintf("%d-%d", a, b), func(v int) bool { return a <= v && v <= b }}
	case "a-b/n":
		a := n.Draw(t, "a")
		b, step := rapid.IntRange(a, high).Draw(t, "b"), rapid.IntRange(1, 9).Draw(t, "step")
		return drawn{fmt.Sprintf("%d-%d/%d", a, b, step), func(v int) bool { return a <= v && v <= b && (v-a)%step == 0 }}
	case "n/n":
		a, step := n.Draw(t, "a"), rapid.IntRange(1, 9).Draw(t, "step")
		return drawn{fmt.Sprintf("%d/%d", a, step), func(v int) bool { return a <= v && (v-a)%step == 0 }}
	}
	return drawn{"*", func(int) bool { return true }}
}

// reading is a second reading of expressions, for comparison.
type reading struct {
	text                           string
	minute, hour, day, month, week drawn
}

func drawExpression(t *rapid.T) *reading {
	r := &reading{minute: drawField(t, "minute", 0, 59), hour: drawField(t, "hour", 0, 23), day: drawField(t, "day", 1, 31),
		month: drawField(t, "month", 1, 12), week: drawField(t, "week", 0, 6)}
	r.text = strings.Join([]string{r.minute.text, r.hour.text, r.day.text, r.month.text, r.week.text}, " ")
	return r
}

func (r *reading) onDay(t time.Time) bool {
	day, week := r.day.has(t.Day()), r.week.has(int(t.Weekday()))
	both := day && week
	if !strings.HasPrefix(r.day.text, "*") && !strings.HasPrefix(r.week.text, "*") {
		both = day || week
	}
	return both && r.month.has(int(t.Month()))
}

func (r *reading) names(t time.Time) bool {
	return r.minute.has(t.Minute()) && r.hour.has(t.Hour()) && r.onDay(t)
}

// walk goes through all minutes of a clock that never changes.
func (r *reading) walk(after time.Time, years int) (time.Time, bool) {
	day := after.Truncate(24 * time.Hour)
	for end := after.AddDate(years, 0, 0); day.Before(end); day = day.AddDate(0, 0, 1) {
		if !r.onDay(day) {
			continue
		}
		for k := range 24 * 60 {
			if m := day.Add(time.Duration(k) * time.Minute); m.After(after) && r.names(m) {
				return m, true
			}
		}
	}
	return time.Time{}, false
}

func TestExpressionsMeanWhatTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawExpression(t)
		after := time.Unix(rapid.Int64Range(1_500_000_000, 2_200_000_000).Draw(t, "after"), 0).UTC()
		want, comes := r.walk(after, 30)
		x, err := Parse(r.text)
		if err != nil {
			if comes {
				t.Fatalf("%q: %v, want %v", r.text, err, want)
			}
			return
		}
		if got, ok := x.Next(after, time.UTC); ok != comes && comes || comes && !got.Equal(want) {
			t.Fatalf("%q after %v: %v %v, want %v", r.text, after, got, ok, want)
		}
	})
}

// wallOf is what the clock on the wall shows.
func wallOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// due goes through the minutes from one moment to another and gives those at
// which an expression is due: the rules as they are written down.
func (r *reading) due(from, to time.Time, zone *time.Location) (out []time.Time) {
	rolling := strings.HasPrefix(r.hour.text, "*")
	last := wallOf(from.Add(-time.Minute).In(zone))
	shown := last // the latest time the clock has shown
	for t := from; t.Before(to); t = t.Add(time.Minute) {
		wall := wallOf(t.In(zone))
		hit := r.names(wall)
		if !rolling {
			hit = hit && wall.After(shown)
			for left := last.Add(time.Minute); left.Before(wall); left = left.Add(time.Minute) {
				hit = hit || left.After(shown) && r.names(left)
			}
		}
		if hit {
			out = append(out, t)
		}
		last = wall
		if wall.After(shown) {
			shown = wall
		}
	}
	return out
}

// transitions are the changes of a zone's clock in some years.
func transitions(zone *time.Location, from, to int) (out []time.Time) {
	t := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC).In(zone)
	for t.Year() < to {
		_, end := t.ZoneBounds()
		if end.IsZero() {
			return out
		}
		out = append(out, end)
		t = end
	}
	return out
}

// At every change of every clock over twenty years; by default of a sample, with
// expressions that are busy around the change.
func TestClockChanges(t *testing.T) {
	zones, random := zoneNames(t), rand.New(rand.NewPCG(1, 2))
	first, last, perChange := 2010, 2030, 3
	if !soak {
		random.Shuffle(len(zones), func(i, j int) { zones[i], zones[j] = zones[j], zones[i] })
		zones = append(zones[:4], "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "America/St_Johns", "Antarctica/Troll")
		first, last, perChange = 2010, 2015, 1
	}
	changes := 0
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range transitions(zone, first, last) {
			changes++
			for range perChange {
				r := busy(random, wallOf(change.In(zone)).Hour())
				x, err := Parse(r.text)
				if err != nil {
					t.Fatal(err)
				}
				from, to := change.Add(-12*time.Hour).Truncate(time.Minute), change.Add(27*time.Hour)
				at := from.Add(-time.Second)
				for _, want := range r.due(from, to, zone) {
					got, ok := x.Next(at, zone)
					if !ok || !got.Equal(want) {
						t.Fatalf("%s, %q around %v: after %v comes %v, want %v", name, r.text, change.UTC(), at.UTC(), got.UTC(), want.UTC())
					}
					at = got
				}
				if got, ok := x.Next(at, zone); ok && got.Before(to) {
					t.Fatalf("%s, %q around %v: %v is one too many", name, r.text, change.UTC(), got.UTC())
				}
			}
		}
	}
	if changes < 20 {
		t.Errorf("%d changes only", changes)
	}
}

// busy is an expression whose times are around an hour.
func busy(random *rand.Rand, hour int) *reading {
	all := drawn{"*", func(int) bool { return true }}
	one := func(n int) drawn { return drawn{fmt.Sprint(n), func(v int) bool { return v == n }} }
	step := func(n int) drawn { return drawn{fmt.Sprintf("*/%d", n), func(v int) bool { return v%n == 0 }} }
	r := &reading{day: all, month: all, week: all, minute: one(random.IntN(60)), hour: one((hour + 22 + random.IntN(4)) % 24)}
	if random.IntN(2) == 0 {
		r.minute = step(7 + random.IntN(30))
	}
	if random.IntN(3) == 0 {
		r.hour = step(1 + random.IntN(3))
	}
	if random.IntN(4) == 0 {
		r.hour = all
	}
	r.text = strings.Join([]string{r.minute.text, r.hour.text, "*", "*", "*"}, " ")
	return r
}

// zoneNames lists the zones that Go knows.
func zoneNames(t *testing.T) (out []string) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatalf("the list of zones: %v", err)
	}
	defer archive.Close()
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, "/") {
			out = append(out, f.Name)
		}
	}
	return out
}
