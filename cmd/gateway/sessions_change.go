package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/catalog"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func sessionsPatchCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:   "patch SESSION NAME=VALUE…",
		Short: "Changes a conversation's settings",
		Long: `Changes a conversation's settings, all of them or none. A session that does not
exist is made, with SESSION as its key.

  NAME=VALUE    sets it
  NAME:=null    goes back to the default

The names are those of the method sessions.patch: label, thinkingLevel, model,
responseUsage, verboseLevel, reasoningLevel, elevatedLevel, execHost, execSecurity,
execAsk, execNode, sendPolicy, groupActivation, spawnedBy.`,
		Example: examples("gateway sessions patch main label='Home' thinkingLevel=high", "gateway sessions patch main model:=null"),
		Args:    takes(2, -1),
	}, sessionsPatch)
}

func sessionsPatch(ctx context.Context, c *conversation, args []string) error {
	m := catalog.LookupMethod("sessions.patch")
	text, err := m.Params.Params(args[1:])
	if err != nil {
		return usagef("%w", err)
	}
	key, err := c.sessionKey(ctx, args[0])
	if err != nil {
		key = args[0] // a new one; what else is wrong shows again
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	members["key"], _ = json.Marshal(key)
	if text, err = json.Marshal(members); err != nil {
		return err
	}
	answer, err := c.gateway.CallRaw(ctx, "sessions.patch", text)
	if err != nil {
		return err
	}
	if c.screen.JSON {
		return c.screen.Raw(answer)
	}
	var done protocol.SessionsPatchResult
	if err := json.Unmarshal(answer, &done); err != nil {
		return err
	}
	c.screen.Line("Changed %s.", done.Key)
	return nil
}

func sessionsResetCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:   "reset SESSION",
		Short: "Begins a conversation anew; what was said is put aside",
		Args:  takes(1, 1),
	}, func(ctx context.Context, c *conversation, args []string) error {
		key, err := c.sessionKey(ctx, args[0])
		if err != nil {
			return err
		}
		done, err := c.gateway.SessionsReset(ctx, &protocol.SessionsResetParams{Key: key})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("%s begins anew, with transcript %s.", done.Key, done.Entry.SessionID)
		return nil
	})
}

func sessionsDeleteCommand() *cobra.Command {
	var keep, yes bool
	cmd := &cobra.Command{
		Use:   "delete SESSION",
		Short: "Deletes a conversation",
		Long: `Deletes a conversation, after asking. A run that goes on in it is stopped. Main
sessions cannot be deleted, only reset.

The transcript is put aside, not erased: see session.archiveDays in the configuration.`,
		Example: examples("gateway sessions delete 'Weekly report'", "gateway sessions delete agent:main:old --yes"),
		Args:    takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		key, err := c.sessionKey(ctx, args[0])
		if err != nil {
			return err
		}
		if !yes {
			if !screen.IsTerminal(c.in) {
				return usagef("nobody can be asked here: say --yes to delete %s", key)
			}
			if !c.confirm("Delete " + key + "?") {
				return errors.New("nothing was changed")
			}
		}
		done, err := c.gateway.SessionsDelete(ctx, &protocol.SessionsDeleteParams{Key: key, DeleteTranscript: wire.Some(!keep)})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("Deleted %s.", done.Key)
		if len(done.Archived) > 0 {
			c.screen.Line("Its transcript was put aside: %s", strings.Join(done.Archived, ", "))
		}
		return nil
	})
	cmd.Flags().BoolVar(&keep, "keep-transcript", false, "leave the transcript where it is")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "delete without asking")
	return cmd
}

func sessionsCompactCommand() *cobra.Command {
	var keep int64
	cmd := &cobra.Command{
		Use:   "compact SESSION",
		Short: "Shortens a conversation to what was said last",
		Long: `Shortens a conversation to what was said last. What was said before is put aside,
so that the model does not see it any more; nothing is summarised.`,
		Example: examples("gateway sessions compact main --keep 100"),
		Args:    takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		if keep < 1 {
			return usagef("--keep is %d: expected 1 or more", keep)
		}
		key, err := c.sessionKey(ctx, args[0])
		if err != nil {
			return err
		}
		done, err := c.gateway.SessionsCompact(ctx, &protocol.SessionsCompactParams{Key: key, MaxLines: wire.Some(keep)})
		switch {
		case err != nil:
			return err
		case c.screen.JSON:
			return c.screen.Raw(done.AppendJSON(nil))
		case done.Compacted:
			c.screen.Line("%s has its last %d lines now; those before were put aside: %s", done.Key, done.Kept.V, done.Archived.V)
		case done.Reason.Set:
			c.screen.Line("Nothing was said in %s yet.", done.Key)
		default:
			c.screen.Line("%s has %d lines only: nothing was changed.", done.Key, done.Kept.V)
		}
		return nil
	})
	cmd.Flags().Int64Var(&keep, "keep", 400, "how many lines stay")
	return cmd
}
