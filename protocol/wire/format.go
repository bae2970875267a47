package wire

import (
	"net/netip"
	"net/url"
	"strings"
)

// ValidFormat reports whether s is of the named format. A format that is not
// known says nothing.
func ValidFormat(name, s string) bool {
	switch name {
	case "date-time":
		return FormatDateTime(s)
	case "uuid":
		return FormatUUID(s)
	case "uri":
		return FormatURI(s)
	case "base64":
		return FormatBase64(s)
	}
	return true
}

// FormatUUID reports whether s is a UUID: 8-4-4-4-12 hexadecimal digits.
func FormatUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if hexDigit[s[i]] == 0 {
				return false
			}
		}
	}
	return true
}

// FormatURI reports whether s is an absolute URI.
func FormatURI(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() {
		return false
	}
	// url.Parse lets hosts through that look like IPv6 but are not.
	host := u.Hostname()
	if !strings.Contains(host, ":") {
		return true
	}
	if !strings.Contains(u.Host, "[") || !strings.Contains(u.Host, "]") {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Zone() == ""
}

// FormatBase64 reports whether s is base64 as RFC 4648 §4 has it: padded, no
// white space, and no bits set that the padding cuts off, so that no two texts
// stand for the same bytes.
func FormatBase64(s string) bool {
	if len(s)%4 != 0 {
		return false
	}
	text := strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	for i := range len(text) {
		if base64Value(text[i]) < 0 {
			return false
		}
	}
	switch len(s) - len(text) {
	case 1:
		return base64Value(text[len(text)-1])&0b11 == 0
	case 2:
		return base64Value(text[len(text)-1])&0b1111 == 0
	}
	return true
}

func base64Value(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 26
	case '0' <= c && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}
