package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/egress"
	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// Deliver sends a part.
func (a *account) Deliver(ctx context.Context, p *channels.Part) (*channels.Receipt, error) {
	send := a.text
	switch {
	case p.Poll != nil:
		send = a.poll
	case p.Media != "":
		f, err := a.env.Download(ctx, p.Media)
		if err != nil {
			return nil, notFetched(err)
		}
		send = func(ctx context.Context, to *to, p *channels.Part) (*models.Message, error) {
			return a.file(ctx, to, p, f)
		}
	}
	m, err := a.try(ctx, p.To.Chat, p, send)
	if err != nil {
		return nil, err
	}
	r := &channels.Receipt{MessageID: strconv.Itoa(m.ID), ChatID: strconv.FormatInt(m.Chat.ID, 10)}
	if m.Chat.ID == 0 {
		r.ChatID = p.To.Chat
	}
	if m.Poll != nil {
		r.PollID = m.Poll.ID
	}
	r.Said, _ = json.Marshal(map[string]any{"date": m.Date})
	return r, nil
}

// notFetched says what it means that a file could not be fetched: Telegram was not
// called at all.
func notFetched(err error) error {
	f := &channels.Failure{Verdict: channels.NotSent, Err: err}
	if _, refused := errors.AsType[*egress.RefusedError](err); refused {
		f.Verdict = channels.Refused
	}
	return f
}

// to is where a part goes, and how it is written.
type to struct {
	chat   any
	thread int
	reply  *models.ReplyParameters
	mode   models.ParseMode // "": the text is plain
}

func (t *to) textOf(p *channels.Part) string {
	if t.mode == "" {
		return p.Plain
	}
	return p.Text
}

type sending func(ctx context.Context, to *to, p *channels.Part) (*models.Message, error)

// try makes the call. Where Telegram certainly did not take it, for a reason that
// can be helped at once, it is made again: with plain text where it does not like
// the formatting, and to where a group has moved.
func (a *account) try(ctx context.Context, chat string, p *channels.Part, send sending) (*models.Message, error) {
	t := &to{chat: chat, mode: models.ParseModeHTML}
	if id, err := strconv.ParseInt(chat, 10, 64); err == nil {
		t.chat = id
	}
	t.thread, _ = strconv.Atoi(p.To.Thread)
	if id, err := strconv.Atoi(p.ReplyTo); err == nil {
		t.reply = &models.ReplyParameters{MessageID: id, AllowSendingWithoutReply: true}
	}
	for try := 1; ; try++ {
		watching, passage := watched(ctx)
		m, err := send(watching, t, p)
		if err == nil && m == nil {
			err = errors.New("the answer of Telegram has no message")
		}
		if err == nil {
			return m, nil
		}
		var moved *bot.MigrateError
		switch {
		case try > 3:
		case errors.As(err, &moved):
			t.chat = int64(moved.MigrateToChatID)
			continue
		case t.mode != "" && errors.Is(err, bot.ErrorBadRequest) && strings.Contains(err.Error(), "parse entities"):
			t.mode = ""
			continue
		}
		return nil, a.judged(err, passage)
	}
}

func (a *account) text(ctx context.Context, t *to, p *channels.Part) (*models.Message, error) {
	return a.bot.SendMessage(ctx, &bot.SendMessageParams{ChatID: t.chat, MessageThreadID: t.thread, Text: t.textOf(p), ParseMode: t.mode, ReplyParameters: t.reply})
}

func (a *account) poll(ctx context.Context, t *to, p *channels.Part) (*models.Message, error) {
	x := &bot.SendPollParams{ChatID: t.chat, MessageThreadID: t.thread, Question: p.Poll.Question, AllowsMultipleAnswers: p.Poll.Choices > 1, ReplyParameters: t.reply}
	for _, o := range p.Poll.Options {
		x.Options = append(x.Options, models.InputPollOption{Text: o})
	}
	return a.bot.SendPoll(ctx, x)
}

// file sends a file as what it is.
func (a *account) file(ctx context.Context, t *to, p *channels.Part, f *egress.File) (*models.Message, error) {
	upload := &models.InputFileUpload{Filename: f.Name, Data: bytes.NewReader(f.Data)}
	caption := t.textOf(p)
	kind, _, _ := strings.Cut(f.MIME, "/")
	switch {
	case f.MIME == "image/gif", kind == "video" && p.GIF:
		return a.bot.SendAnimation(ctx, &bot.SendAnimationParams{ChatID: t.chat, MessageThreadID: t.thread, Animation: upload, Caption: caption, ParseMode: t.mode, ReplyParameters: t.reply})
	case kind == "image" && f.MIME != "image/svg+xml" && len(f.Data) <= 10<<20:
		return a.bot.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: t.chat, MessageThreadID: t.thread, Photo: upload, Caption: caption, ParseMode: t.mode, ReplyParameters: t.reply})
	case kind == "video":
		return a.bot.SendVideo(ctx, &bot.SendVideoParams{ChatID: t.chat, MessageThreadID: t.thread, Video: upload, Caption: caption, ParseMode: t.mode, ReplyParameters: t.reply})
	case kind == "audio", f.MIME == "application/ogg":
		return a.bot.SendAudio(ctx, &bot.SendAudioParams{ChatID: t.chat, MessageThreadID: t.thread, Audio: upload, Caption: caption, ParseMode: t.mode, ReplyParameters: t.reply})
	}
	return a.bot.SendDocument(ctx, &bot.SendDocumentParams{ChatID: t.chat, MessageThreadID: t.thread, Document: upload, Caption: caption, ParseMode: t.mode, ReplyParameters: t.reply})
}

// Probe asks Telegram who the bot is.
func (a *account) Probe(ctx context.Context) (any, error) {
	began := a.env.Now()
	me, err := a.whoAmI(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]any{"ok": true, "elapsedMs": a.env.Now().Sub(began).Milliseconds(),
		"bot": map[string]any{"id": me.ID, "username": me.Username, "canJoinGroups": me.CanJoinGroups, "canReadAllGroupMessages": me.CanReadAllGroupMessages}}
	return found, nil
}

// whoAmI asks Telegram who the bot is, and keeps that.
func (a *account) whoAmI(ctx context.Context) (*models.User, error) {
	watching, passage := watched(ctx)
	me, err := a.bot.GetMe(watching)
	if err == nil && (me == nil || me.ID == 0) {
		err = errors.New("the answer does not say who the bot is")
	}
	if err != nil {
		return nil, fmt.Errorf("asking Telegram who the bot is: %w", a.judged(err, passage))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.self = me
	return me, nil
}
