package lower

import (
	"fmt"
	"regexp"
	"strings"
)

// unportable says why a pattern that RE2 accepts means something else, or
// nothing, in ECMAScript (u flag) or Python; "" when it is portable.
func unportable(pattern string) string {
	inClass := false
	for i := 0; i < len(pattern); i++ {
		rest := pattern[i:]
		switch c := pattern[i]; {
		case c >= 0x80:
			return "characters beyond ASCII differ between engines: write them as a class of what they are not"
		case c == '\\':
			i++
			if i < len(pattern) {
				if why := unportableEscape(pattern[i], inClass); why != "" {
					return why
				}
			}
		case inClass:
			if c == '[' {
				return "an unescaped [ inside a class, or a POSIX class, differs between engines: write \\["
			}
			if len(rest) > 1 && rest[1] == c && strings.IndexByte("&|~-", c) >= 0 {
				return fmt.Sprintf("%s inside a class is an operator in some engines: write one %c", rest[:2], c)
			}
			inClass = c != ']'
		case c == '[':
			inClass = true
			if strings.HasPrefix(rest, "[]") || strings.HasPrefix(rest, "[^]") {
				return "a class that begins with ] differs between engines: write \\]"
			}
			if strings.HasPrefix(rest, "[^") {
				i++
			}
		case strings.HasPrefix(rest, "(?") && !strings.HasPrefix(rest, "(?:"):
			return "groups that begin with (? other than (?: differ between engines"
		case c == '.':
			return "a dot matches different line ends in different engines: write a class such as [^\\n]"
		case c == '{':
			if !repetition.MatchString(rest) {
				return "an unescaped { that opens no repetition such as {2,5} differs between engines: write \\{"
			}
			i += strings.IndexByte(rest, '}')
		case c == '}' || c == ']':
			return fmt.Sprintf("an unescaped %c differs between engines: write \\%c", c, c)
		case (c == '^' || c == '$') && len(rest) > 1 && strings.IndexByte("*+?{", rest[1]) >= 0:
			return fmt.Sprintf("%c cannot be repeated in every engine", c)
		}
	}
	return ""
}

var repetition = regexp.MustCompile(`^\{[0-9]+(,[0-9]*)?\}`)

func unportableEscape(c byte, inClass bool) string {
	switch {
	case c == '-' && !inClass:
		return "\\- outside a class differs between engines: write -"
	case strings.IndexByte(`\.+*?()|[]{}^$/-`, c) >= 0:
		return ""
	case strings.IndexByte("nrtfv", c) >= 0:
		return ""
	}
	return fmt.Sprintf("\\%c differs between engines: write a class such as [0-9] or [A-Za-z0-9_]", c)
}
