package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/logging"
	"github.com/gatesmith/gatesmith/protocol"
)

// stopBudget is how long requests may take to finish when the gateway stops.
const stopBudget = 5 * time.Second

func serveCommand(stop func()) *cobra.Command {
	var configFlag, stateFlag string
	var plaintext bool
	cmd := &cobra.Command{
		Use: "serve", Short: "Runs the gateway", Args: noArgs,
		Long: `Runs the gateway until it is told to stop (SIGINT, SIGTERM; a second one ends it at once).

Without any setting it listens on 127.0.0.1:18789, keeps its state in ~/.gatesmith and
makes a token there. A flag wins over the environment, the environment over the file.`,
	}
	f := cmd.Flags()
	f.StringVar(&configFlag, "config", "", "configuration `file`")
	f.StringVar(&stateFlag, "state-dir", "", "`folder` of the gateway's state")
	f.String("port", "", "TCP `port`; 0 for any free one")
	f.String("bind", "", "addresses to listen on: loopback, lan, tailnet, auto or custom")
	f.String("token", "", "shared `secret` that clients connect with")
	f.String("password", "", "shared `password` that clients connect with")
	f.String("auth-mode", "", "which of the two counts: token or password")
	f.StringArray("allow-origin", nil, "web `origin` that may connect, such as https://chat.example; repeatable")
	f.String("tls-cert", "", "TLS certificate `file`, PEM")
	f.String("tls-key", "", "TLS key `file`, PEM")
	f.BoolVar(&plaintext, "plaintext", false, "listen beyond loopback without TLS")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		loaded, state, err := settings(f, configFlag, stateFlag)
		if err != nil {
			return err
		}
		return serve(cmd.Context(), stop, loaded, state, plaintext, cmd.OutOrStdout(), cmd.ErrOrStderr())
	}
	return cmd
}

// settings reads the configuration with the flags that were given.
func settings(f *pflag.FlagSet, configFlag, stateFlag string) (*config.Loaded, config.Place, error) {
	state, err := config.StatePlace(stateFlag, os.Getenv)
	if err != nil {
		return nil, state, err
	}
	place, err := config.ConfigPlace(configFlag, os.Getenv)
	if err != nil {
		return nil, state, err
	}
	given := map[string][]string{}
	f.Visit(func(flag *pflag.Flag) {
		if _, setting := config.FlagKey(flag.Name); !setting {
			return
		}
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			given[flag.Name] = list.GetSlice()
			return
		}
		given[flag.Name] = []string{flag.Value.String()}
	})
	loaded, err := config.Load(config.Sources{Path: place.Path, Named: place.Named(), Flags: given, Env: os.Getenv})
	return loaded, state, err
}

// serve runs until ctx is done.
func serve(ctx context.Context, stop func(), loaded *config.Loaded, state config.Place, plaintext bool, out, errs io.Writer) error {
	secrets := new(logging.Secrets)
	log := newLogger(errs, loaded, secrets)
	for _, w := range loaded.Warnings {
		log.Warn("configuration", "warning", w.String())
	}
	if warning, err := config.MakeState(state); err != nil {
		return err
	} else if warning != "" {
		log.Warn(warning)
	}
	v, commit := build()
	g, err := app.Start(ctx, app.Options{Config: loaded, StateDir: state.Path, Plaintext: plaintext, Logger: log, Version: v, Commit: commit})
	if err != nil {
		return err
	}
	secrets.Pin(loaded.Secrets()...) // a token that was made at the start is one now
	announce(out, g, loaded)
	<-ctx.Done()
	stop()
	log.Info("stopping")
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBudget)
	defer cancel()
	return g.Stop(end, 0)
}

// announce tells how to connect. The secret itself is not printed: the output
// may be a log.
func announce(out io.Writer, g *app.Gateway, loaded *config.Loaded) {
	fmt.Fprintf(out, "The gateway listens on %s\n", g.URL())
	if f := g.Fingerprint(); f != "" {
		fmt.Fprintf(out, "Its certificate's SHA-256 fingerprint is %s\n", f)
	}
	if g.NewToken != "" {
		fmt.Fprintf(out, "A token was made: clients need it, and find it in %s\n", g.NewToken)
	}
	if !loaded.Exists {
		fmt.Fprintf(out, "There is no configuration file yet; it would be %s\n", loaded.Path)
	}
}

// newLogger logs as configured, and never a secret.
func newLogger(w io.Writer, loaded *config.Loaded, secrets *logging.Secrets) *slog.Logger {
	secrets.Pin(loaded.Secrets()...)
	settings := &loaded.Config.Log.V
	format := logging.Text
	if settings.Format.V == protocol.LogConfigFormatJSON {
		format = logging.JSON
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(string(settings.Level.V))); err != nil {
		level = slog.LevelInfo
	}
	return logging.New(w, format, level, secrets)
}
