package logging

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

func TestMaskPatterns(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://ada:hunter2@db:5432/x":          "postgres://***@db:5432/x",
		"see https://token@host, http://b/@c":       "see https://***@host, http://b/@c",
		`{"method":"connect","token":"a\"b","n":1}`: `{"method":"connect","token":"***","n":1}`,
		`{"deviceToken" : "x"}`:                     `{"deviceToken" : "***"}`,
		`"{\"password\":\"a\\\"b\",\"n\":1}"`:       `"{\"password\":\"***\",\"n\":1}"`,
		"GET /v1/connect?token=abc&x=1":             "GET /v1/connect?token=***&x=1",
		"host=db password='a b' user=ada":           "host=db password=*** user=ada",
		"GATEWAY_TOKEN=abc":                         "GATEWAY_TOKEN=***",
		"Authorization: Bearer abc":                 "Authorization: ***",
		"Set-Cookie: a=b; Path=/\r\nHost: x":        "Set-Cookie: ***\r\nHost: x",
		"sent Bearer abcdef.ghijkl-mnop":            "sent Bearer ***",
		"unauthorized: gateway token mismatch":      "unauthorized: gateway token mismatch",
		"gateway.auth.token is not set":             "gateway.auth.token is not set",
		`{"maxTokens":5,"tokenSource":"env"}`:       `{"maxTokens":5,"tokenSource":"env"}`,
		"needs a bearer token":                      "needs a bearer token",
		"maxTokens=5":                               "maxTokens=5",
		"":                                          "",
	} {
		if got := (*Secrets)(nil).Mask(text); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// TestBounds checks that the register forgets the oldest passing secrets, and
// none of the configuration.
func TestBounds(t *testing.T) {
	s := new(Secrets)
	s.Pin("pinned-secret")
	for k := range maxPassing + 100 {
		s.Add(fmt.Sprintf("passing-%06d", k))
		s.Add("passing-kept-up")
	}
	if len(s.passing) != maxPassing || len(s.pinned) != 1 {
		t.Fatal(len(s.passing), len(s.pinned))
	}
	last := fmt.Sprintf("passing-%06d", maxPassing+99)
	for text, want := range map[string]string{"pinned-secret": Mask, last: Mask, "passing-kept-up": Mask, "passing-000000": "passing-000000"} {
		if got := s.Mask(text); got != want {
			t.Errorf("%s became %s", text, got)
		}
	}
	if len(s.holders) > 12*(maxPassing+1) {
		t.Errorf("%d forms are held", len(s.holders))
	}
	s = new(Secrets)
	s.Pin("abc", "", "***")
	if len(s.pinned) != 0 {
		t.Error("short secrets are registered")
	}
	s.Pin(strings.Repeat("x", 100*maxPiece))
	if len(s.pinned) > maxPieces {
		t.Errorf("%d pieces", len(s.pinned))
	}
}

func TestOverlap(t *testing.T) {
	s := new(Secrets)
	s.Pin("abcdef", "defghi", "abcd", "***x")
	for text, want := range map[string]string{
		"abcdefghi": "***", "1abcdef2abcd3": "1***2***3", "xdefghiabcd": "x******", "abcdx": "***", "abcx": "abcx", "abc": "abc",
	} {
		if got := s.Mask(text); got != want {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
}

// TestTogether logs and registers at the same time, for the race detector.
func TestTogether(t *testing.T) {
	secrets := new(Secrets)
	l := New(io.Discard, JSON, slog.LevelInfo, secrets)
	var wg sync.WaitGroup
	for k := range 8 {
		wg.Go(func() {
			for i := range 100 {
				secrets.Add(fmt.Sprintf("secret-%d-%d", k, i))
				l.With("a", k).WithGroup("g").Info("secret-1-1", "k", holder{Name: "secret-2-2"})
			}
		})
	}
	wg.Wait()
}

func BenchmarkLine(b *testing.B) {
	secrets := new(Secrets)
	secrets.Pin("0123456789abcdef0123456789abcdef")
	for k := range 1000 {
		secrets.Add(fmt.Sprintf("%032x", k*7919))
	}
	for _, c := range []struct {
		name   string
		logger *slog.Logger
	}{
		{"plain", slog.New(slog.NewJSONHandler(io.Discard, nil))},
		{"masked", New(io.Discard, JSON, slog.LevelInfo, secrets)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.logger.Info("client connected", "conn", "conn-123456", "remote", "192.168.1.10:51234", "role", "operator", "ms", 12)
			}
		})
	}
}
