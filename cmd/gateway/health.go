package main

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func healthCommand() *cobra.Command {
	settings := &connection.Settings{}
	var probe bool
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Tells whether the gateway is up, and how its channels and agents are",
		Long: `Tells whether the gateway is up, and how its channels and agents are.

The exit status says it too: 0 when it is up, 69 when it does not answer. With
--wait it is asked again until it answers, which is of use in scripts that have
just started it.`,
		Example: examples("gateway health", "gateway health --wait 10s && gateway status", "gateway health --probe --json"),
		Args:    noArgs,
	}
	settings.Register(cmd.Flags())
	cmd.Flags().BoolVar(&probe, "probe", false, "have the gateway contact its channels now")
	cmd.Flags().DurationVar(&wait, "wait", 0, "how long to go on asking a gateway that does not answer")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, cancel := settings.Bound(cmd.Context())
		defer cancel()
		c := &conversation{settings: settings, screen: screenOf(cmd, settings.JSON)}
		if err := c.openWithin(ctx, wait); err != nil {
			return err
		}
		defer c.close()
		return c.health(ctx, probe)
	}
	return cmd
}

// waitStep is how long a gateway that does not answer is left alone.
const waitStep = 50 * time.Millisecond

// openWithin connects, and tries again for a while when nobody answers. The
// address is looked up each time: a gateway that starts leaves it when it is
// ready.
func (c *conversation) openWithin(ctx context.Context, wait time.Duration) error {
	if wait < 0 {
		return usagef("--wait is %v: expected a positive duration such as 10s", wait)
	}
	end := time.NewTimer(wait)
	defer end.Stop()
	for {
		err := c.open(ctx)
		if _, unreachable := errors.AsType[*connection.UnreachableError](err); !unreachable {
			return err
		}
		next := time.NewTimer(waitStep)
		select {
		case <-next.C:
			continue
		case <-end.C:
		case <-ctx.Done():
		}
		next.Stop()
		return err
	}
}

func (c *conversation) health(ctx context.Context, probe bool) error {
	h, err := c.gateway.Health(ctx, &protocol.HealthParams{Probe: wire.Some(probe)})
	if err != nil {
		return err
	}
	if c.screen.JSON {
		return c.screen.Raw(h.AppendJSON(nil))
	}
	hello := c.gateway.Hello()
	t := c.screen.Table()
	t.Row("status", screen.Styled(screen.Good, string(h.Status)))
	t.Row("gateway", strings.TrimSpace(hello.Server.Version+" on "+cmp.Or(hello.Server.Host.V, "this machine")))
	t.Row("address", c.target.URL)
	t.Row("up for", screen.Span(time.Duration(h.UptimeMs)*time.Millisecond))
	t.Row("sessions", h.Sessions.Count)
	for _, a := range h.Agents {
		beat := "no heartbeat"
		if a.Heartbeat.Enabled {
			beat = "heartbeat every " + a.Heartbeat.Every
		}
		t.Row("agent", cmp.Or(a.Name.V, a.AgentID)+", "+beat)
	}
	for _, id := range h.ChannelOrder {
		state := h.Channels[id]
		if state.Configured.Set && !state.Configured.V {
			continue // nobody asked for it
		}
		style, text := screen.Good, "linked"
		if state.Linked.Set && !state.Linked.V {
			style, text = screen.Bad, "not linked"
		}
		t.Row("channel", screen.Styled(style, cmp.Or(h.ChannelLabels[id], id)+", "+text))
	}
	t.Print()
	return nil
}
