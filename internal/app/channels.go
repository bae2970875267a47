package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/slack"
	"github.com/gatesmith/gatesmith/internal/channels/telegram"
	"github.com/gatesmith/gatesmith/internal/channels/webhook"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/egress"
	"github.com/gatesmith/gatesmith/protocol"
)

// channelKinds are the channels that this gateway has, in the order to show them.
// Those in place stand in for the ones with their ids.
func channelKinds(inPlace []channels.Kind) []channels.Kind {
	list := []channels.Kind{
		telegram.Kind{},
		whatsAppKind(),
		slack.Kind{},
		webhook.Kind{},
	}
	for k := range list {
		for _, other := range inPlace {
			if other.Info().ID == list[k].Info().ID {
				list[k] = other
			}
		}
	}
	return list
}

// joinChannels makes the service of the messengers.
func (a *assistant) joinChannels(cfg *protocol.Config, kinds []channels.Kind, settings *config.Service, log *slog.Logger) {
	a.channels = channels.New(channels.Options{Store: a.store, Sessions: a.sessions, Agent: a.chat, Kinds: kinds, Config: &cfg.Channels.V, Env: os.Getenv,
		HTTP: &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second}},
		Egress: egress.New(a.egressLimits),
		Forget: func(ctx context.Context, place []string) error {
			_, err := settings.Patch(ctx, "channels.logout", config.PatchOf(place, []byte("null")))
			return err
		}, Logger: log})
}

func (a *assistant) egressLimits() egress.Limits {
	c := &a.config.Load().Egress.V
	l := egress.Limits{MaxBytes: c.MaxBytes.V, Timeout: time.Duration(c.TimeoutSeconds.V) * time.Second}
	for _, text := range c.Allow {
		if p, err := netip.ParsePrefix(text); err == nil {
			l.Allow = append(l.Allow, p)
		} else if addr, err := netip.ParseAddr(text); err == nil {
			l.Allow = append(l.Allow, netip.PrefixFrom(addr, addr.BitLen()))
		}
	}
	return l
}
