package specimen

import (
	"math"
	"strconv"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// number makes a number that keeps the limits of its type.
func (m *Maker) number(t *ir.Type) string {
	if t.Kind == ir.Int {
		return m.integer(t)
	}
	low, high := m.bounds(t)
	if c := t.Check(ir.MultipleOf); c != nil {
		return m.multiple(c, low, high)
	}
	f := low + m.r.Float64()*(high-low)
	switch {
	case m.chance(15):
		f = low
	case m.chance(15):
		f = high
	case m.chance(40) && math.Trunc(f) >= low:
		f = math.Trunc(f)
	}
	format := byte('f')
	if !m.Plain {
		format = pick(m.r, byte('f'), 'g', 'e')
	}
	for _, c := range t.Checks {
		if c.Limit.Float == f { // which may be above or below what is written
			return c.Limit.JSON
		}
	}
	return strconv.FormatFloat(f, format, -1, 64)
}

// bounds are the floats that a number may lie between, both allowed.
func (m *Maker) bounds(t *ir.Type) (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	for _, c := range t.Checks {
		switch l := c.Limit.Float; c.Kind {
		case ir.Minimum:
			low = max(low, l)
		case ir.ExclusiveMinimum:
			low = max(low, math.Nextafter(l, math.Inf(1)))
		case ir.Maximum:
			high = min(high, l)
		case ir.ExclusiveMaximum:
			high = min(high, math.Nextafter(l, math.Inf(-1)))
		}
	}
	const span = 1e6
	switch {
	case math.IsInf(low, -1) && math.IsInf(high, 1):
		return -span, span
	case math.IsInf(low, -1):
		return high - span, high
	case math.IsInf(high, 1):
		return low, low + span
	}
	return low, high
}

func (m *Maker) integer(t *ir.Type) string {
	const far = 1<<53 - 1
	low, high := int64(-far), int64(far)
	for _, c := range t.Checks {
		switch c.Kind {
		case ir.Minimum:
			low = max(low, c.Limit.Int)
		case ir.ExclusiveMinimum:
			low = max(low, c.Limit.Int+1)
		case ir.Maximum:
			high = min(high, c.Limit.Int)
		case ir.ExclusiveMaximum:
			high = min(high, c.Limit.Int-1)
		}
	}
	step := int64(1)
	if c := t.Check(ir.MultipleOf); c != nil {
		step = c.Limit.Int
	}
	from := low / step * step // the first multiple in range
	if from < low {
		from += step
	}
	n := from + m.r.Int64N(min((high-from)/step, 1000)+1)*step
	if m.chance(10) && high-from < far {
		n = from + (high-from)/step*step
	}
	if low <= 0 && high >= 0 && m.chance(50) {
		n = m.r.Int64N(min(high/step, 2000)+1) * step
	}
	s := strconv.FormatInt(n, 10)
	if m.Plain || n == 0 || m.chance(90) {
		return s
	}
	return pick(m.r, s+".0", s+"e0", s+".00E+0", s+"0e-1")
}

// multiple writes a multiple of a decimal limit exactly.
func (m *Maker) multiple(c *ir.Check, low, high float64) string {
	step := c.Limit.Float
	k := math.Ceil(low/step) + math.Floor(m.r.Float64()*min(math.Floor((high-low)/step), 50))
	return timesDecimal(c.Limit.JSON, int64(k))
}
