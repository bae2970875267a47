package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/catalog"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/logging"
	"github.com/gatesmith/gatesmith/protocol"
)

func watchCommand() *cobra.Command {
	settings := &connection.Settings{}
	count := 0
	cmd := &cobra.Command{
		Use:   "watch [EVENT …]",
		Short: "Prints events as they come",
		Long: `Prints events as they come, until it is interrupted: all but tick, or those that
are named. A line each: the time, the event, and its payload as JSON; with --json
a JSON object each. Secrets are hidden.

When the connection is lost, it is made anew; that, and events that the gateway
left out because this client was too slow, are said between the events. Events
that were sent while there was no connection are not seen.`,
		Example: examples("gateway watch", "gateway watch device.pair.requested device.pair.resolved --json"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return completeEvent(args), cobra.ShellCompDirectiveNoFileComp
		},
	}
	settings.Register(cmd.Flags())
	cmd.Flags().IntVarP(&count, "count", "n", 0, "end after so many `events`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		w := &watcher{screen: screenOf(cmd, settings.JSON), names: canonical(args), left: count, enough: make(chan struct{})}
		return w.run(cmd.Context(), settings)
	}
	return cmd
}

func completeEvent(given []string) []cobra.Completion {
	var all []cobra.Completion
	for _, name := range catalog.Events() {
		if !slices.Contains(given, name) {
			all = append(all, cobra.CompletionWithDesc(name, protocol.LookupEvent(name).Info().Doc))
		}
	}
	return all
}

// canonical gives events the names by which they come.
func canonical(names []string) []string {
	out := make([]string, len(names))
	for k, name := range names {
		out[k] = name
		if info := protocol.LookupEvent(name).Info(); info != nil {
			out[k] = info.Name
		}
	}
	return out
}

// watcher prints events. Its methods are called by one goroutine at a time,
// the client's.
type watcher struct {
	screen *screen.Screen
	names  []string // what to print; none: all but tick
	left   int      // how many more; 0 at the start: no end

	enough chan struct{}
	once   sync.Once
	phase  client.Phase // as last said
}

func (w *watcher) run(ctx context.Context, settings *connection.Settings) error {
	target, err := settings.Target()
	if err != nil {
		return err
	}
	target.Options.Reconnect = client.Reconnect{}
	c, err := target.Open(ctx, func(c *client.Client) {
		c.OnAny(w.event)
		c.OnGap(w.gap)
		c.OnState(w.state)
	})
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer cancel()
		_ = c.Close(end)
	}()
	if err := w.known(c.Hello().Features.Events); err != nil {
		return err
	}
	select {
	case <-ctx.Done(): // interrupted, as it should be
		return nil
	case <-w.enough:
		return nil
	case <-c.Done():
		return c.Err()
	}
}

// known refuses events that neither the schema nor this gateway has: nobody
// would ever see one.
func (w *watcher) known(offered []string) error {
	for _, name := range w.names {
		if protocol.LookupEvent(name) != protocol.EventUnknown || slices.Contains(offered, name) {
			continue
		}
		all := append(catalog.Events(), offered...)
		if near := catalog.Nearest(name, all); near != "" {
			return usagef("there is no event %q: did you mean %s?", name, near)
		}
		slices.Sort(all)
		return usagef("there is no event %q: there are %s", name, strings.Join(slices.Compact(all), ", "))
	}
	return nil
}

func (w *watcher) wanted(name string) bool {
	if len(w.names) == 0 {
		return name != protocol.EventTick.String() && name != protocol.EventConnectChallenge.String()
	}
	return slices.Contains(w.names, name)
}

// line is what programs read.
type line struct {
	Type    string          `json:"type"` // event, gap or state
	At      time.Time       `json:"at"`
	Event   string          `json:"event,omitempty"`
	Seq     int64           `json:"seq,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
	Missing int64           `json:"missing,omitempty"` // how many events a gap is
	State   string          `json:"state,omitempty"`
	Cause   string          `json:"cause,omitempty"`
}

func (w *watcher) event(name string, payload []byte, seq int64) {
	if !w.wanted(name) || w.ended() {
		return
	}
	shown := hideSecrets(name, payload)
	if w.screen.JSON {
		_ = w.screen.Value(line{Type: "event", At: w.screen.Now(), Event: name, Seq: seq, Payload: shown})
	} else {
		w.screen.Line("%s  %s  %s", w.clock(), w.screen.Paint(screen.Strong, name), w.fit(string(shown)))
	}
	if w.left--; w.left == 0 {
		w.once.Do(func() { close(w.enough) })
	}
}

func (w *watcher) ended() bool {
	select {
	case <-w.enough:
		return true
	default:
		return false
	}
}

// hideSecrets hides what the schema calls secret, and what looks like one in an
// event that the schema does not know.
func hideSecrets(event string, payload []byte) []byte {
	if payload == nil {
		return nil
	}
	shown := catalog.Payload(event).Hide(payload)
	masked := []byte((*logging.Secrets)(nil).Mask(string(shown)))
	if json.Valid(masked) {
		return masked
	}
	return []byte(catalog.Mask)
}

// maxShown is how much of a payload a person sees at once.
const maxShown = 400

func (w *watcher) fit(text string) string {
	text = screen.Clean(text)
	if !w.screen.Terminal || utf8.RuneCountInString(text) <= maxShown {
		return text
	}
	return string([]rune(text)[:maxShown]) + "…"
}

func (w *watcher) clock() string {
	return w.screen.Paint(screen.Faint, w.screen.Now().Format(time.TimeOnly))
}

func (w *watcher) gap(expected, got int64) {
	if w.screen.JSON {
		_ = w.screen.Value(line{Type: "gap", At: w.screen.Now(), Missing: got - expected})
		return
	}
	w.screen.Line("%s  %s", w.clock(), w.screen.Paint(screen.Doubt, fmt.Sprintf("%d events are missing: the gateway left them out, for this client was too slow", got-expected)))
}

// state says when the connection is there, is lost, and is there again. What
// happens between is of no interest.
func (w *watcher) state(st client.State) {
	phase := st.Phase
	if phase == client.Reconnecting {
		phase = client.Disconnected
	}
	if phase == w.phase || phase != client.Connected && phase != client.Disconnected {
		return
	}
	first := w.phase == client.Idle
	w.phase = phase
	cause := ""
	if st.Cause != nil {
		cause = st.Cause.Error()
	}
	switch {
	case w.screen.JSON:
		_ = w.screen.Value(line{Type: "state", At: w.screen.Now(), State: phase.String(), Cause: cause})
	case first:
		fmt.Fprintln(w.screen.Err, "Connected; Ctrl-C ends it.")
	case phase == client.Connected:
		w.screen.Line("%s  %s", w.clock(), w.screen.Paint(screen.Good, "connected again"))
	default:
		w.screen.Line("%s  %s", w.clock(), w.screen.Paint(screen.Doubt, "connection lost, connecting again: "+cause))
	}
}
