package installer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"
)

// maxRedirects is how often an address may lead to another one.
const maxRedirects = 5

// get asks for an address: by https, or by http from this machine. An address of
// the internet leads to no address of a private network: whoever has that server
// would reach with the gateway what he can't reach himself.
func get(ctx context.Context, from *url.URL) (io.ReadCloser, error) {
	if err := fetchable(from); err != nil {
		return nil, err
	}
	near := new(nearness)
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second, Control: near.control}).DialContext,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: 60 * time.Second,
		DisableKeepAlives:     true,
		DisableCompression:    true, // the digest is of what was put there
		ForceAttemptHTTP2:     true,
	}
	client := &http.Client{Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case len(via) > maxRedirects:
			return fmt.Errorf("more than %d redirects", maxRedirects)
		case via[len(via)-1].URL.Scheme == "https" && r.URL.Scheme != "https":
			return errors.New("a redirect leads from https to http")
		}
		return fetchable(r.URL)
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from.String(), nil)
	if err != nil {
		return nil, plainly(err)
	}
	request.Header.Set("User-Agent", "gatesmith-gateway")
	response, err := client.Do(request)
	switch {
	case ctx.Err() != nil:
		return nil, stopped(ctx)
	case err != nil:
		return nil, fmt.Errorf("the download failed: %w", plainly(err))
	case response.StatusCode != http.StatusOK:
		response.Body.Close()
		return nil, fmt.Errorf("the download failed: the server answers %d %s", response.StatusCode, http.StatusText(response.StatusCode))
	}
	return response.Body, nil
}

// fetchable refuses addresses that nothing is downloaded from.
func fetchable(u *url.URL) error {
	switch {
	case u.User != nil:
		return errors.New("an address has a password in it")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%s://%s is no address to download from: expected https, or http of this machine", u.Scheme, u.Host)
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// nearness remembers whether the first address of a download was one of a private
// network. Only then further ones may be.
type nearness struct{ first atomic.Int32 }

const (
	far  int32 = 1
	near int32 = 2
)

func (n *nearness) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	is := far
	if ip := at.Addr().Unmap(); !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || shared4.Contains(ip) {
		is = near
	}
	if n.first.CompareAndSwap(0, is) || is == far || n.first.Load() == near {
		return nil
	}
	return errors.New("a redirect leads into a private network")
}

// shared4 is what carriers, and Tailscale, use behind their addresses.
var shared4 = netip.MustParsePrefix("100.64.0.0/10")

// plainly takes addresses out of an error: they may hold secrets.
func plainly(err error) error {
	if fault, ok := errors.AsType[*url.Error](err); ok {
		return fault.Err
	}
	return err
}
