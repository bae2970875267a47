package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/doctor"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
)

func doctorCommand() *cobra.Command {
	var p places
	var asJSON, plaintext bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Looks for what keeps the gateway from running well, and says what to do",
		Long: `Looks for what keeps the gateway from running well, and says what to do: at the
configuration, the state folder, the disk, the database, the clock, certificates,
and the gateway itself, when one runs. It changes nothing. Run it as the user that
runs the gateway, with the same environment.

The exit status is 1 when something is wrong.`,
		Args: noArgs,
	}
	p.register(cmd)
	cmd.Flags().BoolVar(&plaintext, "plaintext", false, "the gateway is run with that flag")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON for programs")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		state, conf, err := p.find()
		if err != nil {
			return err
		}
		return examine(cmd.Context(), screenOf(cmd, asJSON), doctor.Options{
			State: state, Config: conf, Env: os.Getenv, Built: built(), Plaintext: plaintext,
			Open: func(ctx context.Context) (*client.Client, error, error) {
				// The configuration that is examined is the one to connect with.
				settings := &connection.Settings{StateDir: state.Path, Env: func(name string) string {
					switch name {
					case "GATEWAY_CONFIG":
						return conf.Path
					case "GATEWAY_URL":
						return "" // not the gateway that is meant
					}
					return os.Getenv(name)
				}}
				target, err := settings.Target()
				if err != nil {
					return nil, nil, err
				}
				c, err := target.Open(ctx)
				return c, target.Denied, err
			}})
	}
	return cmd
}

// levels are how findings look.
var levels = map[doctor.Level]screen.Style{doctor.OK: screen.Good, doctor.Doubt: screen.Doubt, doctor.Wrong: screen.Bad}

func examine(ctx context.Context, s *screen.Screen, o doctor.Options) error {
	findings := doctor.Examine(ctx, o)
	if s.JSON {
		if err := s.Value(findings); err != nil {
			return err
		}
	} else {
		t := s.Table()
		for _, f := range findings {
			t.Row(screen.Styled(levels[f.Level], string(f.Level)), f.Check, f.Message)
			if f.Fix != "" {
				t.Row(" ", " ", screen.Styled(screen.Strong, "-> "+f.Fix))
			}
		}
		t.Print()
	}
	if doctor.Failed(findings) {
		return &failure{code: exitFailed} // said above
	}
	return nil
}
