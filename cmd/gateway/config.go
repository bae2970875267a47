package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Shows and changes the configuration, checks it, and goes back to earlier ones",
		Long: `Shows and changes the configuration, checks it, and goes back to earlier ones.

A gateway that runs is asked, and takes changes up at once. Where none runs on this
machine, or with --config, the file itself is read and changed. Either way a change
is made on the text that was read, or not at all, and comments, order and unknown
keys stay.

A key is names with dots between, such as gateway.port, or models.providers["my.box"]
where a name is not one word.`,
	}
	chooses(cmd)
	cmd.AddCommand(configGetCommand(), configSetCommand(), configUnsetCommand(), configEditCommand(), configValidateCommand(), configExplainCommand(),
		configHistoryCommand(), configDiffCommand(), configRevertCommand())
	return cmd
}

// settingsFile is the configuration that a command works on: that of a gateway
// that runs, or the file.
type settingsFile struct {
	screen *screen.Screen
	in     io.Reader

	file    config.File
	gateway *client.Client // nil: the file itself
}

// configures makes a command that works on the configuration.
func configures(cmd *cobra.Command, do func(ctx context.Context, s *settingsFile, args []string) error) *cobra.Command {
	settings := &connection.Settings{}
	settings.Register(cmd.Flags())
	var configFlag string
	cmd.Flags().StringVar(&configFlag, "config", "", "configuration `file`, whether a gateway runs or not")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx, cancel := settings.Bound(cmd.Context())
		defer cancel()
		s := &settingsFile{screen: screenOf(cmd, settings.JSON), in: cmd.InOrStdin()}
		if err := s.open(ctx, settings, configFlag); err != nil {
			return err
		}
		if s.gateway != nil {
			c := conversation{gateway: s.gateway}
			defer c.close()
		}
		return do(ctx, s, args)
	}
	return cmd
}

// open finds the file, and the gateway that runs with it.
func (s *settingsFile) open(ctx context.Context, settings *connection.Settings, configFlag string) error {
	p := places{state: settings.StateDir, config: configFlag}
	state, conf, err := p.find()
	if err != nil {
		return err
	}
	s.file = config.File{Sources: config.Sources{Path: conf.Path, Named: conf.Named(), Env: os.Getenv}, History: config.History{Dir: config.HistoryDir(state.Path)}}
	if configFlag != "" {
		return nil
	}
	target, err := settings.Target()
	if err != nil {
		return err
	}
	s.gateway, err = target.Open(ctx)
	if _, silent := errors.AsType[*connection.UnreachableError](err); silent && settings.URL == "" && os.Getenv("GATEWAY_URL") == "" {
		return nil // none runs on this machine
	}
	return err
}

// read gives the configuration as it is now; what is in force is in inForce.
func (s *settingsFile) read(ctx context.Context) (now, inForce *config.Loaded, err error) {
	if s.gateway == nil {
		now, err := s.file.Read()
		if err != nil && now.Hash == "" {
			return nil, nil, err
		}
		return now, now, nil
	}
	res, err := s.gateway.ConfigGet(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	if res.Exists && !res.Raw.Valid && res.Hash.Set {
		return nil, nil, &failure{exitAuth, errors.New("this client may not see the whole configuration: it needs the scope operator.admin")}
	}
	// The gateway judges them; here they are only looked at.
	now, _ = config.Load(config.Sources{Path: res.Path, Text: []byte(res.Raw.V)})
	now.Exists, now.Hash = res.Exists, res.Hash.V
	inForce, _ = config.Load(config.Sources{Path: res.Path, Text: res.Config})
	return now, inForce, nil
}

// write puts a text in the place of the one that was read.
func (s *settingsFile) write(ctx context.Context, base string, text []byte, by string) error {
	if s.gateway == nil {
		_, err := s.file.Write(ctx, config.Write{Base: base, Programs: true, By: by, Change: func(*config.Loaded) ([]byte, error) { return text, nil }})
		return err
	}
	p := &protocol.ConfigSetParams{Raw: string(text)}
	if base != "" {
		p.BaseHash = wire.Some(base)
	}
	_, err := s.gateway.ConfigSet(ctx, p)
	return err
}

// said tells what was done.
func (s *settingsFile) said(path, format string, args ...any) error {
	if s.screen.JSON {
		return s.screen.Value(map[string]any{"ok": true, "path": path})
	}
	how := ""
	if s.gateway == nil {
		how = " in " + path
	}
	s.screen.Line("%s%s.", fmt.Sprintf(format, args...), screen.Clean(how))
	return nil
}

func configGetCommand() *cobra.Command {
	var secrets bool
	cmd := configures(&cobra.Command{
		Use:   "get [KEY]",
		Short: "Prints what is in force: a setting, a section or the whole, as JSON",
		Long: `Prints what is in force, defaults included: a setting, a section or the whole, as
JSON. Secrets are printed as {"$secret":true}, unless --secrets asks for them.`,
		Example: examples("gateway config get gateway.bind", "gateway config get --json | jq .models"),
		Args:    takes(0, 1),
	}, func(ctx context.Context, s *settingsFile, args []string) error {
		names, err := keyOf(args)
		if err != nil {
			return err
		}
		_, inForce, err := s.read(ctx)
		if err != nil {
			return err
		}
		value, found := inForce.Show(names, secrets)
		if !found {
			return unset(args[0], names)
		}
		return s.screen.Raw(value)
	})
	cmd.Flags().BoolVar(&secrets, "secrets", false, "print secrets too")
	return cmd
}

// keyOf takes apart the key that is the first argument, if there is one.
func keyOf(args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, nil
	}
	names, err := config.SplitKey(args[0])
	if err != nil {
		return nil, usagef("%w", err)
	}
	return names, nil
}

// unset is a key that has no value.
func unset(key string, names []string) error {
	if _, known := config.Describe(names); known {
		return fmt.Errorf("%s is not set, and has no default", key)
	}
	return fmt.Errorf("%s is not set, and no setting has that name: `gateway config get` prints those that are", key)
}

// fromInput reads a value that is not to stand on the command line.
func (s *settingsFile) fromInput() (string, error) {
	text, err := io.ReadAll(s.in)
	return strings.TrimRight(string(text), "\r\n"), err
}
