package wire

import (
	"bytes"
	"cmp"
	"math/big"
	"strconv"
)

// Numbers are compared with limits as they are written, not as float64 has
// them: 0.1 keeps an exclusive maximum of 0.10000000000000001, which is the
// same float64. The work is in proportion to the digits written, whatever the
// exponent says.

// CompareNumber compares a number with a limit, given both as they are written
// and as float64: -1, 0 or 1. Only equal floats make it look at the text, since
// rounding never swaps two numbers.
func CompareNumber(literal []byte, v, limit float64, limitText string) int {
	switch {
	case v < limit:
		return -1
	case v > limit:
		return 1
	}
	return compareDecimals(literal, []byte(limitText))
}

// MultipleOf reports whether a number is an exact multiple of another.
func MultipleOf(literal []byte, of string) bool {
	a, b := parseDecimal(literal), parseDecimal([]byte(of))
	if a.zero() {
		return true
	}
	// The digits of a end in no zero, so they are no multiple of ten: where a
	// has decimal places that b lacks, it is no multiple of b.
	shift := a.exp - b.exp
	if b.zero() || shift < 0 {
		return false
	}
	divisor, _ := new(big.Int).SetString(string(b.digits), 10)
	rest := remainder(a.digits, divisor)
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(shift)), divisor)
	rest.Mul(rest, power).Mod(rest, divisor)
	return rest.Sign() == 0
}

// IntMultipleOf is MultipleOf for an integer; generated code calls it where the
// limit is not an integer itself.
func IntMultipleOf(v int64, of string) bool {
	return MultipleOf(strconv.AppendInt(nil, v, 10), of)
}

// remainder divides a long decimal, some digits at a time.
func remainder(digits []byte, divisor *big.Int) *big.Int {
	const step = 18 // digits that an int64 holds
	rest, scale, part := new(big.Int), new(big.Int), new(big.Int)
	for len(digits) > 0 {
		n := min(step, len(digits))
		value, _ := strconv.ParseInt(string(digits[:n]), 10, 64)
		scale.Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
		rest.Mul(rest, scale).Add(rest, part.SetInt64(value)).Mod(rest, divisor)
		digits = digits[n:]
	}
	return rest
}

// decimalNumber is a number as written: digits, without zeros at either end,
// times a power of ten. Zero has no digits.
type decimalNumber struct {
	negative bool
	digits   []byte
	exp      int
}

func parseDecimal(literal []byte) decimalNumber {
	unsigned, negative := bytes.CutPrefix(literal, []byte("-"))
	digits, exp := decimal(unsigned)
	short := bytes.TrimRight(digits, "0")
	return decimalNumber{negative && len(short) > 0, short, exp + len(digits) - len(short)}
}

func (d decimalNumber) zero() bool { return len(d.digits) == 0 }

// isInteger reports whether a number is mathematically an integer.
func isInteger(literal []byte) bool {
	if _, ok := plainInt(literal); ok {
		return true
	}
	d := parseDecimal(literal)
	return d.zero() || d.exp >= 0
}

// compareDecimals compares two numbers as they are written.
func compareDecimals(a, b []byte) int {
	if n, ok := plainInt(a); ok {
		if limit, ok := plainInt(b); ok {
			return cmp.Compare(n, limit)
		}
	}
	x, y := parseDecimal(a), parseDecimal(b)
	switch {
	case x.negative && !y.negative:
		return -1
	case y.negative && !x.negative:
		return 1
	case x.negative:
		return compareMagnitudes(y, x)
	}
	return compareMagnitudes(x, y)
}

func compareMagnitudes(x, y decimalNumber) int {
	switch {
	case x.zero() && y.zero():
		return 0
	case x.zero():
		return -1
	case y.zero():
		return 1
	}
	// The place of the first digit decides, then the digits one by one.
	if top, other := len(x.digits)+x.exp, len(y.digits)+y.exp; top != other {
		if top < other {
			return -1
		}
		return 1
	}
	return bytes.Compare(x.digits, y.digits)
}
