package slack

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/slack-go/slack"
)

// maxHints bounds the hints that wait to be given.
const maxHints = 16

// hint is something that only one person is told.
type hint struct{ chat, thread, person, text string }

// action is what somebody clicked at.
type action struct {
	Type string `json:"type"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
	Container struct {
		Chat    string `json:"channel_id"`
		Message string `json:"message_ts"`
		Thread  string `json:"thread_ts"`
	} `json:"container"`
	Actions []struct {
		ID    string `json:"action_id"`
		Value string `json:"value"`
		At    string `json:"action_ts"`
	} `json:"actions"`
}

// vote takes clicks over. When it returns nil they are on the disk, or none of our
// business.
func (a *account) vote(ctx context.Context, payload json.RawMessage) error {
	var x action
	if err := json.Unmarshal(payload, &x); err != nil || x.Type != "block_actions" || x.User.ID == "" {
		a.env.Logger.Debug("a click in Slack is none of ours", "type", x.Type, "error", err)
		return nil
	}
	for _, click := range x.Actions {
		number, ours := strings.CutPrefix(click.ID, actionPrefix)
		option, err := strconv.Atoi(number)
		if !ours || err != nil || !threadTS.MatchString(click.At) {
			continue
		}
		text := ""
		err = a.env.Store.Write(ctx, func(tx *store.Tx) (err error) {
			text, err = a.count(ctx, tx, &x, click.Value, option, click.At)
			return err
		})
		if err != nil {
			return err
		}
		if text != "" {
			select {
			case a.hints <- hint{x.Container.Chat, x.Container.Thread, x.User.ID, text}:
			default:
			}
		}
	}
	a.wake()
	return nil
}

// count has a click count: one at what was chosen takes the choice back. What comes
// back is a hint for the voter.
func (a *account) count(ctx context.Context, tx *store.Tx, x *action, poll string, option int, at string) (hint string, err error) {
	b, err := scanBallot(tx.QueryRowContext(ctx, `SELECT `+ballotColumns+` FROM slack_polls WHERE id = ? AND account = ?`, poll, a.env.Account))
	switch {
	case err != nil:
		return "", err
	case b == nil:
		return "This poll is over.", nil
	case option < 0 || option >= len(b.poll.Options):
		return "", nil
	case b.closed(a.env.Now()):
		return "This poll is closed.", nil
	}
	chosen, before, err := choices(ctx, tx, poll, x.User.ID)
	if err != nil || !newer(at, before) {
		return "", err // Slack has brought it before, or a later one
	}
	if chosen, hint = choose(&b.poll, chosen, option); hint != "" {
		return hint, nil
	}
	if before == "" {
		var voters int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM slack_votes WHERE poll = ?`, poll).Scan(&voters); err != nil || voters >= maxVoters {
			return "", err
		}
	}
	text, err := json.Marshal(chosen)
	if err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO slack_votes (poll, voter, choices, acted_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (poll, voter) DO UPDATE SET choices = excluded.choices, acted_at = excluded.acted_at`, poll, x.User.ID, string(text), at)
	if err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, `UPDATE slack_polls SET version = version + 1, chat = ?, message = ? WHERE id = ?`, x.Container.Chat, x.Container.Message, poll)
	return "", err
}

// choices gives what somebody chose in a poll, and when.
func choices(ctx context.Context, q store.Querier, poll, voter string) (chosen []int, at string, err error) {
	var text string
	err = q.QueryRowContext(ctx, `SELECT choices, acted_at FROM slack_votes WHERE poll = ? AND voter = ?`, poll, voter).Scan(&text, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &chosen)
	}
	return chosen, at, err
}

// choose chooses an option, or takes it back. Where one may be chosen, another
// takes its place.
func choose(p *channels.Poll, chosen []int, option int) (now []int, hint string) {
	k := slices.Index(chosen, option)
	switch {
	case k >= 0:
		return slices.Delete(slices.Clone(chosen), k, k+1), ""
	case p.Choices <= 1:
		return []int{option}, ""
	case len(chosen) >= p.Choices:
		return nil, fmt.Sprintf("You can choose at most %d options. Click at one that you chose to take it back.", p.Choices)
	}
	return append(slices.Clone(chosen), option), ""
}

// newer reports whether a timestamp of Slack's is later than another.
func newer(a, b string) bool {
	whole := func(ts string) (string, string) {
		s, f, _ := strings.Cut(ts, ".")
		return strings.Repeat("0", max(0, 16-len(s))) + s, f
	}
	as, af := whole(a)
	bs, bf := whole(b)
	return as > bs || as == bs && af > bf
}

// wake has polls looked at that may show other than they should.
func (a *account) wake() {
	select {
	case a.repaint <- struct{}{}:
	default:
	}
}

// How polls are kept up to date.
const (
	paintAtATime = 20
	paintAgain   = 5 * time.Second // after an error
	paintHouse   = time.Hour       // when nothing happens
	pruneEvery   = 24 * time.Hour
)

// paint keeps the messages of polls up to date, and gives hints, until ctx ends.
func (a *account) paint(ctx context.Context) {
	var held, pruned time.Time // Slack is left alone until held
	for next := time.Duration(0); ; {
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-a.repaint:
		case h := <-a.hints:
			a.tell(ctx, h)
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
		if time.Since(pruned) >= pruneEvery {
			a.prune(ctx)
			pruned = time.Now()
		}
		if next = time.Until(held); next > 0 {
			continue
		}
		var err error
		if next, err = a.paintAll(ctx); err != nil && ctx.Err() == nil {
			var f *channels.Failure
			if next = paintAgain; errors.As(err, &f) {
				next = max(next, f.RetryAfter)
			}
			held = time.Now().Add(next)
			a.env.Logger.Warn("polls in Slack cannot be brought up to date yet", "error", err)
		}
	}
}

// tell gives a hint to one person; that it does not arrive does no harm.
func (a *account) tell(ctx context.Context, h hint) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := call(ctx, a, func(ctx context.Context) (string, error) {
		return a.api.PostEphemeralContext(ctx, h.chat, h.person, slack.MsgOptionText(escaper.Replace(h.text), false), slack.MsgOptionTS(h.thread))
	})
	if err != nil {
		a.env.Logger.Debug("a hint in Slack was not given", "error", err)
	}
}

// paintAll updates the polls that show other than they should, and says when to
// look again.
func (a *account) paintAll(ctx context.Context) (time.Duration, error) {
	now := a.env.Now()
	var stale []*ballot
	var soonest sql.NullInt64
	err := a.env.Store.Read(ctx, func(q store.Querier) (err error) {
		if stale, err = a.stale(ctx, q, now); err != nil {
			return err
		}
		for _, b := range stale {
			if err := b.count(ctx, q); err != nil {
				return err
			}
		}
		return q.QueryRowContext(ctx, `SELECT MIN(closes_at_ms) FROM slack_polls WHERE account = ? AND message <> '' AND closes_at_ms > ?`, a.env.Account, now.UnixMilli()).Scan(&soonest)
	})
	if err != nil {
		return 0, err
	}
	for _, b := range stale {
		if err := a.repaintOne(ctx, b, now); err != nil {
			return 0, err
		}
	}
	next := paintHouse
	if soonest.Valid {
		next = min(next, max(time.Millisecond, time.UnixMilli(soonest.Int64).Sub(a.env.Now())))
	}
	if len(stale) == paintAtATime {
		next = 0
	}
	return next, nil
}

// stale lists the polls that show other than they should.
func (a *account) stale(ctx context.Context, q store.Querier, now time.Time) ([]*ballot, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+ballotColumns+` FROM slack_polls
		WHERE account = ? AND message <> '' AND (shown < version OR closed = 0 AND closes_at_ms <= ?) ORDER BY created_at_ms LIMIT ?`,
		a.env.Account, now.UnixMilli(), paintAtATime)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*ballot
	for rows.Next() {
		b, err := scanBallot(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// repaintOne has a poll's message show what it should. One that Slack does not let
// us change any more is left as it is.
func (a *account) repaintOne(ctx context.Context, b *ballot, now time.Time) error {
	_, err := call(ctx, a, func(ctx context.Context) (string, error) {
		_, ts, _, err := a.api.UpdateMessageContext(ctx, b.chat, b.message, b.content(now)...)
		return ts, err
	})
	if _, over := errors.AsType[*channels.Terminal](err); err != nil && (over || !lasting(err)) {
		return err
	}
	if err != nil {
		a.env.Logger.Warn("a poll in Slack cannot be brought up to date", "chat", b.chat, "message", b.message, "error", err)
	}
	closed := 0
	if b.closed(now) {
		closed = 1
	}
	return a.env.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE slack_polls SET shown = ?, closed = ? WHERE id = ?`, b.version, closed, b.id)
		return err
	})
}

// prune forgets polls and threads of long ago.
func (a *account) prune(ctx context.Context) {
	before := a.env.Now().Add(-keepPolls).UnixMilli()
	err := a.env.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM slack_votes WHERE poll IN (SELECT id FROM slack_polls WHERE account = ? AND created_at_ms <= ?)`, a.env.Account, before); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM slack_polls WHERE account = ? AND created_at_ms <= ?`, a.env.Account, before); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM slack_threads WHERE account = ? AND spoke_at_ms <= ?`, a.env.Account, before)
		return err
	})
	if err != nil && ctx.Err() == nil {
		a.env.Logger.Warn("old polls of Slack's could not be removed", "error", err)
	}
}
