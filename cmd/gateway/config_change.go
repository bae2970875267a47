package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/config"
)

func configSetCommand() *cobra.Command {
	var base string
	cmd := configures(&cobra.Command{
		Use:   "set KEY VALUE",
		Short: "Gives a setting a value, and leaves the rest of the file as it is",
		Long: `Gives a setting a value, and leaves the rest of the file as it is. VALUE is JSON, or
a string without quotes; - reads it from the input, where no history keeps it. An
object is merged with the one that is there.`,
		Example: examples("gateway config set agents.defaults.model anthropic/claude-sonnet-4-20250514",
			`gateway config set gateway.origins '["https://chat.example"]'`, "gateway config set models.providers.anthropic.apiKey - < key"),
		Args: takes(2, 2),
	}, func(ctx context.Context, s *settingsFile, args []string) error {
		names, err := keyOf(args)
		if err != nil {
			return err
		}
		word := args[1]
		if word == "-" {
			if word, err = s.fromInput(); err != nil {
				return err
			}
		}
		path, err := s.change(ctx, base, "config set", config.PatchOf(names, config.ValueOf(names, word)))
		if err != nil {
			return err
		}
		return s.said(path, "Set %s", args[0])
	})
	cmd.Flags().StringVar(&base, "base-hash", "", "change only the text with this `hash`; default the present one")
	return cmd
}

func configUnsetCommand() *cobra.Command {
	var base string
	cmd := configures(&cobra.Command{
		Use:   "unset KEY",
		Short: "Takes a setting out of the file, so that its default counts",
		Args:  takes(1, 1),
	}, func(ctx context.Context, s *settingsFile, args []string) error {
		names, err := keyOf(args)
		if err != nil {
			return err
		}
		now, _, err := s.read(ctx)
		if err != nil {
			return err
		}
		if !now.Has(names) {
			return errors.New(args[0] + " is not set in the file")
		}
		path, err := s.change(ctx, base, "config unset", config.PatchOf(names, []byte("null")))
		if err != nil {
			return err
		}
		return s.said(path, "Removed %s", args[0])
	})
	cmd.Flags().StringVar(&base, "base-hash", "", "change only the text with this `hash`; default the present one")
	return cmd
}

// attempts is how often a change is tried that others get in the way of.
const attempts = 5

// change merges a patch into the present text. Where somebody else was faster it
// is merged into what he wrote, unless it was to be based on one text.
func (s *settingsFile) change(ctx context.Context, base, by string, patch []byte) (path string, err error) {
	for range attempts {
		now, _, err := s.read(ctx)
		if err != nil {
			return "", err
		}
		text, err := config.Merge(now.Text, patch)
		if err != nil {
			return "", err
		}
		on := now.Hash
		if base != "" {
			on = base
		}
		err = s.write(ctx, on, text, strings.ReplaceAll(by, " ", "-"))
		if err == nil {
			return now.Path, nil
		}
		if base != "" || !outrun(err) {
			return "", err
		}
	}
	return "", errors.New("others change the configuration all the time: try again")
}

// outrun reports whether somebody else changed the text meanwhile.
func outrun(err error) bool {
	if c, ok := errors.AsType[config.Conflict](err); ok {
		return c == config.HashChanged
	}
	e, ok := errors.AsType[*client.Error](err)
	return ok && e.Message == config.HashChanged.Error()
}
