package exchange

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "7", 7 * time.Second},
		{"Retry-After", "0.5", 500 * time.Millisecond},
		{"Retry-After", "Sat, 28 Nov 2026 12:00:30 GMT", 30 * time.Second},
		{"Retry-After", "Sat, 28 Nov 2026 11:00:30 GMT", 0},
		{"Retry-After", "1e300", time.Hour},
		{"Retry-After", "-1", 0},
		{"Retry-After", "NaN", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After-Ms", "1500", 1500 * time.Millisecond},
		{"Retry-After-Ms", "1e300", time.Hour},
	} {
		h := http.Header{}
		h.Set(test.name, test.value)
		if got := retryAfter(h, now); got != test.want {
			t.Errorf("%s: %s is %s, want %s", test.name, test.value, got, test.want)
		}
	}
}

func TestPause(t *testing.T) {
	for range 100 {
		for repeats, most := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 8 * time.Second} {
			if p := pauseBefore(repeats, 0); p < most/2 || p > most {
				t.Fatalf("%s before repeat %d", p, repeats)
			}
		}
		if p := pauseBefore(0, 10*time.Second); p < 10*time.Second || p > 12*time.Second {
			t.Fatalf("%s when asked for 10s", p)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{2 * time.Minute: "2m", time.Hour: "1h", 90 * time.Second: "1m30s", 5 * time.Second: "5s", 10 * time.Minute: "10m"} {
		if got := span(d); got != want {
			t.Errorf("%s: %s", want, got)
		}
	}
}

// Whatever a service says, it becomes an error that is short and holds no key.
func FuzzExplain(f *testing.F) {
	const key = "sk-live-0123456789abcdef"
	for _, body := range []string{`{"error":{"type":"overloaded_error","message":"x"}}`, `{"error":"` + key + `"}`, `{"detail":[]}`, `<html>`, key, `{"error":{"code":429}}`, `{"message":7}`} {
		f.Add(500, body)
	}
	s := New(Options{Provider: "p", Key: key, BaseURL: "http://u:hunter22@host/v1", KeySetting: "KEY", URLSetting: "URL"})
	f.Fuzz(func(t *testing.T, status int, body string) {
		for _, err := range []error{&refusal{status: status, body: []byte(body)}, &Told{Body: []byte(body)}, errors.New(body)} {
			e := s.explain(err)
			if e.Kind == "" || e.Message == "" || e.Provider != "p" {
				t.Fatalf("%+v", e)
			}
			if text := e.Error(); strings.Contains(text, key) || strings.Contains(text, "hunter22") {
				t.Fatal(text)
			}
		}
		if e := s.explain(&refusal{status: status, body: []byte(body)}); len(e.Message) > 600 {
			t.Fatalf("%d bytes", len(e.Message))
		}
	})
}

func TestExplainKeepsWhatIsKnown(t *testing.T) {
	s := New(Options{Provider: "p"})
	known := &llm.Error{Kind: llm.ErrQuota}
	if e := s.explain(known); e != known {
		t.Errorf("%+v", e)
	}
}
