package wire

// FormatDateTime reports whether s is a date and time as RFC 3339 §5.6 has it,
// leap seconds included.
//
// It gives the verdict of the validators that the protocol is tested against,
// which let a number of two characters be a sign and a digit: T+1:-0:+9Z.
func FormatDateTime(s string) bool {
	if len(s) < len("2006-01-02T15:04:05Z") {
		return false
	}
	if s[10] != 'T' && s[10] != 't' {
		return false
	}
	return validDate(s[:10]) && validTime(s[11:])
}

// validDate checks yyyy-mm-dd.
func validDate(s string) bool {
	if s[4] != '-' || s[7] != '-' {
		return false
	}
	century, ok1 := twoDigits(s[0:2])
	rest, ok2 := twoDigits(s[2:4])
	month, ok3 := twoDigits(s[5:7])
	day, ok4 := twoDigits(s[8:10])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return false
	}
	return 1 <= month && month <= 12 && 1 <= day && day <= daysIn(century*100+rest, month)
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// validTime checks hh:mm:ss, a fraction and an offset.
func validTime(s string) bool {
	hour, minute, ok := clock(s[:5])
	second, okSecond := signedTwo(s[6:8])
	if !ok || !okSecond || s[5] != ':' || second > 60 {
		return false
	}
	s = s[8:]
	if s != "" && s[0] == '.' {
		digits := 0
		for digits+1 < len(s) && isDigit(s[digits+1]) {
			digits++
		}
		if digits == 0 {
			return false
		}
		s = s[1+digits:]
	}
	offset, ok := validOffset(s)
	if !ok {
		return false
	}
	if second < 60 {
		return true
	}
	// A leap second comes only at the end of a day in UTC.
	const day = 24 * 60
	return (hour*60+minute-offset+day)%day == day-1
}

// validOffset checks Z or +hh:mm, and returns the minutes.
func validOffset(s string) (int, bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) != len("+00:00") || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	hour, minute, ok := clock(s[1:])
	if s[0] == '-' {
		return -(hour*60 + minute), ok
	}
	return hour*60 + minute, ok
}

// clock reads hh:mm.
func clock(s string) (hour, minute int, ok bool) {
	hour, okHour := signedTwo(s[0:2])
	minute, okMinute := signedTwo(s[3:5])
	return hour, minute, okHour && okMinute && s[2] == ':' && hour <= 23 && minute <= 59
}

func twoDigits(s string) (int, bool) {
	if !isDigit(s[0]) || !isDigit(s[1]) {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true
}

// signedTwo reads two digits, or one with a sign that leaves it positive.
func signedTwo(s string) (int, bool) {
	if s[0] == '+' || s == "-0" {
		return int(s[1] - '0'), isDigit(s[1])
	}
	return twoDigits(s)
}
