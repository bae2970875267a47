package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/nodehost"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

func nodeRunCommand() *cobra.Command {
	settings := &connection.Settings{}
	var name, dir string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Makes this machine a node of a gateway, until it is interrupted",
		Long: `Makes this machine a node of a gateway, until it is interrupted.

The node connects with the gateway's secret, waits until an operator approves it,
and gets a token of its own, which it connects with from then on. What it keeps is
in the folder node of the state folder: its key, its token, and exec-approvals.json,
which says which programs it runs for the gateway: none, as long as nobody has
allowed any. Connections that are lost are made anew for as long as it takes.`,
		Example: examples("gateway node run", "gateway node run --url wss://gateway.example.com --token-file gateway.token --name my-laptop"),
		Args:    noArgs,
	}
	settings.Register(cmd.Flags())
	cmd.Flags().StringVar(&name, "name", "", "what the node is called; default the name of this machine")
	cmd.Flags().StringVar(&dir, "dir", "", "`folder` in which programs run for which none is named; default the home folder")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "tell of each command")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s := screenOf(cmd, settings.JSON)
		level := slog.LevelWarn
		if verbose {
			level = slog.LevelInfo
		}
		o, err := nodeOptions(settings, name)
		if err != nil {
			return err
		}
		o.Dir, o.Logger = dir, slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: level}))
		n := &nodeScreen{screen: s, url: o.URL}
		o.Changed = n.changed
		host, err := nodehost.New(*o)
		if err != nil {
			return usagef("%w", err)
		}
		if !s.JSON {
			s.Line("The node %s connects to %s.", nodeName(o.Client.Device.ID(), o.Client.DisplayName), o.URL)
		}
		return host.Run(cmd.Context())
	}
	return cmd
}

// nodeOptions are who this node is, and which gateway is meant.
func nodeOptions(settings *connection.Settings, name string) (*nodehost.Options, error) {
	target, err := settings.Target()
	if err != nil {
		return nil, err
	}
	state, err := config.StatePlace(settings.StateDir, os.Getenv)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(state.Path, "node")
	o := &nodehost.Options{URL: strings.TrimSuffix(target.URL, server.GuidePath), Client: target.Options}
	if o.Client.Device, err = client.LoadOrCreateDevice(filepath.Join(folder, "device.json")); err != nil {
		return nil, err
	}
	o.Client.Tokens = client.FileTokens(filepath.Join(folder, "tokens.json"))
	o.Client.ID, o.Client.Mode = "node-host", protocol.RoleNode.String()
	if name != "" {
		o.Client.DisplayName = name
	}
	nodePolicy(o, folder)
	return o, nil
}

// nodeScreen says how a node stands with its gateway. The client calls it one at
// a time.
type nodeScreen struct {
	screen *screen.Screen
	url    string
	last   string // what was said last
}

func (n *nodeScreen) changed(st client.State) {
	text := ""
	switch st.Phase {
	case client.Connected:
		text = "Connected."
	case client.Reconnecting:
		text = n.trouble(st.Cause)
	}
	// One and the same trouble is told once, however often it is met.
	if text == "" || text == n.last {
		return
	}
	n.last = text
	if n.screen.JSON {
		_ = n.screen.Value(map[string]string{"state": st.Phase.String(), "text": text})
		return
	}
	n.screen.Line("%s", text)
}

// trouble is why there is no connection, and what to do.
func (n *nodeScreen) trouble(cause error) string {
	var refused *client.RefusedError
	if !errors.As(cause, &refused) {
		return fmt.Sprintf("No connection: %s. Trying again for as long as it takes.", screen.Clean(fmt.Sprint(cause)))
	}
	var details struct{ RequestID, Approve string }
	if refused.Err.Code == protocol.CodeNotPaired && json.Unmarshal(refused.Err.Details, &details) == nil && details.RequestID != "" {
		return fmt.Sprintf("An operator has to approve this node, on the gateway's machine: gateway node approve %s", screen.Clean(screen.Short(details.RequestID)))
	}
	return fmt.Sprintf("The gateway refuses this node: %s. Trying again for as long as it takes.", screen.Clean(refused.Err.Message))
}
