package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func devicesApproveCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "approve [REQUEST]",
		Short: "Approves a device that waits",
		Long: `Approves a device that waits. REQUEST is the request's identifier or the device's,
or the beginning of one. Without it, the requests that wait are listed; when there
is just one, it is approved after asking.`,
		Example: examples("gateway devices approve", "gateway devices approve 3f2a"),
		Args:    takes(0, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		p, err := c.choose(ctx, args, "Approve it?", yes)
		if err != nil {
			return err
		}
		done, err := c.gateway.DevicePairApprove(ctx, &protocol.DevicePairApproveParams{RequestID: p.RequestID})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		d := done.Device
		c.screen.Line("Approved %s (%s): it may connect as %s.", screen.Short(d.DeviceID), screen.Clean(nameOf(d.DisplayName, d.ClientID)), rights(d.Roles, d.Scopes))
		return nil
	})
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "approve the only one that waits without asking")
	return cmd
}

func devicesRejectCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "reject [REQUEST]",
		Short: "Rejects a device that waits",
		Long: `Rejects a device that waits, named as in approve. What it was paired for before
stays; it may ask again.`,
		Args: takes(0, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		p, err := c.choose(ctx, args, "Reject it?", yes)
		if err != nil {
			return err
		}
		done, err := c.gateway.DevicePairReject(ctx, &protocol.DevicePairRejectParams{RequestID: p.RequestID})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("Rejected %s (%s).", screen.Short(p.DeviceID), screen.Clean(nameOf(p.DisplayName, p.ClientID)))
		return nil
	})
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "reject the only one that waits without asking")
	return cmd
}

func nameOf(names ...wire.Opt[string]) string {
	for _, n := range names {
		if n.V != "" {
			return n.V
		}
	}
	return "no name"
}

// choose finds the request that is meant. Without an argument it is the only
// one, if a person, or --yes, says so.
func (c *conversation) choose(ctx context.Context, args []string, question string, yes bool) (*protocol.DevicePairRequest, error) {
	list, err := c.gateway.DevicePairList(ctx, nil)
	if err != nil {
		return nil, err
	}
	if len(args) == 1 {
		return pick(list.Pending, args[0], "request", "gateway devices list shows those that wait", func(p *protocol.DevicePairRequest) []string {
			return []string{p.RequestID, p.DeviceID}
		})
	}
	if len(list.Pending) == 0 {
		return nil, fmt.Errorf("no device waits for approval")
	}
	return onlyOne(c, list.Pending, "devices", question, yes, pendingDevices)
}

// onlyOne is the one that waits, if a person, or --yes, says so.
func onlyOne[T any](c *conversation, waiting []T, what, question string, yes bool, show func(*screen.Screen, []T)) (*T, error) {
	if len(waiting) == 1 && yes {
		return &waiting[0], nil
	}
	toErr := *c.screen
	toErr.Out, toErr.Colour = c.screen.Err, c.screen.Colour && screen.IsTerminal(c.screen.Err)
	show(&toErr, waiting)
	if len(waiting) > 1 {
		return nil, usagef("%d %s wait: say which one, by the first column", len(waiting), what)
	}
	if !screen.IsTerminal(c.in) {
		return nil, usagef("nobody can be asked here: name the request, or say --yes")
	}
	if !c.confirm(question) {
		return nil, &failure{exitFailed, fmt.Errorf("nothing was changed")}
	}
	return &waiting[0], nil
}

// pick finds the one that an identifier, or the beginning of one, means.
func pick[T any](list []T, begun, what, advice string, ids func(*T) []string) (*T, error) {
	var found []*T
	for k := range list {
		names := ids(&list[k])
		if slices.Contains(names, begun) {
			return &list[k], nil
		}
		if begun != "" && slices.ContainsFunc(names, func(id string) bool { return strings.HasPrefix(id, strings.ToLower(begun)) }) {
			found = append(found, &list[k])
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("there is no %s %q: %s", what, begun, advice)
	}
	return nil, usagef("%q is the beginning of %d identifiers: give more of it", begun, len(found))
}

// pairedDevice finds a device that is paired, and the role that is meant: the
// only one it has, where none is named.
func (c *conversation) pairedDevice(ctx context.Context, id, role string) (*protocol.PairedDevice, string, error) {
	list, err := c.gateway.DevicePairList(ctx, nil)
	if err != nil {
		return nil, "", err
	}
	d, err := pick(list.Paired, id, "device", "gateway devices list shows those that are paired", func(d *protocol.PairedDevice) []string {
		return []string{d.DeviceID}
	})
	if err != nil {
		return nil, "", err
	}
	if role == "" && len(d.Roles) > 1 {
		return nil, "", usagef("the device has the roles %s: say which one with --role", strings.Join(d.Roles, ", "))
	}
	if role == "" && len(d.Roles) == 1 {
		role = d.Roles[0]
	}
	return d, cmp.Or(role, d.Role.V), nil
}
