package lower

import (
	"regexp"
	"strings"
	"testing"
)

// TestUnportable: each pattern was tried in Go, in node with the u flag, and in
// Python, where $ is written \Z.
func TestUnportable(t *testing.T) {
	for _, portable := range []string{
		"", "^[a-z][a-z0-9-]*$", `^#[0-9a-fA-F]{6}$`, `^(?:a|b)+?$`, `^\{x\}$`, `[^\n]*`, `a{2,}b{0,1}`, `[\[\]]`, `[-a]`, `[a-]`, `\.\*\+\?\(\)\|\/\\`, `[\-]`, `^$`, `(a)(b)`,
	} {
		if _, err := regexp.Compile(portable); err != nil {
			t.Errorf("%s: %v", portable, err)
		}
		if why := unportable(portable); why != "" {
			t.Errorf("%s is refused: %s", portable, why)
		}
	}
	for pattern, why := range map[string]string{
		`\d`: `\d`, `\w`: `\w`, `\s`: `\s`, `\b`: `\b`, `\pL`: `\p`, `\x41`: `\x`, `\A`: `\A`, `\z`: `\z`, `\Qa.b\E`: `\Q`,
		"a.b": "dot", "(?i)a": "(?", "(?P<n>a)": "(?", "[[:alpha:]]": "POSIX", "[]a]": "]", "[^]a]": "]",
		"a{,3}": "{", "{a": "{", "a}": "}", "a]": "]", `\-`: "-", "^*": "^", "a$+": "$", "é": "ASCII",
		"[a&&b]": "&&", "[--a]": "--", "[~~]": "~~", "[||]": "||",
	} {
		if _, err := regexp.Compile(pattern); err != nil {
			t.Errorf("%s is no pattern in Go: %v", pattern, err)
		}
		if got := unportable(pattern); !strings.Contains(got, why) {
			t.Errorf("%s: %q does not speak of %q", pattern, got, why)
		}
	}
}
