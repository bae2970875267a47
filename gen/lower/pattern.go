package lower

import (
	"fmt"
	"strings"
)

// unportable says why a pattern that RE2 accepts means something else, or
// nothing, in ECMAScript (u flag) or Python; "" when it is portable.
func unportable(pattern string) string {
	inClass := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c >= 0x80:
			return "characters beyond ASCII differ between engines: write them as a class of what they are not"
		case c == '\\':
			i++
			if i < len(pattern) {
				if why := unportableEscape(pattern[i]); why != "" {
					return why
				}
			}
		case inClass:
			if c == '[' {
				return "an unescaped [ inside a class, or a POSIX class, differs between engines: write \\["
			}
			inClass = c != ']'
		case c == '[':
			inClass = true
			if strings.HasPrefix(pattern[i+1:], "]") || strings.HasPrefix(pattern[i+1:], "^]") {
				return "a class that begins with ] differs between engines: write \\]"
			}
			if strings.HasPrefix(pattern[i+1:], "^") {
				i++
			}
		case c == '(' && strings.HasPrefix(pattern[i:], "(?") && !strings.HasPrefix(pattern[i:], "(?:"):
			return "groups that begin with (? other than (?: differ between engines"
		case c == '.':
			return "a dot matches different line ends in different engines: write a class such as [^\\n]"
		}
	}
	return ""
}

func unportableEscape(c byte) string {
	switch {
	case strings.IndexByte(`\.+*?()|[]{}^$/-`, c) >= 0:
		return ""
	case strings.IndexByte("nrtfv", c) >= 0:
		return ""
	}
	return fmt.Sprintf("\\%c differs between engines: write a class such as [0-9] or [A-Za-z0-9_]", c)
}
