package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func approvalsSetCommand() *cobra.Command {
	f := &policyFile{}
	var base string
	cmd := &cobra.Command{
		Use:   "set FILE",
		Short: "Replaces the file",
		Long: `Replaces the file by another, - for what comes in. With --base it is only replaced
while it is the one of that hash, which get --json gives.`,
		Example: examples("gateway approvals set approvals.json", "gateway approvals get --node a | gateway approvals set --node b -"),
		Args:    takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		file, err := readPolicy(args[0], c.in)
		if err != nil {
			return err
		}
		if base == "" {
			now, err := f.get(ctx, c)
			if err != nil {
				return err
			}
			base = now.Hash
		}
		done, err := f.set(ctx, c, file, base)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("Wrote %s.", done.Path)
		return nil
	})
	f.register(cmd)
	cmd.Flags().StringVar(&base, "base", "", "`hash` of the file that the change is based on; default what is there now")
	return cmd
}

// maxPolicy bounds what is read of a file.
const maxPolicy = 1 << 20

func readPolicy(path string, in io.Reader) (*protocol.ExecApprovalsFile, error) {
	if path != "-" {
		opened, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer opened.Close()
		in = opened
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPolicy+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxPolicy:
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxPolicy)
	}
	file := new(protocol.ExecApprovalsFile)
	if err := file.DecodeAlias(text, wire.Strict); err != nil {
		return nil, usagef("%s is no exec-approvals file: %w", path, err)
	}
	return file, nil
}

func some(text string) wire.Opt[string] { return wire.Opt[string]{V: text, Set: text != ""} }
