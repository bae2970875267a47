package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

const (
	scanTime = 2 * time.Minute // that a code may wait to be scanned, if it does not expire before
	maxCodes = 6               // that are shown one after the other
)

func channelsLoginCommand() *cobra.Command {
	var account string
	var force bool
	cmd := &cobra.Command{
		Use:   "login CHANNEL",
		Short: "Links an account by a code to scan with a phone",
		Long: `Links an account of a channel that has such a login, by a code to scan with a phone.
Channels with tokens, such as telegram, are linked by gateway channels add.`,
		Example: examples("gateway channels login whatsapp"),
		Args:    takes(1, 1),
	}
	asks(cmd, func(_ context.Context, c *conversation, args []string) error {
		if _, withToken := credential[strings.ToLower(args[0])]; withToken {
			return usagef("%s has no login: gateway channels add %s --credential links it", args[0], args[0])
		}
		// A code may wait longer than other answers.
		return c.login(cmd.Context(), wire.Opt[string]{V: account, Set: account != ""}, force)
	})
	cmd.Flags().StringVar(&account, "account", "", "`account` of the channel; default the channel's default account")
	cmd.Flags().BoolVar(&force, "force", false, "link anew, although the account is linked")
	return cmd
}

// login shows codes, one after the other while they expire, until one was scanned.
func (c *conversation) login(ctx context.Context, account wire.Opt[string], force bool) error {
	for tries := 1; ; tries++ {
		begun, err := c.gateway.WebLoginStart(ctx, &protocol.WebLoginStartParams{AccountID: account, Force: wire.Some(force && tries == 1)})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(begun.AppendJSON(nil))
		}
		if !begun.QRDataURL.Set {
			c.screen.Line("%s", screen.Clean(begun.Message))
			return nil
		}
		code, err := drawn(begun.QRDataURL.V)
		if err != nil {
			return err
		}
		c.screen.Line("%s%s", code, screen.Clean(begun.Message))
		if begun.Code.Set {
			c.screen.Line("The code as text: %s", screen.Clean(begun.Code.V))
		}
		done, err := c.scanned(ctx, account)
		if err != nil {
			return err
		}
		switch {
		case done.Connected:
			c.screen.Line("%s", screen.Clean(done.Message))
			return nil
		case tries == maxCodes || done.Message != channels.StillWaiting:
			return fmt.Errorf("the account is not linked: %s", screen.Clean(done.Message))
		}
		c.screen.Line("The code has expired. The next one:")
	}
}

// scanned waits for the scan of a code, longer than for other answers.
func (c *conversation) scanned(ctx context.Context, account wire.Opt[string]) (*protocol.WebLoginWaitResult, error) {
	ctx, cancel := context.WithTimeout(ctx, scanTime+farewell)
	defer cancel()
	return c.gateway.WebLoginWait(ctx, &protocol.WebLoginWaitParams{AccountID: account, TimeoutMs: wire.Some(scanTime.Milliseconds())})
}

// moduleSize is how many points of the picture make one of the code's.
const moduleSize = 8

// drawn is a code as a terminal shows it: two rows of it in a line.
func drawn(dataURL string) (string, error) {
	_, text, ok := strings.Cut(dataURL, ";base64,")
	data, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil {
		return "", fmt.Errorf("the gateway gave no picture of a code")
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return "", fmt.Errorf("the gateway gave a picture that cannot be read: %w", err)
	}
	var b strings.Builder
	size := picture.Bounds()
	for y := size.Min.Y; y < size.Max.Y; y += 2 * moduleSize {
		for x := size.Min.X; x < size.Max.X; x += moduleSize {
			b.WriteString(halves[light(picture, x, y)][light(picture, x, y+moduleSize)])
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// halves are the signs for an upper and a lower point, by whether they are light.
var halves = map[bool]map[bool]string{true: {true: "█", false: "▀"}, false: {true: "▄", false: " "}}

func light(p image.Image, x, y int) bool {
	if !(image.Point{X: x, Y: y}).In(p.Bounds()) {
		return true
	}
	r, _, _, _ := p.At(x, y).RGBA()
	return r > 0x7fff
}

func channelsLogoutCommand() *cobra.Command {
	var account string
	cmd := &cobra.Command{
		Use:   "logout CHANNEL",
		Short: "Logs an account out and forgets its login or token",
		Args:  takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		done, err := c.gateway.ChannelsLogout(ctx, &protocol.ChannelsLogoutParams{Channel: args[0], AccountID: wire.Opt[string]{V: account, Set: account != ""}})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		switch {
		case done.EnvToken.V:
			c.screen.Line("The account %s of %s is stopped; a token in the gateway's environment links it again with the next start.", screen.Clean(done.AccountID), done.Channel)
		case done.Cleared:
			c.screen.Line("The account %s of %s is logged out.", screen.Clean(done.AccountID), done.Channel)
		default:
			c.screen.Line("The account %s of %s was not logged in.", screen.Clean(done.AccountID), done.Channel)
		}
		return nil
	})
	cmd.Flags().StringVar(&account, "account", "", "`account` of the channel; default the channel's default account")
	return cmd
}
