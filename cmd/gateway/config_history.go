package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/config"
)

// remembers makes a command that looks at the versions in the state folder of
// this machine.
func remembers(cmd *cobra.Command, do func(ctx context.Context, s *screen.Screen, file config.File, args []string) error) *cobra.Command {
	var p places
	var asJSON bool
	p.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON for programs")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		state, conf, err := p.find()
		if err != nil {
			return err
		}
		file := config.File{Sources: config.Sources{Path: conf.Path, Named: conf.Named(), Env: os.Getenv}, History: config.History{Dir: config.HistoryDir(state.Path)}}
		return do(cmd.Context(), screenOf(cmd, asJSON), file, args)
	}
	return cmd
}

func configHistoryCommand() *cobra.Command {
	return remembers(&cobra.Command{
		Use:   "history",
		Short: "Lists the versions of the file that are kept on this machine",
		Args:  noArgs,
	}, func(_ context.Context, s *screen.Screen, file config.File, _ []string) error {
		versions, err := file.History.Versions()
		if err != nil {
			return err
		}
		if s.JSON {
			return s.Value(append([]config.Version{}, versions...))
		}
		if len(versions) == 0 {
			s.Line("No version is kept yet: the first change keeps one.")
			return nil
		}
		t := s.Table("version", "written", "by")
		for _, v := range versions {
			by := v.By
			if by == "" {
				by = "hand"
			}
			t.Row(screen.Styled(screen.Strong, v.Hash[:min(len(v.Hash), shortHash)]), s.Ago(v.At.UnixMilli()), by)
		}
		t.Print()
		return nil
	})
}

// shortHash is how much of a hash people are shown.
const shortHash = 12

func configDiffCommand() *cobra.Command {
	return remembers(&cobra.Command{
		Use:   "diff [VERSION [VERSION]]",
		Short: "Says by key what changed between two versions",
		Long: `Says by key what changed: since the version before the present file, since a version,
or between two. Versions are named by the beginning of their hash. Secrets are not
printed.`,
		Args: takes(0, 2),
	}, func(_ context.Context, s *screen.Screen, file config.File, args []string) error {
		was, is, err := twoTexts(file, args)
		if err != nil {
			return err
		}
		list, err := config.Compare(was, is)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.Value(append([]config.Difference{}, list...))
		}
		showDifferences(s, list)
		return nil
	})
}

// showDifferences says what changed, key by key.
func showDifferences(s *screen.Screen, list []config.Difference) {
	if len(list) == 0 {
		s.Line("They say the same.")
	}
	for _, d := range list {
		switch {
		case d.Was == "":
			s.Line("%s %s: %s", s.Paint(screen.Good, "+"), screen.Clean(d.Key), screen.Clean(d.Is))
		case d.Is == "":
			s.Line("%s %s: %s", s.Paint(screen.Bad, "-"), screen.Clean(d.Key), screen.Clean(d.Was))
		case d.Was == d.Is:
			s.Line("%s %s: another secret", s.Paint(screen.Doubt, "~"), screen.Clean(d.Key))
		default:
			s.Line("%s %s: %s -> %s", s.Paint(screen.Doubt, "~"), screen.Clean(d.Key), screen.Clean(d.Was), screen.Clean(d.Is))
		}
	}
}

// twoTexts are the versions that are named; the last one is the present file
// where it is not.
func twoTexts(file config.File, names []string) (was, is []byte, err error) {
	now, err := file.Read()
	if now.Hash == "" {
		return nil, nil, err
	}
	is = now.Text
	if len(names) == 0 {
		versions, err := file.History.Versions()
		if err != nil {
			return nil, nil, err
		}
		for _, v := range versions {
			if v.Hash != now.Hash {
				was, err = v.Text()
				return was, is, err
			}
		}
		return nil, nil, fmt.Errorf("no other version of %s is kept: the first change keeps one", now.Path)
	}
	texts := [][]byte{nil, is}
	for k, name := range names {
		v, err := file.History.Find(name)
		if err != nil {
			return nil, nil, err
		}
		if texts[k], err = v.Text(); err != nil {
			return nil, nil, err
		}
	}
	return texts[0], texts[1], nil
}

func configRevertCommand() *cobra.Command {
	return configures(&cobra.Command{
		Use:   "revert VERSION",
		Short: "Puts an earlier version of the file back in its place",
		Long: `Puts an earlier version of the file back in its place. The present one is kept, so
that it can be reverted too. Versions are those that gateway config history lists.`,
		Args: takes(1, 1),
	}, func(ctx context.Context, s *settingsFile, args []string) error {
		v, err := s.file.History.Find(args[0])
		if err != nil {
			return err
		}
		text, err := v.Text()
		if err != nil {
			return err
		}
		now, _, err := s.read(ctx)
		if err != nil {
			return err
		}
		if now.Hash == v.Hash {
			return fmt.Errorf("the file is at version %s already", args[0])
		}
		if err := s.write(ctx, now.Hash, text, "config-revert"); err != nil {
			return err
		}
		return s.said(now.Path, "Reverted to %s", v.Hash[:min(len(v.Hash), shortHash)])
	})
}
