package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/logging"
	"github.com/gatesmith/gatesmith/internal/logs"
	"github.com/gatesmith/gatesmith/internal/systemd"
	"github.com/gatesmith/gatesmith/protocol"
)

func serveCommand(stop func()) *cobra.Command {
	var configFlag, stateFlag string
	var plaintext bool
	cmd := &cobra.Command{
		Use: "serve", Short: "Runs the gateway", Args: noArgs,
		Long: `Runs the gateway until it is told to stop (SIGINT, SIGTERM; a second one ends it at once).
SIGHUP has it read its configuration again; where a change needs a restart, the gateway
restarts by itself, in the same process.

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
		loaded, state, err := settings(f, configFlag, stateFlag, plaintext)
		if err != nil {
			return err
		}
		r := &runner{state: state, plaintext: plaintext, stop: stop, out: cmd.OutOrStdout(), errs: cmd.ErrOrStderr(), read: func() (*config.Loaded, error) {
			loaded, _, err := settings(f, configFlag, stateFlag, plaintext)
			return loaded, err
		}}
		return r.run(cmd.Context(), loaded)
	}
	return cmd
}

// settings reads the configuration with the flags that were given.
func settings(f *pflag.FlagSet, configFlag, stateFlag string, plaintext bool) (*config.Loaded, config.Place, error) {
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
	loaded, err := config.LoadGood(config.Sources{Path: place.Path, Named: place.Named(), Flags: given, Env: os.Getenv},
		config.History{Dir: config.HistoryDir(state.Path)}, plaintext)
	return loaded, state, err
}

// runner runs a gateway in this process.
type runner struct {
	read      func() (*config.Loaded, error) // the configuration, as it is now
	loaded    *config.Loaded                 // what the gateway was started with
	state     config.Place
	plaintext bool
	stop      func() // gives up catching signals
	out, errs io.Writer

	log     *slog.Logger
	logFile *logging.File // nil: none
	level   *slog.LevelVar
	secrets *logging.Secrets
	systemd *systemd.Notifier
	gateway *app.Gateway

	restarts chan restart
	port     string // of the gateway of before, where clients come back
}

// run serves until ctx is done or the gateway fails. However it comes to its
// end, it is the same one.
func (r *runner) run(ctx context.Context, loaded *config.Loaded) error {
	// Caught from the beginning, as it would end the process.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	r.systemd = systemd.FromEnv()
	r.secrets = new(logging.Secrets)
	r.restarts = make(chan restart, 1)
	defer r.closeLog()
	if err := r.start(ctx, loaded); err != nil {
		return err
	}
	r.announce(loaded)
	for {
		r.tell(r.ready())
		reason, err := r.watch(ctx, hangup)
		if reason == "" {
			return r.end(err)
		}
		if err := r.restart(ctx, reason); err != nil || r.gateway == nil {
			return err
		}
	}
}

// watch looks after the gateway until it is to end, for the error if there is
// one, or to be started anew for a reason.
func (r *runner) watch(ctx context.Context, hangup <-chan os.Signal) (reason string, err error) {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	var alive sync.WaitGroup
	alive.Go(func() { r.keepAlive(life) })
	defer alive.Wait()
	defer end()
	var due <-chan time.Time
	var when time.Time
	for {
		select {
		case <-hangup:
			r.reload()
		case next := <-r.restarts:
			// The soonest one takes the others with it.
			if at := time.Now().Add(next.after); due == nil || at.Before(when) {
				when, due, reason = at, time.After(next.after), next.reason
			}
		case <-due:
			return reason, nil
		case <-ctx.Done():
			r.log.Info("stopping", "cause", context.Cause(ctx))
			return "", nil
		case err := <-r.gateway.Failed():
			r.log.Error("stopping", "error", err)
			return "", err
		}
	}
}

func (r *runner) start(ctx context.Context, loaded *config.Loaded) (err error) {
	r.level = new(slog.LevelVar)
	if _, err := config.MakeState(r.state); err != nil {
		return err // the warning comes from the store as well
	}
	r.openLog(loaded)
	r.warn(loaded)
	v, commit := build()
	gateway, err := app.Start(ctx, app.Options{Config: loaded, StateDir: r.state.Path, Plaintext: r.plaintext, Port: r.port, Logger: r.log, Level: r.level, Secrets: r.secrets,
		Version: v, Commit: commit, Restart: r.askRestart})
	if err != nil {
		return err
	}
	r.gateway, r.loaded = gateway, loaded
	r.secrets.Pin(loaded.Secrets()...) // a token that was made at the start is one now
	return nil
}

func (r *runner) warn(loaded *config.Loaded) {
	loaded.WarnFallbacks(r.log)
	for _, w := range loaded.Warnings {
		r.log.Warn("configuration", "warning", w.String())
	}
}

// reload has the gateway read its configuration again. One that is wrong changes
// nothing: the gateway goes on with what it has.
func (r *runner) reload() {
	r.tell(r.systemd.Reloading())
	r.gateway.Reload("SIGHUP")
	r.tell(r.ready())
}

// keepAlive tells systemd, where it wants to know, that the gateway is not
// stuck: its state answers. That a write fails is no reason to be restarted.
func (r *runner) keepAlive(ctx context.Context) {
	interval := r.systemd.Watchdog()
	if interval == 0 {
		return
	}
	t := time.NewTicker(interval)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if r.gateway.Responsive() {
				r.tell(r.systemd.Alive())
			}
		}
	}
}

func (r *runner) ready() error { return r.systemd.Ready("listens on " + r.gateway.URL()) }

// tell notes that systemd could not be told.
func (r *runner) tell(err error) {
	if err != nil {
		r.log.Warn("systemd", "error", err)
	}
}

// How long the end may take: requests may finish within stopBudget, and what
// has not ended a while after that is left behind. The state takes no harm: what
// was acknowledged is on the disk.
const (
	stopBudget = 5 * time.Second
	stopExtra  = 2 * time.Second
)

// end stops the gateway. From here on a second signal ends the process at once.
func (r *runner) end(cause error) error {
	r.stop()
	r.tell(r.systemd.Stopping())
	return errors.Join(cause, r.stopGateway(0))
}

// stopGateway ends the gateway; a positive restart is when it will be back.
func (r *runner) stopGateway(restart time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopBudget)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.gateway.Stop(ctx, restart) }()
	select {
	case err := <-done:
		return err
	case <-time.After(stopBudget + stopExtra):
		return fmt.Errorf("something did not end within %v and was left behind", stopBudget+stopExtra)
	}
}

// announce tells how to connect. The secret itself is for a terminal only:
// other outputs are kept.
func (r *runner) announce(loaded *config.Loaded) {
	g, out := r.gateway, r.out
	fmt.Fprintf(out, "The gateway listens on %s\n", g.URL())
	if f := g.Fingerprint(); f != "" {
		fmt.Fprintf(out, "Its certificate's SHA-256 fingerprint is %s\n", f)
	}
	if g.NewToken != "" {
		fmt.Fprintf(out, "A token was made: clients need it, and find it in %s\n", g.NewToken)
		if screen.IsTerminal(out) {
			fmt.Fprintf(out, "It is %s\n", loaded.Config.Gateway.V.Auth.V.Token.V)
		}
		fmt.Fprintf(out, "Commands on this machine find it by themselves: try `gateway status`\n")
	}
	if !loaded.Exists {
		fmt.Fprintf(out, "There is no configuration file yet; it would be %s\n", loaded.Path)
	}
}

// openLog logs as configured, and never a secret. Without its file the gateway
// runs all the same: it has to tell what is wrong.
func (r *runner) openLog(loaded *config.Loaded) {
	r.closeLog()
	r.secrets.Pin(loaded.Secrets()...)
	settings := &loaded.Config.Log.V
	format := logging.Text
	if settings.Format.V == protocol.LogConfigFormatJSON {
		format = logging.JSON
	}
	var at slog.Level // info, unless it is a level that is said
	if err := at.UnmarshalText([]byte(string(settings.Level.V))); err == nil {
		r.level.Set(at)
	}
	r.log = logging.New(r.errs, format, r.level, r.secrets)
	if !settings.File.V {
		return
	}
	path := logs.Path(r.state.Path)
	f, err := logging.OpenFile(path, logging.Limits{SizeMB: int(settings.MaxSizeMb.V), TotalMB: int(settings.MaxTotalMb.V), Days: int(settings.MaxAgeDays.V)})
	if err != nil {
		r.log.Warn("the log is not kept in a file", "file", path, "error", err)
		return
	}
	r.logFile = f
	r.log = logging.New(r.errs, format, r.level, r.secrets, f)
}

// closeLog closes the log's file, at the very end or for another one.
func (r *runner) closeLog() {
	if r.logFile != nil {
		_ = r.logFile.Close() // there is nobody left to tell
		r.logFile = nil
	}
}
