package logging

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Mask stands where a secret was. It is shorter than any secret that is looked
// for, so that masking can't make one.
const Mask = "***"

const (
	// MinLength is the length from which a secret is looked for. Shorter ones
	// would black out half of every line; those are hidden only by the names
	// they are logged under.
	MinLength = 4

	maxPinned    = 256  // secrets of the configuration
	maxPassing   = 4096 // secrets that come and go, such as device tokens
	maxPiece     = 4096 // a longer secret is kept in pieces of so many bytes
	maxPieces    = 16
	minEncoded   = 8 // an encoded form shorter than this would match by chance
	headLength   = 4
	headFilter   = 1 << 16
	filterFactor = 2654435761 // Knuth's, spreads heads over the filter
)

// Secrets is the register of the values that must not be seen. Its methods may
// be called at the same time, and a nil *Secrets knows none.
type Secrets struct {
	mu      sync.RWMutex
	pinned  []string            // oldest first
	passing []string            // oldest first
	holders map[string]int      // how often each form is registered
	heads   map[uint32][]string // forms by their first bytes, the longest first
	filter  [headFilter / 64]uint64
}

// Pin registers secrets that stay: those of the configuration.
func (s *Secrets) Pin(values ...string) { s.register(&s.pinned, maxPinned, values) }

// Add registers secrets that come and go. When there are too many, the oldest
// ones are forgotten.
func (s *Secrets) Add(values ...string) { s.register(&s.passing, maxPassing, values) }

func (s *Secrets) register(list *[]string, limit int, values []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, value := range values {
		for piece := range pieces(value) {
			if k := slices.Index(*list, piece); k >= 0 {
				*list = append(slices.Delete(*list, k, k+1), piece) // it is the newest again
				continue
			}
			*list = append(*list, piece)
			for _, form := range forms(piece) {
				s.hold(form)
			}
			if len(*list) > limit {
				for _, form := range forms((*list)[0]) {
					s.release(form)
				}
				*list = slices.Delete(*list, 0, 1)
			}
		}
	}
}

// pieces cuts what is too long. Each piece is registered, but too short a last
// one, and so many that only a file could be meant.
func pieces(value string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for range maxPieces {
			n := min(len(value), maxPiece)
			if n < MinLength || !yield(strings.Clone(value[:n])) {
				return
			}
			value = value[n:]
		}
	}
}

// forms lists how a secret may be written: as it is, in a JSON or Go string, in
// a URL, in hexadecimal and within base64.
func forms(secret string) []string {
	all := []string{secret}
	add := func(form string, least int) {
		if len(form) >= least && !slices.Contains(all, form) {
			all = append(all, form)
		}
	}
	if quoted, err := json.Marshal(secret); err == nil {
		add(string(quoted[1:len(quoted)-1]), MinLength)
	}
	for _, quoted := range []string{strconv.Quote(secret), strconv.QuoteToASCII(secret)} {
		add(quoted[1:len(quoted)-1], MinLength)
	}
	add(url.QueryEscape(secret), MinLength)
	add(url.PathEscape(secret), MinLength)
	add(hex.EncodeToString([]byte(secret)), minEncoded)
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		// What goes before decides which bits of the secret share a letter. Cut
		// off the letters that hold bits of the neighbours as well.
		for before := range 3 {
			text := encoding.EncodeToString(append(make([]byte, before), secret...))
			first := (before*8 + 5) / 6
			last := (before + len(secret)) * 8 / 6
			add(text[first:last], minEncoded)
		}
	}
	return all
}

func (s *Secrets) hold(form string) {
	if s.holders == nil {
		s.holders, s.heads = make(map[string]int), make(map[uint32][]string)
	}
	if s.holders[form]++; s.holders[form] > 1 {
		return
	}
	head := headOf(form)
	list := append(s.heads[head], form)
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	s.heads[head] = list
	bit := filterBit(head)
	s.filter[bit/64] |= 1 << (bit % 64)
}

// release forgets a form. Its bit in the filter stays: that costs a look into
// the map, no more.
func (s *Secrets) release(form string) {
	if s.holders[form]--; s.holders[form] > 0 {
		return
	}
	delete(s.holders, form)
	head := headOf(form)
	list := slices.DeleteFunc(s.heads[head], func(f string) bool { return f == form })
	if len(list) == 0 {
		delete(s.heads, head)
	} else {
		s.heads[head] = list
	}
}

func headOf(text string) uint32 { return binary.LittleEndian.Uint32([]byte(text[:headLength])) }

func filterBit(head uint32) uint32 { return head * filterFactor >> 16 }

// hide returns the text with every registered secret masked.
func (s *Secrets) hide(text string) string {
	if s == nil || len(text) < MinLength {
		return text
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.heads) == 0 {
		return text
	}
	var b strings.Builder
	done := 0
	for i := 0; i+headLength <= len(text); i++ {
		end := s.match(text, i)
		if end < 0 {
			continue
		}
		// Secrets may overlap: mask to the end of the last one.
		for k := i + 1; k < end && k+headLength <= len(text); k++ {
			end = max(end, s.match(text, k))
		}
		b.WriteString(text[done:i])
		b.WriteString(Mask)
		done = end
		i = end - 1
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	hidden := b.String()
	// What remains may, with a mask in it, be a secret that has asterisks.
	for i := 0; i+headLength <= len(hidden); i++ {
		if s.match(hidden, i) >= 0 {
			return Mask
		}
	}
	return hidden
}

// match returns the end of the longest secret that begins at i, or -1.
func (s *Secrets) match(text string, i int) int {
	head := headOf(text[i:])
	if bit := filterBit(head); s.filter[bit/64]&(1<<(bit%64)) == 0 {
		return -1
	}
	for _, form := range s.heads[head] {
		if strings.HasPrefix(text[i:], form) {
			return i + len(form)
		}
	}
	return -1
}
