package telegram

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/egress"
	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// How Telegram is asked.
const (
	pollTime     = 25 * time.Second // that it waits for a message
	pollSlack    = 10 * time.Second // that its answer may come later
	webhookLook  = 25 * time.Second // between two looks at the webhook
	maxConflicts = 3                // in a row, before another program is believed to be there
	maxAnswer    = 16 << 20
	maxFile      = 20 << 20 // the Bot API gives no larger ones
)

// wanted are the kinds of updates that are asked for.
var wanted = []string{models.AllowedUpdateMessage, models.AllowedUpdateEditedMessage}

// Run receives the bot's messages.
func (a *account) Run(ctx context.Context, in channels.Inbox) error {
	me, err := a.whoAmI(ctx)
	if err != nil {
		return err
	}
	a.env.Logger.Debug("Telegram knows the bot", "username", me.Username)
	if a.config.WebhookURL.V != "" {
		return a.hook(ctx, in)
	}
	watching, passage := watched(ctx)
	if _, err := a.bot.DeleteWebhook(watching, &bot.DeleteWebhookParams{}); err != nil {
		return a.judged(err, passage)
	}
	in.Alive()
	return a.ask(ctx, in)
}

// ask asks for messages until ctx ends.
func (a *account) ask(ctx context.Context, in channels.Inbox) error {
	var offset int64
	for ctx.Err() == nil {
		updates, wait, err := a.updates(ctx, offset)
		switch {
		case ctx.Err() != nil:
			return nil
		case wait > 0:
			in.Lost(err)
			if !pause(ctx, wait) {
				return nil
			}
			continue
		case err != nil:
			return err
		}
		in.Alive()
		for _, u := range updates {
			for a.receive(ctx, in, u) != nil {
				// It cannot be kept: it stays with Telegram, which brings nothing
				// newer before.
				if !pause(ctx, time.Second) {
					return nil
				}
			}
			offset = max(offset, u.ID+1)
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// updates makes one long poll. A positive wait says when to ask again.
func (a *account) updates(ctx context.Context, offset int64) (list []*models.Update, wait time.Duration, err error) {
	var answer struct {
		OK          bool              `json:"ok"`
		Result      []json.RawMessage `json:"result"`
		Code        int               `json:"error_code"`
		Description string            `json:"description"`
		Parameters  struct {
			RetryAfter int `json:"retry_after"`
		} `json:"parameters"`
	}
	ctx, cancel := context.WithTimeout(ctx, pollTime+pollSlack)
	defer cancel()
	ask, _ := json.Marshal(map[string]any{"offset": offset, "timeout": int(pollTime / time.Second), "allowed_updates": wanted})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+"/bot"+a.config.token+"/getUpdates", bytes.NewReader(ask))
	if err != nil {
		return nil, 0, a.masked(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := a.env.HTTP.Do(r)
	if err != nil {
		return nil, 0, a.masked(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err == nil {
		err = json.Unmarshal(body, &answer)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("the answer of Telegram cannot be read (%s): %w", res.Status, a.masked(err))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if answer.Code == http.StatusConflict {
		if a.conflicts++; a.conflicts >= maxConflicts {
			return nil, 0, &channels.Terminal{Cause: channels.Replaced, Err: fmt.Errorf("another program receives the messages of this bot: %s", answer.Description)}
		}
	} else {
		a.conflicts = 0
	}
	switch {
	case answer.OK:
		return decode(answer.Result, a.env), 0, nil
	case answer.Code == http.StatusUnauthorized, answer.Code == http.StatusNotFound:
		return nil, 0, &channels.Terminal{Cause: channels.Revoked, Err: errUnknownToken}
	case answer.Code == http.StatusTooManyRequests:
		wait = time.Duration(max(1, answer.Parameters.RetryAfter)) * time.Second
	}
	return nil, wait, fmt.Errorf("no messages from Telegram: %d %s", answer.Code, answer.Description)
}

// decode reads updates one by one, so that one that cannot be read does not keep
// the others out, and puts them into Telegram's order.
func decode(list []json.RawMessage, env *channels.Env) []*models.Update {
	var out []*models.Update
	for _, text := range list {
		u := new(models.Update)
		if err := json.Unmarshal(text, u); err != nil {
			var id struct {
				ID int64 `json:"update_id"`
			}
			env.Logger.Warn("an update of Telegram's cannot be read, it is left out", "error", err)
			if json.Unmarshal(text, &id) != nil {
				continue
			}
			u = &models.Update{ID: id.ID}
		}
		out = append(out, u)
	}
	slices.SortStableFunc(out, func(a, b *models.Update) int { return int(a.ID - b.ID) })
	return out
}

// receive takes an update over.
func (a *account) receive(ctx context.Context, in channels.Inbox, u *models.Update) error {
	m := u.Message
	if m == nil {
		m = u.EditedMessage
	}
	if m == nil {
		return nil
	}
	msg := a.message(m)
	if msg == nil {
		return nil
	}
	err := in.Receive(ctx, msg)
	if err != nil && ctx.Err() == nil {
		a.env.Logger.Error("a message of Telegram's cannot be kept", "error", err)
	}
	return err
}

// secret proves to us that it is Telegram who calls.
func (a *account) secret() string {
	mac := hmac.New(sha256.New, []byte(a.config.token))
	mac.Write([]byte("webhook"))
	return hex.EncodeToString(mac.Sum(nil))
}

// hook has Telegram bring messages by itself, and looks now and then whether it
// still would.
func (a *account) hook(ctx context.Context, in channels.Inbox) error {
	address := a.config.WebhookURL.V
	watching, passage := watched(ctx)
	if _, err := a.bot.SetWebhook(watching, &bot.SetWebhookParams{URL: address, SecretToken: a.secret(), AllowedUpdates: wanted}); err != nil {
		return a.judged(err, passage)
	}
	for {
		asking, cancel := context.WithTimeout(ctx, pollSlack)
		watching, passage := watched(asking)
		w, err := a.bot.GetWebhookInfo(watching)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return a.judged(err, passage)
		case w.URL != address:
			return &channels.Terminal{Cause: channels.Replaced, Err: errors.New("another program receives the messages of this bot: the webhook leads elsewhere")}
		}
		in.Alive()
		if w.LastErrorMessage != "" && w.PendingUpdateCount > 0 {
			a.env.Logger.Warn("Telegram cannot reach the gateway", "error", w.LastErrorMessage, "waiting", w.PendingUpdateCount)
		}
		if !pause(ctx, webhookLook) {
			return nil
		}
	}
}

// ServeChannel takes what Telegram brings.
func (a *account) ServeChannel(w http.ResponseWriter, r *http.Request, in channels.Inbox) {
	switch {
	case a.config.WebhookURL.V == "":
		http.Error(w, "this account asks for its messages", http.StatusNotFound)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "use POST", http.StatusMethodNotAllowed)
		return
	case !hmac.Equal([]byte(r.Header.Get("X-Telegram-Bot-Api-Secret-Token")), []byte(a.secret())):
		http.Error(w, "this is not Telegram", http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "the request cannot be read", http.StatusBadRequest)
		return
	}
	in.Alive()
	for _, u := range decode([]json.RawMessage{body}, a.env) {
		if err := a.receive(r.Context(), in, u); err != nil {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "the message cannot be kept now", http.StatusServiceUnavailable)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// Fetch gets a file that came with a message.
func (a *account) Fetch(ctx context.Context, m *channels.Media) (*egress.File, error) {
	watching, passage := watched(ctx)
	f, err := a.bot.GetFile(watching, &bot.GetFileParams{FileID: m.Ref})
	if err != nil {
		return nil, notKept(a.judged(err, passage))
	}
	address, err := url.Parse(a.base + "/file/bot" + a.config.token + "/" + f.FilePath)
	if err != nil {
		return nil, &egress.RefusedError{URL: "a file of Telegram's", Reason: "its path is malformed"}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, &egress.RefusedError{URL: "a file of Telegram's", Reason: "its path is malformed"}
	}
	res, err := a.env.HTTP.Do(r)
	if err != nil {
		return nil, a.masked(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("no file from Telegram: %s", res.Status)
	}
	file, err := egress.Read(res.Body, res.ContentLength, maxFile, res.Header.Get("Content-Type"))
	if err == nil {
		file.Name = m.Name
	}
	return file, err
}

// notKept says that a file will not be had by asking again.
func notKept(err error) error {
	var f *channels.Failure
	if errors.As(err, &f) && f.Verdict == channels.Refused {
		return &egress.RefusedError{URL: "a file of Telegram's", Reason: f.Error()}
	}
	return err
}
