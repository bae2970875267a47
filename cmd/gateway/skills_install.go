package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func skillsInstallCommand() *cobra.Command {
	var most time.Duration
	cmd := &cobra.Command{
		Use:   "install SKILL [INSTALLER]",
		Short: "Installs what a skill needs, on the gateway's machine",
		Long: `Installs what a skill needs, on the gateway's machine, and shows what the installer
says when it has ended. While it runs, gateway logs -f shows it line by line.

INSTALLER is one of the ways that gateway skills info shows; it can be left out where
there is one. The gateway runs installers only where gateway.config.allowExec is set
to true in its configuration.`,
		Example: examples("gateway skills install weather", "gateway skills install weather go-0 --install-timeout 10m"),
		Args:    takes(1, 2),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		p := &protocol.SkillsInstallParams{Name: args[0]}
		if len(args) == 2 {
			p.InstallID = args[1]
		} else {
			id, err := c.onlyInstaller(ctx, args[0])
			if err != nil {
				return err
			}
			p.InstallID = id
		}
		if cmd.Flags().Changed("install-timeout") {
			if most < time.Second {
				return usagef("--install-timeout is %v: expected at least 1s", most)
			}
			p.TimeoutMs = wire.Some(most.Milliseconds())
		}
		res, err := c.gateway.SkillsInstall(ctx, p)
		if err != nil {
			return c.installFailed(err)
		}
		if c.screen.JSON {
			return c.screen.Raw(res.AppendJSON(nil))
		}
		c.installerSays(res.Stdout, res.Stderr)
		c.screen.Line("%s.", screen.Clean(res.Message))
		return nil
	})
	cmd.Flags().DurationVar(&most, "install-timeout", 0, "how long the installer may run; without it 5m")
	return cmd
}

// onlyInstaller is the one way to install a skill's needs.
func (c *conversation) onlyInstaller(ctx context.Context, name string) (string, error) {
	s, err := c.findSkill(ctx, name)
	if err != nil {
		return "", err
	}
	var ids []string
	for _, o := range s.Install {
		ids = append(ids, o.ID)
	}
	switch len(ids) {
	case 0:
		return "", fmt.Errorf("the skill %q names no way to install what it needs that fits the gateway's machine", name)
	case 1:
		return ids[0], nil
	}
	return "", usagef("the skill %q can be installed in %d ways: name one of %s", name, len(ids), strings.Join(ids, ", "))
}

// installFailed shows what an installer said that failed.
func (c *conversation) installFailed(err error) error {
	e, ok := errors.AsType[*client.Error](err)
	if !ok || len(e.Payload) == 0 {
		return err
	}
	failure := &protocol.SkillsInstallFailure{}
	if failure.UnmarshalJSON(e.Payload) != nil {
		return err
	}
	if c.screen.JSON {
		if fault := c.screen.Raw(e.Payload); fault != nil {
			return fault
		}
		return err
	}
	c.installerSays(failure.Stdout, failure.Stderr)
	return err
}

func (c *conversation) installerSays(texts ...string) {
	for _, text := range texts {
		for line := range strings.Lines(text) {
			fmt.Fprintln(c.screen.Err, screen.Clean(strings.TrimRight(line, "\r\n")))
		}
	}
}
