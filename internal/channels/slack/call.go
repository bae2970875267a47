package slack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/slack-go/slack"
)

// maxAnswer bounds what Slack may answer.
const maxAnswer = 32 << 20

// caller makes the library's requests, and notes how far each came.
type caller struct{ http *http.Client }

// passage is how far a request came.
type passage struct {
	written bool // its headers are: it may have arrived
	status  int  // of the answer; 0: there was none
}

type passageKey struct{}

// Do makes a request of the library's.
func (c *caller) Do(r *http.Request) (*http.Response, error) {
	p, _ := r.Context().Value(passageKey{}).(*passage)
	if p != nil {
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{WroteHeaders: func() { p.written = true }}))
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	if p != nil {
		p.status = res.StatusCode
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, maxAnswer), res.Body}
	return res, nil
}

// watched gives a context in which a request's way is noted.
func watched(ctx context.Context) (context.Context, *passage) {
	p := new(passage)
	return context.WithValue(ctx, passageKey{}, p), p
}

// ended are the answers after which tokens cannot be used any more.
var ended = map[string]channels.Terminal{
	"invalid_auth":            {Cause: channels.Revoked, Err: errors.New("the token is not known to Slack (invalid_auth)")},
	"not_authed":              {Cause: channels.Revoked, Err: errors.New("the token is not known to Slack (not_authed)")},
	"token_revoked":           {Cause: channels.Revoked, Err: errors.New("the token was revoked, or the app was taken out of the workspace (token_revoked)")},
	"token_expired":           {Cause: channels.Revoked, Err: errors.New("the token has expired: turn token rotation off for the app, and install it anew (token_expired)")},
	"account_inactive":        {Cause: channels.LoggedOut, Err: errors.New("the app was taken out of the workspace, or the workspace is gone (account_inactive)")},
	"app_uninstalled":         {Cause: channels.LoggedOut, Err: errors.New("the app was taken out of the workspace (app_uninstalled)")},
	"team_access_not_granted": {Cause: channels.LoggedOut, Err: errors.New("the app may not be used in this workspace any more (team_access_not_granted)")},
	"org_login_required":      {Cause: channels.Banned, Err: errors.New("the workspace is being moved and cannot be used (org_login_required)")},
}

// later are the answers after which the same call may succeed: it was not done.
var later = map[string]bool{"ratelimited": true, "rate_limited": true, "service_unavailable": true, "request_timeout": true, "team_added_to_org": true}

// unclear are the answers after which nobody knows whether it was done.
var unclear = map[string]bool{"internal_error": true, "fatal_error": true, "": true}

// advice says what can be done about an answer.
var advice = map[string]string{
	"not_in_channel":    "invite the bot there with /invite",
	"channel_not_found": "there is no such channel, or the bot is not in it",
	"user_not_found":    "there is no such person in the workspace",
	"is_archived":       "the channel is archived",
	"missing_scope":     "add the scope to the app and install it anew",
	"cannot_dm_bot":     "the recipient is a bot",
}

// judged says what a failed call means.
func (a *account) judged(err error, p *passage) error {
	if err == nil {
		return nil
	}
	var busy *slack.RateLimitedError
	var said slack.SlackErrorResponse
	var status slack.StatusCodeError
	switch {
	case errors.As(err, &busy):
		return &channels.Failure{Verdict: channels.NotSent, RetryAfter: max(time.Second, busy.RetryAfter), Err: a.masked(err)}
	case errors.As(err, &said):
		return verdict(&said)
	case p.status == http.StatusTooManyRequests:
		return &channels.Failure{Verdict: channels.NotSent, Err: errors.New("too many calls for Slack")}
	case errors.As(err, &status) && status.Code < http.StatusInternalServerError:
		return &channels.Failure{Verdict: channels.Refused, Err: fmt.Errorf("the answer is %s, as Slack gives none; is baseUrl right?", status.Status)}
	case p.status == 0 && !p.written:
		return &channels.Failure{Verdict: channels.NotSent, Err: a.masked(err)}
	}
	return a.masked(err) // a 5xx, an answer that is none, a connection that broke: who knows
}

// verdict says what an answer means that is not ok.
func verdict(said *slack.SlackErrorResponse) error {
	if t, ok := ended[said.Err]; ok {
		return &channels.Failure{Verdict: channels.Refused, Err: &t}
	}
	text := "the answer of Slack is " + said.Err
	if said.Needed != "" {
		text += ", and needs " + said.Needed
	}
	if more := said.ResponseMetadata.Messages; len(more) > 0 {
		text += ": " + strings.Join(more, "; ")
	}
	if hint := advice[said.Err]; hint != "" {
		text += ": " + hint
	}
	err := errors.New(text)
	switch {
	case unclear[said.Err]:
		return err
	case later[said.Err]:
		return &channels.Failure{Verdict: channels.NotSent, Err: err}
	}
	return &channels.Failure{Verdict: channels.Refused, Err: err}
}

// harmless makes of an error of a call that changes nothing, or that may be
// repeated, one that says so.
func harmless(err error) error {
	var f *channels.Failure
	if err == nil || errors.As(err, &f) {
		return err
	}
	return &channels.Failure{Verdict: channels.NotSent, Err: err}
}

// lasting reports whether asking again would bring the same error.
func lasting(err error) bool {
	var f *channels.Failure
	return errors.As(err, &f) && f.Verdict == channels.Refused
}

// masked keeps the tokens out of an error.
func (a *account) masked(err error) error {
	text := strings.NewReplacer(a.config.bot, "***", a.config.app, "***").Replace(err.Error())
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}

// call makes one call, and judges its error.
func call[T any](ctx context.Context, a *account, f func(ctx context.Context) (T, error)) (T, error) {
	watching, passage := watched(ctx)
	v, err := f(watching)
	return v, a.judged(err, passage)
}

// whoAmI asks Slack who the bot is, and keeps that.
func (a *account) whoAmI(ctx context.Context) (*identity, error) {
	r, err := call(ctx, a, a.api.AuthTestContext)
	if err == nil && (r.UserID == "" || r.TeamID == "") {
		err = errors.New("its answer names nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("asking Slack who the bot is: %w", err)
	}
	me := &identity{user: r.UserID, name: r.User, bot: r.BotID, team: r.TeamID, teamName: r.Team, teams: r.URL}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.self = me
	return me, nil
}

// Probe asks Slack who the bot is.
func (a *account) Probe(ctx context.Context) (any, error) {
	began := a.env.Now()
	me, err := a.whoAmI(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]any{"ok": true, "elapsedMs": a.env.Now().Sub(began).Milliseconds(),
		"bot": map[string]any{"id": me.user, "name": me.name}, "team": me.workspace()}, nil
}

// pause waits, and reports whether ctx still goes on.
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
