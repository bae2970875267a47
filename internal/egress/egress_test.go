package egress

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func client(allow []netip.Prefix) *Client {
	return New(func() Limits { return Limits{Allow: allow, MaxBytes: 1000, Timeout: 5 * time.Second} })
}

var png = []byte("\x89PNG\x0D\x0A\x1A\x0A and the rest")

func host(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cat.png":
			_, _ = w.Write(png)
		case "/lie.png":
			w.Header().Set("Content-Type", "image/png")
			fmt.Fprint(w, "<html>no picture</html>")
		case "/large":
			fmt.Fprint(w, strings.Repeat("x", 1001))
		case "/endless":
			for k := 0; k < 100; k++ {
				fmt.Fprint(w, strings.Repeat("x", 100))
				w.(http.Flusher).Flush()
			}
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/moved":
			http.Redirect(w, r, "/cat.png", http.StatusFound)
		case "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestGet(t *testing.T) {
	s := host(t)
	c := client(loopback)
	f, err := c.Get(t.Context(), s.URL+"/moved?token=secret", "image/")
	if err != nil || f.MIME != "image/png" || f.Name != "cat.png" || string(f.Data) != string(png) {
		t.Fatalf("%+v, %v", f, err)
	}
	for path, want := range map[string]string{
		"/lie.png":  "it is of type text/html, not image/",
		"/large":    "it is larger than 1000 bytes",
		"/endless":  "it is larger than 1000 bytes",
		"/metadata": "its host is not a public address",
		"/file":     "only http and https can be fetched",
		"/loop":     "more than 5 times",
		"/missing":  "it answers 404 Not Found",
	} {
		_, err := c.Get(t.Context(), s.URL+path+"?token=secret", "image/")
		_, refused := errors.AsType[*RefusedError](err)
		if err == nil || !refused || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	_, err = c.Get(t.Context(), s.URL+"/busy")
	if _, refused := errors.AsType[*RefusedError](err); err == nil || refused {
		t.Errorf("a host that is busy: %v", err)
	}
}

// Only public addresses are asked, however they are written.
func TestPrivate(t *testing.T) {
	s := host(t)
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	c := client(nil)
	for _, address := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "2130706433", "0x7f.1",
		"10.1.2.3", "192.168.0.1", "172.16.0.1", "100.64.0.1", "169.254.169.254", "[fd00::1]", "[fe80::1]", "224.0.0.1", "[64:ff9b::7f00:1]"} {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		f, err := c.Get(ctx, "http://"+address+port+"/cat.png")
		cancel()
		if err == nil {
			t.Errorf("%s: fetched %q", address, f.Data)
		}
		if _, refused := errors.AsType[*RefusedError](err); !refused && !strings.Contains(err.Error(), "no such host") && !strings.Contains(err.Error(), "lookup") {
			t.Errorf("%s: %v, want a refusal", address, err)
		}
	}
	for _, address := range []string{"ftp://example.com/x", "http://me:secret@example.com/", "http:///x", "//example.com", "::"} {
		_, err := c.Get(t.Context(), address)
		if _, refused := errors.AsType[*RefusedError](err); !refused || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
