package main

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
)

func presenceCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:   "presence",
		Short: "Lists who is or was connected in the last five minutes",
		Args:  noArgs,
	}, presence)
}

func presence(ctx context.Context, c *conversation, _ []string) error {
	entries, err := c.gateway.SystemPresence(ctx, nil)
	if err != nil {
		return err
	}
	if c.screen.JSON {
		list := make([]json.RawMessage, len(entries))
		for k := range entries {
			list[k] = entries[k].AppendJSON(nil)
		}
		return c.screen.Value(list)
	}
	t := c.screen.Table("who", "mode", "version", "platform", "address", "roles", "state", "seen")
	for _, e := range entries {
		style := screen.Good
		if e.Reason.V == protocol.PresenceEntryReasonDisconnect {
			style = screen.Faint
		}
		t.Row(screen.Styled(screen.Strong, cmp.Or(e.Host.V, e.Text.V, e.InstanceID.V)), e.Mode.V, e.Version.V, e.Platform.V, e.IP.V,
			strings.Join(e.Roles, " "), screen.Styled(style, string(e.Reason.V)), c.screen.Ago(e.Ts))
	}
	t.Print()
	return nil
}
