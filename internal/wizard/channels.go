package wizard

import (
	"context"
)

// Channel is a way to messages that a wizard can set up. What it is about belongs
// to the package that has the channel; the wizard only asks and writes.
type Channel interface {
	// Option is how it is offered; its value is the channel's name.
	Option() Option
	// Ask asks for what the channel needs, such as a token, tries it where that is
	// possible, and gives the settings to write. What is in the file already may be
	// kept.
	Ask(ctx context.Context, a *Asker, now Values) ([]Setting, error)
}

// Setting is a value to write.
type Setting struct {
	Key   []string // names from the root: channels, telegram, botToken
	Value any      // as encoding/json writes it; nil takes the setting away
	// Secret is one that no summary shows, and that is written so that nothing in
	// it is taken for a reference.
	Secret bool
}

// Values are the settings of the file, for what may be kept.
type Values interface {
	// Has reports whether the file itself says something of a place.
	Has(names []string) bool
	// Show gives what is in force at a place, as JSON.
	Show(names []string, secrets bool) (value []byte, found bool)
}

// channels sets up the ways to messages that are chosen.
func (x *script) channels(ctx context.Context) error {
	if len(x.o.Channels) == 0 {
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
		for _, name := range chosen {
			if name != c.Option().Value {
				continue
			}
			settings, err := c.Ask(ctx, x.ask, x.now)
			if err != nil {
				return err
			}
			for _, s := range settings {
				x.draft.set(s)
			}
		}
	}
	return nil
}
