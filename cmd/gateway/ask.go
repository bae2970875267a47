package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
)

// conversation is what a command that asks a gateway has at hand.
type conversation struct {
	settings *connection.Settings
	target   *connection.Target
	gateway  *client.Client
	screen   *screen.Screen
	in       io.Reader
}

// asks makes a command that connects, asks, prints and ends. What is to be heard
// from the first event on is prepared before it connects.
func asks(cmd *cobra.Command, ask func(ctx context.Context, c *conversation, args []string) error, prepare ...func(*client.Client)) *cobra.Command {
	settings := &connection.Settings{}
	settings.Register(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx, cancel := settings.Bound(cmd.Context())
		defer cancel()
		c := &conversation{settings: settings, screen: screenOf(cmd, settings.JSON), in: cmd.InOrStdin()}
		if err := c.open(ctx, prepare...); err != nil {
			return err
		}
		defer c.close()
		return ask(ctx, c, args)
	}
	return cmd
}

// screenOf is where a command prints.
func screenOf(cmd *cobra.Command, asJSON bool) *screen.Screen {
	return screen.New(cmd.OutOrStdout(), cmd.ErrOrStderr(), asJSON, os.Getenv)
}

func (c *conversation) open(ctx context.Context, prepare ...func(*client.Client)) (err error) {
	if c.target, err = c.settings.Target(); err != nil {
		return err
	}
	c.gateway, err = c.target.Open(ctx, prepare...)
	return err
}

// farewell is how long the gateway may take to see a client off.
const farewell = time.Second

func (c *conversation) close() {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	_ = c.gateway.Close(ctx)
}

// confirm asks a person a question; without one at the terminal the answer is
// no.
func (c *conversation) confirm(question string) bool {
	if !screen.IsTerminal(c.in) {
		return false
	}
	_, _ = io.WriteString(c.screen.Err, question+" [y/N] ")
	answer, _ := bufio.NewReader(c.in).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}
