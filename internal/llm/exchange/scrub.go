package exchange

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// scrubber takes secrets out of texts that services and libraries write.
type scrubber struct{ secrets []string }

// minSecret is the shortest value that is taken for a secret: to take out "1"
// everywhere would spoil a text and hide nothing.
const minSecret = 6

func newScrubber(o *Options) *scrubber {
	s := &scrubber{}
	add := func(secret string) {
		if len(secret) >= minSecret {
			s.secrets = append(s.secrets, secret)
		}
	}
	add(o.Key)
	for _, value := range o.Headers {
		add(value)
		if _, token, ok := strings.Cut(value, " "); ok {
			add(token)
		}
	}
	// A secret may begin with another one.
	slices.SortFunc(s.secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return s
}

// keyLike is what looks like a key, also one that is shortened or masked.
var keyLike = regexp.MustCompile(`(?i)\b(?:sk|pk|rk|gsk|xai|key)-[A-Za-z0-9_*.\-]{6,}|\bBearer\s+\S+|://[^/\s@]+@`)

func (s *scrubber) clean(text string) string {
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return keyLike.ReplaceAllStringFunc(text, func(found string) string {
		if strings.HasPrefix(found, "://") {
			return "://***@"
		}
		return "***"
	})
}
