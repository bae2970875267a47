package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
)

func devicesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "devices",
		Short: "Lists devices, approves or rejects those that wait, and manages their tokens",
		Long: `Lists devices, approves or rejects those that wait, and manages their tokens.

A device is a client with a key of its own. Where an identifier is asked for, its
beginning is enough.`,
	}
	chooses(cmd)
	cmd.AddCommand(devicesListCommand(), devicesApproveCommand(), devicesRejectCommand(), devicesRotateCommand(), devicesRevokeCommand())
	return cmd
}

func devicesListCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:   "list",
		Short: "Lists the devices that wait for approval, and those that are paired",
		Args:  noArgs,
	}, devicesList)
}

func devicesList(ctx context.Context, c *conversation, _ []string) error {
	list, err := c.gateway.DevicePairList(ctx, nil)
	if err != nil {
		return err
	}
	if c.screen.JSON {
		return c.screen.Raw(list.AppendJSON(nil))
	}
	s := c.screen
	if len(list.Pending) > 0 {
		s.Line("%s", s.Paint(screen.Doubt, "Waiting for approval (gateway devices approve REQUEST):"))
		pendingDevices(s, list.Pending)
	}
	if len(list.Paired) == 0 {
		s.Line("No device is paired.")
		return nil
	}
	if len(list.Pending) > 0 {
		s.Line("")
		s.Line("Paired:")
	}
	pairedDevices(s, list.Paired)
	return nil
}

func pendingDevices(s *screen.Screen, list []protocol.DevicePairRequest) {
	t := s.Table("request", "device", "name", "platform", "address", "asks for", "since")
	for _, p := range list {
		t.Row(screen.Styled(screen.Strong, screen.Short(p.RequestID)), screen.Short(p.DeviceID), cmp.Or(p.DisplayName.V, p.ClientID.V),
			p.Platform.V, p.RemoteIP.V, rights(p.Roles, p.Scopes), s.Ago(p.Ts))
	}
	t.Print()
}

func pairedDevices(s *screen.Screen, list []protocol.PairedDevice) {
	t := s.Table("device", "name", "platform", "address", "may", "tokens", "used", "approved")
	for _, d := range list {
		t.Row(screen.Styled(screen.Strong, screen.Short(d.DeviceID)), cmp.Or(d.DisplayName.V, d.ClientID.V), d.Platform.V, d.RemoteIP.V,
			rights(d.Roles, d.Scopes), tokensOf(d.Tokens), s.Ago(lastUse(d.Tokens)), s.Ago(d.ApprovedAtMs))
	}
	t.Print()
}

// tokensOf says for which roles there are tokens, and how many.
func tokensOf(list []protocol.DeviceTokenSummary) string {
	var names []string
	count := map[string]int{}
	for _, token := range list {
		name := token.Role
		if token.RevokedAtMs.Set {
			name += " (revoked)"
		}
		if count[name]++; count[name] == 1 {
			names = append(names, name)
		}
	}
	for k, name := range names {
		if count[name] > 1 {
			names[k] = fmt.Sprintf("%d × %s", count[name], name)
		}
	}
	return strings.Join(names, ", ")
}

func lastUse(list []protocol.DeviceTokenSummary) (ms int64) {
	for _, token := range list {
		ms = max(ms, token.LastUsedAtMs.V)
	}
	return ms
}

// rights are roles and scopes in few words.
func rights(roles, scopes []string) string {
	text := strings.Join(roles, ", ")
	if len(scopes) > 0 {
		text += ": " + strings.Join(scopes, ", ")
	}
	return text
}
