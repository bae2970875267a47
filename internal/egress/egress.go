// Package egress fetches what addresses name that stand in messages, in the
// arguments of tools, or in skills: addresses that nobody at this machine chose.
// It connects to public addresses only, judged after names were looked up and
// again at each redirect, and takes no more than a bounded number of bytes.
package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

// Limits are what the configuration says.
type Limits struct {
	Allow    []netip.Prefix // may be asked although not public
	MaxBytes int64
	Timeout  time.Duration
}

// File is what was fetched.
type File struct {
	Name string
	MIME string // what the bytes are; what was declared, where they do not say
	Data []byte
}

// Client fetches.
type Client struct {
	limits func() Limits
	http   *http.Client
}

const maxRedirects = 5

// RefusedError says that an address may not be fetched, or what it names not be
// used: trying again changes nothing.
type RefusedError struct {
	URL    string
	Reason string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s cannot be fetched: %s", e.URL, e.Reason)
}

// New returns a client. The limits are read for each request.
func New(limits func() Limits) *Client {
	c := &Client{limits: limits}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	transport := &http.Transport{
		// The proxy of the environment would connect for us, and could not be judged.
		Proxy: nil,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			d := *dialer
			d.Control = c.guard().Safe
			return d.DialContext(ctx, network, address)
		},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		// A connection was judged by the limits of then.
		DisableKeepAlives: true,
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) >= maxRedirects {
			return &RefusedError{shown(via[0].URL), fmt.Sprintf("it leads from one address to the next more than %d times", maxRedirects)}
		}
		return check(r.URL)
	}}
	return c
}

// guard judges addresses as they are about to be connected to.
func (c *Client) guard() *ssrf.Guardian {
	var v4, v6 []netip.Prefix
	for _, p := range c.limits().Allow {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	return ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
}

// check refuses what is no address to fetch.
func check(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return &RefusedError{shown(u), "only http and https can be fetched"}
	case u.User != nil:
		return &RefusedError{shown(u), "an address with a name and password is not taken"}
	case u.Hostname() == "":
		return &RefusedError{shown(u), "it names no host"}
	}
	return nil
}

// shown is an address as messages may have it: without what may be secret.
func shown(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// Get fetches a file. With types, of one of those kinds only: "image/" or
// "application/pdf".
func (c *Client) Get(ctx context.Context, address string, types ...string) (*File, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return nil, &RefusedError{"an address", "it is malformed"}
	}
	if err := check(u); err != nil {
		return nil, err
	}
	limits := c.limits()
	ctx, cancel := context.WithTimeout(ctx, limits.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &RefusedError{shown(u), "it is malformed"}
	}
	r.Header.Set("User-Agent", "gatesmith")
	res, err := c.http.Do(r)
	if err != nil {
		return nil, worded(u, err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests:
		return nil, fmt.Errorf("%s cannot be fetched now: it answers %s", shown(u), res.Status)
	case res.StatusCode != http.StatusOK:
		return nil, &RefusedError{shown(u), "it answers " + res.Status}
	}
	f, err := Read(res.Body, res.ContentLength, limits.MaxBytes, res.Header.Get("Content-Type"))
	if err != nil {
		if r, ok := errors.AsType[*RefusedError](err); ok {
			r.URL = shown(u)
			return nil, r
		}
		return nil, fmt.Errorf("%s was not fetched whole: %w", shown(u), err)
	}
	f.Name = nameOf(res)
	if len(types) > 0 && !matches(f.MIME, types) {
		return nil, &RefusedError{shown(u), fmt.Sprintf("it is of type %s, not %s", f.MIME, strings.Join(types, " or "))}
	}
	return f, nil
}

// Read takes a file of at most so many bytes; size is how many are announced, or
// negative.
func Read(body io.Reader, size, most int64, declared string) (*File, error) {
	tooLarge := &RefusedError{"the file", fmt.Sprintf("it is larger than %d bytes", most)}
	if size > most {
		return nil, tooLarge
	}
	data, err := io.ReadAll(io.LimitReader(body, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, tooLarge
	}
	return &File{MIME: TypeOf(data, declared), Data: data}, nil
}

// TypeOf says of what type bytes are. What is declared counts only where they do
// not say.
func TypeOf(data []byte, declared string) string {
	found, _, _ := strings.Cut(http.DetectContentType(data), ";")
	if found == "application/octet-stream" || found == "text/plain" || found == "application/zip" {
		if said, _, err := mime.ParseMediaType(declared); err == nil && !strings.HasPrefix(said, "image/") {
			return said
		}
	}
	return found
}

func matches(found string, types []string) bool {
	for _, t := range types {
		if found == t || strings.HasSuffix(t, "/") && strings.HasPrefix(found, t) {
			return true
		}
	}
	return false
}

func nameOf(res *http.Response) string {
	if _, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return path.Base(params["filename"])
	}
	name := path.Base(res.Request.URL.Path)
	if name == "/" || name == "." {
		return "file"
	}
	return name
}

// worded says what a failed request means.
func worded(u *url.URL, err error) error {
	if r, ok := errors.AsType[*RefusedError](err); ok {
		return r
	}
	if errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrProhibitedNetwork) {
		return &RefusedError{shown(u), "its host is not a public address; networks that may be asked all the same are in egress.allow"}
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err // which has the address once more, with what may be secret
	}
	return fmt.Errorf("%s cannot be fetched now: %w", shown(u), err)
}
