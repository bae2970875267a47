package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
)

func devicesRotateCommand() *cobra.Command {
	var role string
	var scopes []string
	cmd := &cobra.Command{
		Use:   "rotate DEVICE",
		Short: "Ends a device's tokens and prints a new one",
		Long: `Ends a device's tokens for a role, closes its connections, and prints a new token,
which the device has to be given. With --scope it covers those scopes only.`,
		Example: examples("gateway devices rotate b1038a5b", "gateway devices rotate b1038a5b --role operator --scope operator.read"),
		Args:    takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		d, r, err := c.pairedDevice(ctx, args[0], role)
		if err != nil {
			return err
		}
		done, err := c.gateway.DeviceTokenRotate(ctx, &protocol.DeviceTokenRotateParams{DeviceID: d.DeviceID, Role: r, Scopes: scopes})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		// The token alone on stdout, so that it can be put into a file.
		toErr := *c.screen
		toErr.Out = c.screen.Err
		toErr.Line("New token of %s for %s:", screen.Short(d.DeviceID), rights([]string{done.Role}, done.Scopes))
		c.screen.Line("%s", done.Token)
		return nil
	})
	roleFlag(cmd, &role)
	cmd.Flags().StringArrayVar(&scopes, "scope", nil, "`scope` that the new token covers; repeatable; default those of the old one")
	return cmd
}

func devicesRevokeCommand() *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use:   "revoke DEVICE",
		Short: "Ends a device's tokens, and its connections",
		Args:  takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		d, r, err := c.pairedDevice(ctx, args[0], role)
		if err != nil {
			return err
		}
		done, err := c.gateway.DeviceTokenRevoke(ctx, &protocol.DeviceTokenRevokeParams{DeviceID: d.DeviceID, Role: r})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("The tokens of %s for %s are good for nothing any more.", screen.Short(d.DeviceID), done.Role)
		return nil
	})
	roleFlag(cmd, &role)
	return cmd
}

func roleFlag(cmd *cobra.Command, role *string) {
	cmd.Flags().StringVar(role, "role", "", "which `role` it is about, for a device that has several")
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(
		[]cobra.Completion{"operator", "node", "device"}, cobra.ShellCompDirectiveNoFileComp))
}
