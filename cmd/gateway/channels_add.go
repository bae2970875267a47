package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/internal/config"
)

// credential names the setting of each channel that an account cannot be without.
var credential = map[string]string{"telegram": "botToken", "slack": "botToken", "webhook": "secret"}

// accountName is how accounts may be named.
var accountName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func channelsAddCommand() *cobra.Command {
	var account, token, appToken, url, dm, agent string
	var allow, groups []string
	cmd := configures(&cobra.Command{
		Use:   "add CHANNEL",
		Short: "Adds an account to a channel, or changes one",
		Long: `Adds an account to a channel, or changes one, in the configuration. A gateway that
runs takes it up at once.

For telegram, --credential is the token that @BotFather gave; for slack it is the bot
token, and --app-token the app's; for webhook it is the secret with which requests are
signed, and --post-to where the gateway posts. With - the credential is read from the
input, where no history keeps it; for slack both tokens may stand there, the bot's in
the first line.`,
		Example: examples("gateway channels add telegram --credential - < token", "gateway channels add webhook --account desk --credential - --post-to https://desk.example.com/gateway < secret",
			"gateway channels add slack --credential - < tokens", "gateway channels add telegram --allow @ada --group -1001234567890"),
		Args: takes(1, 1),
	}, func(ctx context.Context, s *settingsFile, args []string) error {
		channel := strings.ToLower(args[0])
		place := []string{"channels", channel, "accounts", account}
		if _, known := config.Describe(place); !known {
			return usagef("the channel %q has no accounts that could be added: gateway channels list shows the channels there are", args[0])
		}
		if token == "-" {
			text, err := s.fromInput()
			if err != nil {
				return err
			}
			if token = strings.TrimSpace(text); channel == "slack" && appToken == "" {
				token, appToken, _ = strings.Cut(token, "\n")
				token, appToken = strings.TrimSpace(token), strings.TrimSpace(appToken)
			}
		}
		if !accountName.MatchString(account) {
			return usagef("%q is no name of an account: want letters, digits, - and _, at most 64", account)
		}
		settings := map[string]any{}
		access := map[string]any{}
		set := func(to map[string]any, name, value string) {
			if value != "" {
				to[name] = value
			}
		}
		set(settings, credential[channel], token)
		set(settings, "appToken", appToken)
		set(settings, "url", url)
		set(settings, "agent", agent)
		set(access, "dm", dm)
		if len(allow) > 0 {
			access["allowFrom"] = allow
		}
		if len(groups) > 0 {
			list := map[string]any{}
			for _, g := range groups {
				list[g] = map[string]any{}
			}
			access["groups"] = list
		}
		if len(access) > 0 {
			settings["access"] = access
		}
		for flag, name := range map[string]string{"--post-to": "url", "--app-token": "appToken"} {
			if _, known := config.Describe(append(slices.Clone(place), name)); settings[name] != nil && !known {
				return usagef("accounts of %s have no %s", channel, flag)
			}
		}
		value, err := json.Marshal(settings)
		if err != nil {
			return err
		}
		path, err := s.change(ctx, "", "channels add", config.PatchOf(place, value))
		if err != nil {
			return err
		}
		return s.said(path, "The account %s of %s is configured", account, channel)
	})
	f := cmd.Flags()
	f.StringVar(&account, "account", "default", "`name` of the account, of your own choice")
	f.StringVar(&token, "credential", "", "`secret` of the account: a token, or what requests are signed with; - reads it from the input")
	f.StringVar(&appToken, "app-token", "", "`token` of the app, beginning with xapp-, for slack")
	f.StringVar(&url, "post-to", "", "`address` to which the gateway posts, for webhook")
	f.StringVar(&dm, "dm", "", "what happens to direct messages of strangers: `policy` pairing, allowlist, open or off")
	f.StringVar(&agent, "agent", "", "`agent` that answers; default the default agent")
	f.StringArrayVar(&allow, "allow", nil, "`sender` who may talk to the agent; may be repeated, and replaces the list")
	f.StringArrayVar(&groups, "group", nil, "`group` in which the agent listens; may be repeated")
	return cmd
}

func channelsRemoveCommand() *cobra.Command {
	var account string
	cmd := configures(&cobra.Command{
		Use:   "remove CHANNEL",
		Short: "Takes an account out of the configuration",
		Long: `Takes an account out of the configuration, with its token. What waits in its outbox
stays there for a day, and goes out if the account comes back.`,
		Args: takes(1, 1),
	}, func(ctx context.Context, s *settingsFile, args []string) error {
		channel := strings.ToLower(args[0])
		names := []string{"channels", channel, "accounts", account}
		now, _, err := s.read(ctx)
		if err != nil {
			return err
		}
		if !now.Has(names) {
			return fmt.Errorf("the configuration has no account %s of %s", account, channel)
		}
		path, err := s.change(ctx, "", "channels remove", config.PatchOf(names, []byte("null")))
		if err != nil {
			return err
		}
		return s.said(path, "The account %s of %s is removed", account, channel)
	})
	cmd.Flags().StringVar(&account, "account", "default", "`name` of the account")
	return cmd
}
