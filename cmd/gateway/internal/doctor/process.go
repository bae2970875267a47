package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// soon is how long before its end a certificate should be renewed.
const soon = 14 * 24 * time.Hour

// certificate looks at the one that the gateway shows, where it speaks TLS.
func (x *examination) certificate() {
	const check = "certificate"
	if x.loaded.Config == nil || !config.TLS(&x.loaded.Config.Gateway.V) {
		return
	}
	settings := &x.loaded.Config.Gateway.V.TLS.V
	cert, key := settings.Cert.V, settings.Key.V
	if settings.SelfSigned.V {
		cert, key = filepath.Join(x.State.Path, "tls-cert.pem"), filepath.Join(x.State.Path, "tls-key.pem")
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if settings.SelfSigned.V && errors.Is(err, fs.ErrNotExist) {
		x.say(check, OK, "there is none yet: the first start makes it", "")
		return
	}
	if err != nil {
		x.say(check, Wrong, err.Error(), "name the certificate and its key, both PEM, in gateway.tls.cert and gateway.tls.key")
		return
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		x.say(check, Wrong, fmt.Sprintf("%s: %v", cert, err), "get a new one")
		return
	}
	left := leaf.NotAfter.Sub(x.Now())
	until := fmt.Sprintf("%s is valid until %s", cert, leaf.NotAfter.Format(time.DateOnly))
	switch {
	case x.Now().Before(leaf.NotBefore):
		x.say(check, Wrong, fmt.Sprintf("%s is valid only from %s", cert, leaf.NotBefore.Format(time.DateTime)), "is the clock right?")
	case left < 0:
		x.say(check, Wrong, fmt.Sprintf("%s is not valid since %s", cert, leaf.NotAfter.Format(time.DateOnly)), "renew it, and restart the gateway")
	case left < soon:
		x.say(check, Doubt, until, "renew it, and restart the gateway")
	default:
		x.say(check, OK, until, "")
	}
}

// process asks the gateway that has the state folder, or looks whether one
// could start.
func (x *examination) process() {
	holder, err := store.Holder(x.State.Path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		x.say("process", Doubt, fmt.Sprintf("cannot tell whether a gateway runs: %v", err), "run this as the user that runs the gateway")
	case holder == "":
		x.say("process", OK, "no gateway runs on this state folder", "")
		x.port()
		return
	default:
		x.say("process", OK, holder+" runs on this state folder", "")
	}
	x.reach()
}

// port looks whether the gateway could listen.
func (x *examination) port() {
	const check = "port"
	if x.loaded.Config == nil {
		return
	}
	gw := &x.loaded.Config.Gateway.V
	if gw.Port.V == 0 {
		x.say(check, OK, "any free one", "")
		return
	}
	host := "127.0.0.1"
	switch gw.Bind.V {
	case protocol.GatewayConfigBindLan:
		host = ""
	case protocol.GatewayConfigBindCustom:
		host = gw.CustomBindHost.V
	}
	address := net.JoinHostPort(host, strconv.FormatInt(gw.Port.V, 10))
	l, err := net.Listen("tcp", address)
	if err != nil {
		x.say(check, Wrong, fmt.Sprintf("cannot listen on %s: %v", address, err), "end the program that has it, or set gateway.port or GATEWAY_PORT to another")
		return
	}
	_ = l.Close()
	x.say(check, OK, address+" is free", "")
}

// reach connects to the gateway that runs.
func (x *examination) reach() {
	const check = "reachable"
	address, err := app.ReadAddress(x.State.Path)
	if err != nil {
		x.say(check, Wrong, fmt.Sprintf("the gateway that runs has left no address: %v", err), "it may be starting, or of another version: look again, or restart it")
		return
	}
	if x.Open == nil {
		return
	}
	began := x.Now()
	c, denied, err := x.Open(x.ctx)
	if err != nil {
		x.say(check, Wrong, err.Error(), "look into the gateway's log")
		return
	}
	defer func() { _ = c.Close(x.ctx) }()
	h, err := c.Health(x.ctx, nil)
	if err != nil {
		x.say(check, Wrong, fmt.Sprintf("%s: %v", address.URL, err), "look into the gateway's log")
		return
	}
	took := x.Now().Sub(began)
	x.say(check, OK, fmt.Sprintf("%s answers in %s, up for %s", address.URL, screen.Span(took), screen.Span(time.Duration(h.UptimeMs)*time.Millisecond)), "")
	if denied != nil {
		x.say(check, Doubt, denied.Error(), "the gateway was started with another secret: give it to the commands, or restart the gateway")
	}
	if c.Hello().Server.Schema.V != protocol.SchemaHash {
		x.say("version", Doubt, fmt.Sprintf("the gateway that runs is %s, of another schema than this program", c.Hello().Server.Version), "restart the gateway after an upgrade")
	}
}
