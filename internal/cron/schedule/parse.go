package schedule

import (
	"strconv"
	"strings"
)

// Expression is a cron expression.
type Expression struct {
	text    string // for the library: six fields, seconds first, in its plainest form
	rolling bool   // follows the clock on the wall through its changes
}

// names are expressions that have one.
var names = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// field is one of an expression's.
type field struct {
	name      string
	low, high int
	words     []string // that stand for numbers from low on
}

var fields = []field{
	{name: "second", high: 59},
	{name: "minute", high: 59},
	{name: "hour", high: 23},
	{name: "day of month", low: 1, high: 31},
	{name: "month", low: 1, high: 12, words: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{name: "day of week", high: 7, words: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
}

const (
	hour       = 2
	dayOfMonth = 3
	dayOfWeek  = 5
)

// Parse reads an expression: five fields, six with seconds first, or a name. A
// field is *, a number, a name, a range a-b, any of these with a step /n, or
// several of them with commas between. Days of the month may be L (the last) and
// 15W (the weekday nearest to the 15th), days of the week 5L (the last Friday)
// and 1#2 (the second Monday). A job for days of the month and of the week runs
// on both, unless one of the fields begins with *: then it runs where they meet.
func Parse(text string) (*Expression, error) {
	given := strings.TrimSpace(text)
	if long, ok := names[strings.ToLower(given)]; ok {
		given = long
	}
	list := strings.Fields(given)
	if len(list) == 5 {
		list = append([]string{"0"}, list...)
	}
	if len(list) != 6 {
		return nil, mistake("TypeError: CronPattern: invalid configuration format ('%s'), exactly five or six space separated parts are required.", clip(text))
	}
	for k := range list {
		plain, why := fields[k].read(k, strings.ToUpper(list[k]))
		if why != "" {
			return nil, mistake("TypeError: CronPattern: invalid %s '%s' in '%s': %s", fields[k].name, clip(list[k]), clip(text), why)
		}
		list[k] = plain
	}
	x := &Expression{text: strings.Join(list, " "), rolling: strings.HasPrefix(list[hour], "*")}
	if _, ok := x.wall(longAgo); !ok {
		return nil, mistake("TypeError: CronPattern: '%s' names a day that never comes", clip(text))
	}
	return x, nil
}

// read checks a field and gives it in its plainest form, or says what is wrong.
func (f *field) read(pos int, text string) (plain, why string) {
	if text == "?" {
		text = "*"
	}
	var out []string
	for item := range strings.SplitSeq(text, ",") {
		p, why := f.item(pos, item)
		if why != "" {
			return "", why
		}
		out = append(out, p)
	}
	return strings.Join(out, ","), ""
}

func (f *field) item(pos int, text string) (plain, why string) {
	body, stepText, stepped := strings.Cut(text, "/")
	step := 1
	if stepped {
		n, err := strconv.Atoi(stepText)
		if err != nil || n < 1 || n > 99 {
			return "", "after / a step of 1 to 99 is expected"
		}
		step = n
	}
	switch {
	case body == "*" && !stepped:
		return "*", ""
	case body == "*":
		return "*/" + strconv.Itoa(step), ""
	case !stepped && f.special(pos, text):
		return text, ""
	}
	lowText, highText, ranged := strings.Cut(body, "-")
	low, why := f.number(lowText)
	if why != "" {
		return "", why
	}
	high := low
	switch {
	case ranged:
		if high, why = f.number(highText); why != "" {
			return "", why
		}
	case stepped && pos == dayOfWeek:
		low, high = low%7, 6
	case stepped:
		high = f.high
	}
	if high < low {
		return "", "the range ends before it begins"
	}
	var list []string
	for n := low; n <= high; n += step {
		if pos == dayOfWeek {
			list = append(list, strconv.Itoa(n%7))
		} else {
			list = append(list, strconv.Itoa(n))
		}
	}
	return strings.Join(list, ","), ""
}

func (f *field) number(text string) (n int, why string) {
	for k, word := range f.words {
		if text == word {
			return f.low + k, ""
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || text[0] == '+' || n < f.low || n > f.high {
		return 0, "expected " + strconv.Itoa(f.low) + " to " + strconv.Itoa(f.high)
	}
	return n, ""
}

// special reports whether an item is one of the forms that days have.
func (f *field) special(pos int, text string) bool {
	within := func(text string, low, high int) bool {
		n, err := strconv.Atoi(text)
		return err == nil && text[0] != '+' && low <= n && n <= high
	}
	switch pos {
	case dayOfMonth:
		day, ok := strings.CutSuffix(text, "W")
		return text == "L" || ok && within(day, 1, 31)
	case dayOfWeek:
		day, last := strings.CutSuffix(text, "L")
		first, nth, numbered := strings.Cut(text, "#")
		return last && within(day, 0, 7) || numbered && within(first, 0, 7) && within(nth, 1, 5)
	}
	return false
}

// clip keeps what a caller sent short enough for a message.
func clip(text string) string {
	if r := []rune(text); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return text
}
