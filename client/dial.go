package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// writeStall is how long the gateway may take nothing of what is written.
const writeStall = 10 * time.Second

// socket is the connection below the WebSocket, kept so that it can be dropped
// whatever the WebSocket waits for. A peer that takes nothing for a while makes
// writing fail; one that is slow but goes on does not.
type socket struct {
	net.Conn
	began time.Time
	heard atomic.Int64 // when something was last read, in nanoseconds after began
}

// Read notes that something was heard.
func (s *socket) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if n > 0 {
		s.heard.Store(int64(time.Since(s.began)))
	}
	return n, err
}

// silence is how long nothing has been read.
func (s *socket) silence() time.Duration { return time.Since(s.began) - time.Duration(s.heard.Load()) }

// Write gives each piece its own time.
func (s *socket) Write(p []byte) (int, error) {
	if err := s.SetWriteDeadline(time.Now().Add(writeStall)); err != nil {
		return 0, err
	}
	return s.Conn.Write(p)
}

// dial opens a WebSocket and returns it with its socket.
func (c *Client) dial(ctx context.Context) (*websocket.Conn, *socket, error) {
	var raw atomic.Pointer[socket]
	transport := &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DisableKeepAlives: true,
		TLSClientConfig:   c.tlsConfig(),
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := c.opts.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			s := &socket{Conn: conn, began: time.Now()}
			raw.Store(s)
			return s, nil
		},
	}
	httpClient := &http.Client{
		Transport: transport,
		// The handshake holds credentials: they go where the caller said.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	ws, answer, err := websocket.Dial(ctx, c.url.String(), &websocket.DialOptions{
		HTTPClient: httpClient, HTTPHeader: c.opts.Header, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		// A refused upgrade keeps its socket until the answer is read.
		if s := raw.Load(); s != nil {
			s.Close()
		}
		if answer != nil && answer.StatusCode != http.StatusSwitchingProtocols {
			return nil, nil, newHTTPError(answer)
		}
		// What went wrong below says it all; around it stands the address with
		// everything that a caller may have put into it.
		if fault := (*url.Error)(nil); errors.As(err, &fault) {
			err = fault.Err
		}
		return nil, nil, err
	}
	// How large a message may be is for the reader to say: the library would
	// end the connection over one that is too large.
	ws.SetReadLimit(-1)
	return ws, raw.Load(), nil
}

func newHTTPError(answer *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 1024))
	line, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	e := &HTTPError{Status: answer.StatusCode, Text: string(line)}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	}
	return e
}

// tlsConfig is how the gateway's certificate is checked. With a fingerprint
// and no authorities the fingerprint is all there is: certificates that
// gateways make for themselves fail every other check.
func (c *Client) tlsConfig() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.opts.RootCAs}
	if c.pin == nil {
		return config
	}
	config.InsecureSkipVerify = c.opts.RootCAs == nil
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the gateway showed no certificate")
		}
		seen := sha256.Sum256(state.PeerCertificates[0].Raw)
		if subtle.ConstantTimeCompare(seen[:], c.pin) != 1 {
			return fmt.Errorf("fingerprint of the gateway's certificate is %x: expected %x", seen, c.pin)
		}
		return nil
	}
	return config
}

// parseFingerprint reads a SHA-256 in hex; nil when there is none.
func parseFingerprint(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	pin, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(pin) != sha256.Size {
		return nil, fmt.Errorf("fingerprint is %q: expected the 64 hex digits of a SHA-256", text)
	}
	return pin, nil
}
