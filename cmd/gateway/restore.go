package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/backup"
	"github.com/gatesmith/gatesmith/internal/store"
)

func restoreCommand() *cobra.Command {
	var p places
	var o backup.RestoreOptions
	var check, asJSON bool
	cmd := &cobra.Command{
		Use:   "restore FILE.tar.gz | FOLDER",
		Short: "Puts a backup back into the state folder",
		Long: `Puts a backup back into the state folder. Everything is read and compared with its
digests before anything is changed. It is refused while a gateway runs on the
folder, and over a folder that is not empty; with --force, what is there is moved
into a folder before-restore-… in it.

The configuration is written where there is none; with --with-config also over one
that is there, which keeps its text under another name.`,
		Example: examples("gateway restore --check gateway-monday.tar.gz", "gateway restore gateway-monday.tar.gz --force"),
		Args:    takes(1, 1),
	}
	p.register(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.Force, "force", false, "restore over a state folder that is not empty")
	f.BoolVar(&o.WithConfig, "with-config", false, "restore over a configuration that is there")
	f.BoolVar(&check, "check", false, "only compare the backup with its digests")
	f.BoolVar(&asJSON, "json", false, "print JSON for programs")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s := screenOf(cmd, asJSON)
		if check {
			return checkBackup(cmd.Context(), s, args[0])
		}
		return restore(cmd.Context(), s, p, o, args[0])
	}
	return cmd
}

func checkBackup(ctx context.Context, s *screen.Screen, path string) error {
	m, err := backup.Check(ctx, path)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.Value(m)
	}
	s.Line("%s is as it was made: %d files, %s, %s by gateway %s", path, len(m.Files), screen.Size(m.Size()), m.MadeAt.Format(time.RFC3339), m.Gateway)
	return nil
}

func restore(ctx context.Context, s *screen.Screen, p places, o backup.RestoreOptions, path string) error {
	state, conf, err := p.find()
	if err != nil {
		return err
	}
	o.StateDir, o.ConfigPath = state.Path, conf.Path
	done, err := backup.Restore(ctx, path, o)
	if _, locked := errors.AsType[*store.LockedError](err); locked {
		return errors.Join(err, errors.New("nothing was changed"))
	}
	if err != nil {
		return err
	}
	if s.JSON {
		return s.Value(struct {
			StateDir string           `json:"stateDir"`
			Kept     string           `json:"kept,omitempty"`
			Config   string           `json:"config,omitempty"`
			Manifest *backup.Manifest `json:"manifest"`
		}{state.Path, done.Kept, done.Config, done.Manifest})
	}
	s.Line("Restored %d files into %s, saved %s by gateway %s", len(done.Files), state.Path, s.Ago(done.MadeAt.UnixMilli()), done.Gateway)
	if done.Kept != "" {
		s.Line("What was there before is in %s", done.Kept)
	}
	switch {
	case done.Config != "":
		s.Line("The configuration is in %s", done.Config)
	case done.Skipped != "":
		s.Line("%s", s.Paint(screen.Doubt, "The configuration was left as it is: that of the backup is another one, and --with-config restores it"))
	}
	if done.KeptConfig != "" {
		s.Line("The one that was there before is in %s", done.KeptConfig)
	}
	if done.Database == "postgres" {
		s.Line("%s", s.Paint(screen.Doubt, "The database is not in a backup of this kind: restore that with pg_restore"))
	}
	return nil
}
