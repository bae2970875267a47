package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/interview"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/wizard"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func setupCommand() *cobra.Command {
	settings := &connection.Settings{}
	f := &setupFlags{}
	configFlag := ""
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Asks a few questions and sets a gateway up",
		Long: `Asks a few questions and sets a gateway up: how clients prove who they are, which
language model answers, who the assistant is. The model is asked once, so that a
wrong key shows here. Nothing is written before the last question is answered.

A gateway that runs is set up over its connection, and takes the answers up at once.
Where none runs on this machine, or with --config, the file itself is written. Either
way a file that somebody else changes meanwhile is not overwritten.

Every question has a flag, and --answer answers any of them by the name that its step
has in wizard.next. What flags answer is not asked. With --non-interactive nothing is
asked: what no flag answers is left as it is preselected, and what has nothing
preselected is an error. Secrets are read from files, or with - from the input.

Without a terminal, or with ACCESSIBLE in the environment, questions and answers are
plain lines.`,
		Example: examples("gateway setup", "gateway setup --non-interactive --yes --provider anthropic --api-key-file key --agent-name Ada",
			"gateway setup --non-interactive --yes --provider ollama --model llama3.2"),
		Args: noArgs,
	}
	settings.Register(cmd.Flags())
	cmd.Flags().StringVar(&configFlag, "config", "", "configuration `file`, whether a gateway runs or not")
	f.register(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, cancel := settings.Bound(cmd.Context())
		defer cancel()
		return setUp(ctx, cmd, settings, configFlag, f)
	}
	return cmd
}

// setUp runs a wizard: that of the gateway, or one of its own.
func setUp(ctx context.Context, cmd *cobra.Command, settings *connection.Settings, configFlag string, f *setupFlags) error {
	i, err := f.interview(cmd.InOrStdin())
	if err != nil {
		return err
	}
	s := &settingsFile{screen: screenOf(cmd, settings.JSON), in: cmd.InOrStdin()}
	if err := s.open(ctx, settings, configFlag); err != nil {
		return err
	}
	said := s.screen
	if said.JSON {
		said = screen.New(cmd.ErrOrStderr(), cmd.ErrOrStderr(), false, os.Getenv)
	}
	i.Person = &interview.Terminal{In: s.in, Out: bare(said.Out), Screen: said, Plain: i.Alone || os.Getenv("ACCESSIBLE") != "" || !said.Terminal || !screen.IsTerminal(s.in)}
	path := s.file.Sources.Path
	if s.gateway != nil {
		c := conversation{gateway: s.gateway}
		defer c.close()
		i.Wizard, path = s.gateway, s.gateway.Hello().Snapshot.ConfigPath.V
	} else {
		own, err := ownWizard(s, settings, configFlag)
		if err != nil {
			return err
		}
		defer own.Close()
		i.Wizard = own
	}
	switch err = i.Run(ctx); {
	case err == nil && s.screen.JSON:
		return s.screen.Value(map[string]any{"ok": true, "path": path})
	case busy(err):
		return errors.New("another setup of this gateway is not over yet: `gateway call wizard.cancel` ends it")
	}
	if _, ok := errors.AsType[*interview.UnansweredError](err); ok {
		return &failure{exitUsage, err}
	}
	return err
}

// busy reports that another wizard is in the way.
func busy(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && e.Code == protocol.CodeUnavailable && e.Message == "wizard already running"
}

// allDay is how long a person at this terminal may think.
const allDay = 24 * time.Hour

// ownWizard is one that works on the file itself.
func ownWizard(s *settingsFile, settings *connection.Settings, configFlag string) (*wizard.Service, error) {
	p := places{state: settings.StateDir, config: configFlag}
	state, conf, err := p.find()
	if err != nil {
		return nil, err
	}
	file := s.file
	file.Check = func(next *config.Loaded) error {
		next.UseToken("of the state folder", app.TokenPath(state.Path))
		return next.Locate(config.Check(next.Config, false)).Err()
	}
	return wizard.New(wizard.Options{Settings: &wizard.FileSettings{File: file}, StateDir: state.Path, Workspace: app.WorkspaceIn(conf.Path, state.Path),
		Channels: app.SetupChannels(os.Getenv), Offline: true, Idle: allDay}), nil
}

// interview makes the run that the flags describe.
func (f *setupFlags) interview(in io.Reader) (*interview.Interview, error) {
	i := &interview.Interview{Answers: make(map[string]json.RawMessage), Flags: make(map[string]string), Alone: f.alone}
	secrets := make(map[string]string) // by flag: the input is read once
	for _, a := range f.answers() {
		i.Flags[a.step] = "--" + a.flag
		text := a.value
		if text == "" {
			continue
		}
		if a.secret && secrets[a.flag] == "" {
			secret, err := secretFrom(in, a.flag, text)
			if err != nil {
				return nil, err
			}
			secrets[a.flag] = secret
		}
		if a.secret {
			text = secrets[a.flag]
		}
		i.Answers[a.step] = wire.AppendString(nil, text)
	}
	for _, more := range []struct {
		flag string
		list []string
		file bool
	}{{"answer", f.more, false}, {"answer-file", f.moreFiles, true}} {
		for _, word := range more.list {
			step, text, ok := strings.Cut(word, "=")
			if !ok || step == "" {
				return nil, usagef("--%s is %q: expected the name of a step, = and the answer", more.flag, word)
			}
			i.Answers[step] = config.ValueOf(nil, text)
			if more.file {
				secret, err := secretFrom(in, more.flag, text)
				if err != nil {
					return nil, err
				}
				i.Answers[step] = wire.AppendString(nil, secret)
			}
		}
	}
	if len(f.channels) > 0 {
		i.Answers["channels"], _ = json.Marshal(f.channels)
	}
	if f.yes {
		i.Answers["risk"], i.Answers["write"] = []byte("true"), []byte("true")
	}
	if f.unchecked {
		i.Answers["check"] = []byte(`"continue"`)
	}
	if f.workspace != "" {
		i.Start.Workspace = wire.Some(f.workspace)
	}
	if _, said := i.Answers["flow"]; !said && (f.port != "" || f.bind != "") {
		i.Answers["flow"] = []byte(`"advanced"`)
	}
	i.Flags["risk"], i.Flags["write"], i.Flags["check"], i.Flags["channels"] = "--yes", "--yes", "--unchecked", "--channels"
	return i, nil
}
