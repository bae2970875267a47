package app

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/gatesmith/gatesmith/protocol"
)

// tailnet is where Tailscale's addresses are.
var tailnet = netip.MustParsePrefix("100.64.0.0/10")

// hosts are the addresses that a bind mode means. An address that cannot be
// had is an error, never a wider bind.
func hosts(gw *protocol.GatewayConfig) ([]string, error) {
	switch gw.Bind.V {
	case protocol.GatewayConfigBindLan:
		return []string{""}, nil
	case protocol.GatewayConfigBindCustom:
		return []string{gw.CustomBindHost.V}, nil
	case protocol.GatewayConfigBindTailnet:
		host, err := tailnetAddress()
		return []string{host}, err
	}
	return []string{"127.0.0.1"}, nil
}

func tailnetAddress() (string, error) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && tailnet.Contains(p.Addr().Unmap()) {
			return p.Addr().String(), nil
		}
	}
	return "", fmt.Errorf("gateway.bind is tailnet, but this machine has no Tailscale address: start Tailscale, or choose another bind")
}

// listen opens the sockets. Beside 127.0.0.1 the gateway also takes ::1 where
// that can be had. Where any port will do, it is the one that is preferred, if
// that is free.
func listen(ctx context.Context, gw *protocol.GatewayConfig, preferred string) ([]net.Listener, error) {
	addresses, err := hosts(gw)
	if err != nil {
		return nil, err
	}
	port := strconv.FormatInt(gw.Port.V, 10)
	var lc net.ListenConfig
	var first net.Listener
	if port == "0" && preferred != "" {
		first, _ = lc.Listen(ctx, "tcp", net.JoinHostPort(addresses[0], preferred))
	}
	if first == nil {
		first, err = lc.Listen(ctx, "tcp", net.JoinHostPort(addresses[0], port))
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w: is another gateway running, or another program on port %s? set gateway.port or --port", err, port)
	}
	out := []net.Listener{first}
	if addresses[0] == "127.0.0.1" {
		_, actual, _ := net.SplitHostPort(first.Addr().String())
		if v6, err := lc.Listen(ctx, "tcp", net.JoinHostPort("::1", actual)); err == nil {
			out = append(out, v6)
		}
	}
	return out, nil
}
