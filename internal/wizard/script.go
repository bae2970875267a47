package wizard

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/internal/config"
)

// script is one wizard: what it asks, and what it was told.
type script struct {
	o   *Options
	log *slog.Logger
	run *run
	ask *Asker

	remote    bool   // the gateway is elsewhere
	workspace string // given at the start; "" it is asked for

	base  *config.Loaded // the file as it was read
	text  []byte         // what the changes are based on: the file's text, or none
	now   *config.Loaded // that text, as it is understood
	quick bool           // only what matters is asked
	keep  bool           // what the file says is not asked
	draft draft
}

// play asks everything and writes what came of it.
func (x *script) play(ctx context.Context) error {
	x.ask = &Asker{run: x.run, hide: x.o.Hide}
	if x.remote {
		return x.elsewhere(ctx)
	}
	steps := []func(context.Context) error{x.welcome, x.depth, x.existing}
	sections := []func(context.Context) error{x.network, x.access, x.model, x.agent, x.channels, x.place}
	for _, step := range append(steps, sections...) {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for {
		again, err := x.finish(ctx)
		if err != nil || !again {
			return err
		}
		x.keep = false
		for _, step := range sections {
			if err := step(ctx); err != nil {
				return err
			}
		}
	}
}

// elsewhere tells how a gateway on another machine is used: there is nothing to
// write here for that.
func (x *script) elsewhere(ctx context.Context) error {
	return x.ask.Note(ctx, "remote", "A gateway elsewhere",
		"A gateway is set up on the machine that it runs on: run `gateway setup` there, or connect to it and start its wizard.\n\n"+
			"Commands on this machine use it with GATEWAY_URL=wss://its-name/v1/connect in their environment, or with --url, and with its token in a file named by --token-file. Nothing has to be written here.")
}

func (x *script) welcome(ctx context.Context) error {
	if err := x.ask.Note(ctx, "intro", "Setting up the gateway", "A few questions, and the assistant is ready. Nothing is written before the last one is answered, and the setup can be stopped at any time."); err != nil {
		return err
	}
	if err := x.ask.Note(ctx, "security", "Security",
		"Agents use tools on behalf of whoever may talk to them, and a text that they read can talk them into things. "+
			"Whoever has the gateway's secret can do everything that it can: keep it as you keep a password.\n\n"+
			"Begin with few tools and few people. SECURITY.md says what the gateway defends and what it does not."); err != nil {
		return err
	}
	yes, err := x.ask.Confirm(ctx, Question{Name: "risk", Text: "I understand that an assistant with tools is powerful and can do harm. Go on?"}, false)
	if err == nil && !yes {
		err = errCancelled
	}
	return err
}

// How much is asked.
const (
	quickstart = "quickstart"
	advanced   = "advanced"
)

func (x *script) depth(ctx context.Context) error {
	how, err := x.ask.Choose(ctx, Question{Name: "flow", Text: "How much do you want to decide?", Initial: quickstart, Options: []Option{
		{quickstart, "Quick start", "secret, language model and name; the rest as it is"},
		{advanced, "Everything", "port, network and workspace too"},
	}})
	x.quick = how == quickstart
	return err
}

// What happens with a configuration that is there already.
const (
	keepValues = "keep"
	modify     = "modify"
	reset      = "reset"
	stop       = "stop"
)

// existing reads the file and asks what to do with what it says.
func (x *script) existing(ctx context.Context) error {
	x.base = x.o.Settings.Read()
	x.text = x.base.Text
	if x.base.Exists && x.base.Hash == "" {
		return fmt.Errorf("the configuration can't be read: %w", x.base.Problems)
	}
	if len(x.base.Problems) > 0 {
		return x.broken(ctx)
	}
	x.now = x.base
	set, err := config.Compare(nil, x.base.Text)
	if err != nil || len(set) == 0 {
		return err
	}
	if err := x.ask.Note(ctx, "existing", "There is a configuration", x.base.Path+" says:\n"+strings.Join(summary(set), "\n")); err != nil {
		return err
	}
	what, err := x.ask.Choose(ctx, Question{Name: "config", Text: "What is to happen with it?", Initial: keepValues, Options: []Option{
		{keepValues, "Use it", "ask only for what is missing"},
		{modify, "Change it", "ask again, beginning with its values"},
		{reset, "Begin anew", "it stays in `gateway config history`"},
	}})
	switch what {
	case keepValues:
		x.keep = true
	case reset:
		return x.blank()
	}
	return err
}

// broken asks what to do with a file that is not valid.
func (x *script) broken(ctx context.Context) error {
	what, err := x.ask.Choose(ctx, Question{Name: "config", Title: "The configuration is not valid", Text: x.base.Problems.Error(), Options: []Option{
		{stop, "Stop", "and mend it by hand"},
		{reset, "Begin anew", "it stays in `gateway config history`"},
	}})
	switch {
	case err != nil:
		return err
	case what == stop:
		return errCancelled
	}
	return x.blank()
}

// blank begins with an empty file.
func (x *script) blank() (err error) {
	x.text = []byte("{}\n")
	x.now, err = x.understood(x.text)
	return err
}

// understood is what a text would mean, with the environment and the flags of the
// gateway.
func (x *script) understood(text []byte) (*config.Loaded, error) {
	s := x.base.File().Sources
	s.Text = text
	return config.Load(s)
}

// drafted is what the answers so far would mean.
func (x *script) drafted() (*config.Loaded, error) {
	text, err := x.draft.apply(x.text)
	if err != nil {
		return nil, err
	}
	return x.understood(text)
}

// wrong says what is wrong with a setting, and "" where nothing is. Whatever else
// is wrong with the draft does not matter here.
func (x *script) wrong(s Setting) string {
	tried := draft{edits: slices.Clone(x.draft.edits)}
	tried.set(s)
	text, err := tried.apply(x.text)
	if err != nil {
		return err.Error()
	}
	next, _ := x.understood(text)
	key := config.JoinKey(s.Key)
	for _, p := range next.Problems {
		if p.Key == key || strings.HasPrefix(p.Key, key) {
			return p.Message
		}
	}
	return ""
}

// has reports that the file says something of a place and that this is to stay.
func (x *script) has(names ...string) bool { return x.keep && x.now.Has(names) }
