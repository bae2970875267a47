package wizard

import (
	"context"
	"slices"

	"github.com/gatesmith/gatesmith/protocol"
)

// Channel is a way to messages that a wizard can set up. What it is about belongs
// to the package that has the channel; the wizard only asks and writes.
type Channel interface {
	// Option is how it is offered; its value is the channel's name.
	Option() Option
	// Ask asks for what the channel needs, such as a token, tries it where that is
	// possible, and gives the settings to write. What the configuration has already
	// may be kept.
	Ask(ctx context.Context, a *Asker, now *protocol.Config) ([]Setting, error)
}

// Setting is a value to write.
type Setting struct {
	Key   []string // names from the root: channels, telegram, accounts, default, botToken
	Value any      // as encoding/json writes it; nil takes the setting away
	// Secret is one that no summary shows, and that is written so that nothing in
	// it is taken for a reference.
	Secret bool
}

// channels sets up the ways to messages that are chosen.
func (x *script) channels(ctx context.Context) error {
	if len(x.o.Channels) == 0 || x.has("channels") {
		return nil
	}
	q := Question{Name: "channels", Title: "Channels", Text: "Where may people write to the assistant? None is right too: this can be done later."}
	for _, c := range x.o.Channels {
		q.Options = append(q.Options, c.Option())
	}
	chosen, err := x.ask.ChooseAny(ctx, q)
	if err != nil {
		return err
	}
	for _, c := range x.o.Channels {
		if !slices.Contains(chosen, c.Option().Value) {
			continue
		}
		settings, err := c.Ask(ctx, x.ask, x.now.Config)
		if err != nil {
			return err
		}
		for _, s := range settings {
			x.draft.set(s)
		}
	}
	return nil
}
