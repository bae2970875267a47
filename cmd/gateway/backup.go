package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/backup"
	"github.com/gatesmith/gatesmith/internal/config"
)

// places are the flags that say where state and configuration are.
type places struct{ state, config string }

func (p *places) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.state, "state-dir", "", "`folder` of the gateway's state")
	cmd.Flags().StringVar(&p.config, "config", "", "configuration `file`")
}

func (p *places) find() (state, conf config.Place, err error) {
	if state, err = config.StatePlace(p.state, os.Getenv); err != nil {
		return state, conf, err
	}
	conf, err = config.ConfigPlace(p.config, os.Getenv)
	return state, conf, err
}

func backupCommand() *cobra.Command {
	var p places
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "backup [FILE.tar.gz | FOLDER]",
		Short: "Saves the state folder and the configuration, also while the gateway runs",
		Long: `Saves the state folder and the configuration, also while the gateway runs: as one
tar.gz, or as a folder where the name does not end in .tar.gz. The database in it
is of one moment, and every file has a digest, which restore compares.

Left out are logs, locks, and the copies of the database that were made before
migrations. A PostgreSQL database is saved with pg_dump; the rest is saved here.

The backup holds the gateway's secrets, and only you can read it. Keep it so.`,
		Example: examples("gateway backup", "gateway backup /mnt/backups/gateway-monday.tar.gz"),
		Args:    takes(0, 1),
	}
	p.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON for programs")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		path := "gateway-backup-" + time.Now().Format("20060102-150405") + ".tar.gz"
		if len(args) == 1 {
			path = args[0]
		}
		return makeBackup(cmd.Context(), screenOf(cmd, asJSON), p, path)
	}
	return cmd
}

// sink is where a backup goes; it is complete when Close returned well.
type sink interface {
	backup.Sink
	Close(failed error) error
}

func newSink(path string) (sink, error) {
	if strings.HasSuffix(path, ".tar.gz") || strings.HasSuffix(path, ".tgz") {
		return backup.NewArchive(path)
	}
	return backup.NewFolder(path)
}

func makeBackup(ctx context.Context, s *screen.Screen, p places, path string) error {
	state, conf, err := p.find()
	if err != nil {
		return err
	}
	loaded, err := config.Load(config.Sources{Path: conf.Path, Named: conf.Named(), Env: os.Getenv})
	if err != nil {
		return fmt.Errorf("where is the database? The configuration does not say: %w", err)
	}
	postgres := loaded.Config.Store.V.URL.V != ""
	v, _ := build()
	to, err := newSink(path)
	if err != nil {
		return err
	}
	m, err := backup.Make(ctx, backup.Options{StateDir: state.Path, ConfigPath: conf.Path, Postgres: postgres, Version: v}, to)
	if err := to.Close(err); err != nil {
		return err
	}
	if s.JSON {
		return s.Value(struct {
			Path     string           `json:"path"`
			Manifest *backup.Manifest `json:"manifest"`
		}{path, m})
	}
	s.Line("Saved %d files of %s, %s, to %s", len(m.Files), state.Path, screen.Size(m.Size()), path)
	if postgres {
		s.Line("%s", s.Paint(screen.Doubt, "The database is not in it: save that with pg_dump --format=custom --file=gateway.dump, and the URL of store.url"))
	}
	return nil
}
