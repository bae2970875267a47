package slack

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/slack-go/slack"
)

// What is kept of polls.
const (
	keepPolls = 90 * 24 * time.Hour
	maxVoters = 10_000 // of one poll
)

// ballot is a poll with what was chosen.
type ballot struct {
	id, chat, message string
	poll              channels.Poll
	closes            time.Time // zero: never
	version, shown    int64
	counts            []int
	voters            int
}

func (b *ballot) closed(now time.Time) bool { return !b.closes.IsZero() && !now.Before(b.closes) }

// poll posts a poll as a message with buttons. The votes need it on the disk first.
func (a *account) poll(ctx context.Context, chat string, p *channels.Part) (*channels.Receipt, error) {
	now := a.env.Now()
	b := &ballot{id: p.ID, poll: *p.Poll, counts: make([]int, len(p.Poll.Options))}
	var closes sql.NullInt64
	if p.Poll.Open > 0 {
		b.closes = now.Add(p.Poll.Open)
		closes = sql.NullInt64{Int64: b.closes.UnixMilli(), Valid: true}
	}
	text, err := json.Marshal(p.Poll)
	if err == nil {
		err = a.env.Store.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO slack_polls (id, account, poll, created_at_ms, closes_at_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
				p.ID, a.env.Account, string(text), now.UnixMilli(), closes)
			return err
		})
	}
	if err != nil {
		return nil, harmless(fmt.Errorf("the poll cannot be kept: %w", err))
	}
	r, err := a.post(ctx, chat, p, b.content(now)...)
	if err == nil {
		a.placed(ctx, p.ID, r)
	}
	return r, err
}

// placed notes which message a poll has become. A vote brings that, too.
func (a *account) placed(ctx context.Context, id string, r *channels.Receipt) {
	err := a.env.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE slack_polls SET chat = ?, message = ? WHERE id = ?`, r.ChannelID, r.MessageID, id)
		return err
	})
	if err != nil {
		a.env.Logger.Warn("it cannot be kept where a poll of Slack's is: the first vote will tell", "error", err)
	}
	a.wake()
}

const actionPrefix = "gatesmith_vote_"

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// content is a poll as a message: a button for each option, until it is closed.
func (b *ballot) content(now time.Time) []slack.MsgOption {
	mrkdwn := func(text string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.MarkdownType, text, false, false)
	}
	plain := "Poll: " + b.poll.Question
	blocks := []slack.Block{slack.NewSectionBlock(mrkdwn("*"+escaper.Replace(strings.ReplaceAll(b.poll.Question, "\n", " "))+"*"), nil, nil)}
	closed := b.closed(now)
	for k, option := range b.poll.Options {
		text := escaper.Replace(option) + "\n" + b.bar(k)
		var button *slack.Accessory
		if !closed {
			button = slack.NewAccessory(slack.NewButtonBlockElement(actionPrefix+strconv.Itoa(k), b.id, slack.NewTextBlockObject(slack.PlainTextType, "Vote", false, false)))
		}
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(text), nil, button, slack.SectionBlockOptionBlockID("option_"+strconv.Itoa(k))))
		plain += fmt.Sprintf("\n• %s (%d)", option, b.counts[k])
	}
	blocks = append(blocks, slack.NewContextBlock("state", mrkdwn(b.state(closed))))
	return []slack.MsgOption{slack.MsgOptionText(escaper.Replace(plain), false), slack.MsgOptionBlocks(blocks...)}
}

// bar draws how many chose an option, out of all who chose any.
func (b *ballot) bar(option int) string {
	const width = 10
	full, percent := 0, 0
	if b.voters > 0 {
		full, percent = (width*b.counts[option]+b.voters/2)/b.voters, (100*b.counts[option]+b.voters/2)/b.voters
	}
	return fmt.Sprintf("`%s%s` %d (%d %%)", strings.Repeat("█", full), strings.Repeat("░", width-full), b.counts[option], percent)
}

func (b *ballot) state(closed bool) string {
	voters := fmt.Sprintf("%d voters", b.voters)
	if b.voters == 1 {
		voters = "1 voter"
	}
	if closed {
		return voters + " · closed"
	}
	if b.poll.Choices > 1 {
		voters += fmt.Sprintf(" · up to %d choices each", b.poll.Choices)
	}
	if !b.closes.IsZero() {
		voters += fmt.Sprintf(" · open until <!date^%d^{date_short_pretty} {time}|%s>", b.closes.Unix(), b.closes.UTC().Format("2006-01-02 15:04 MST"))
	}
	return voters
}

const ballotColumns = `id, chat, message, poll, closes_at_ms, version, shown`

func scanBallot(s interface{ Scan(...any) error }) (*ballot, error) {
	var b ballot
	var text string
	var closes sql.NullInt64
	if err := s.Scan(&b.id, &b.chat, &b.message, &text, &closes, &b.version, &b.shown); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		return nil, err
	}
	if closes.Valid {
		b.closes = time.UnixMilli(closes.Int64)
	}
	err := json.Unmarshal([]byte(text), &b.poll)
	b.counts = make([]int, len(b.poll.Options))
	return &b, err
}

// count counts the votes.
func (b *ballot) count(ctx context.Context, q store.Querier) error {
	rows, err := q.QueryContext(ctx, `SELECT choices FROM slack_votes WHERE poll = ?`, b.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		var chosen []int
		if err := json.Unmarshal([]byte(text), &chosen); err != nil {
			return err
		}
		for _, k := range chosen {
			if k >= 0 && k < len(b.counts) {
				b.counts[k]++
			}
		}
		if len(chosen) > 0 {
			b.voters++
		}
	}
	return rows.Err()
}
