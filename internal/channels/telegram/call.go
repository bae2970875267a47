package telegram

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/go-telegram/bot"
)

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
	if p != nil && res != nil {
		p.status = res.StatusCode
	}
	return res, err
}

// watched gives a context in which a request's way is noted.
func watched(ctx context.Context) (context.Context, *passage) {
	p := new(passage)
	return context.WithValue(ctx, passageKey{}, p), p
}

// judged says what a failed call means.
func (a *account) judged(err error, p *passage) error {
	if err == nil {
		return nil
	}
	var busy *bot.TooManyRequestsError
	masked := a.masked(err)
	switch {
	case errors.As(err, &busy):
		return &channels.Failure{Verdict: channels.NotSent, RetryAfter: time.Duration(max(1, busy.RetryAfter)) * time.Second, Err: masked}
	case errors.Is(err, bot.ErrorUnauthorized), errors.Is(err, bot.ErrorNotFound):
		return &channels.Failure{Verdict: channels.Refused, Err: &channels.Terminal{Cause: channels.Revoked, Err: errUnknownToken}}
	case errors.Is(err, bot.ErrorBadRequest), errors.Is(err, bot.ErrorForbidden), errors.Is(err, bot.ErrorConflict):
		return &channels.Failure{Verdict: channels.Refused, Err: masked}
	case p.status == 0 && !p.written:
		return &channels.Failure{Verdict: channels.NotSent, Err: masked}
	}
	return masked // a 5xx, an answer that is none, a connection that broke: who knows
}

var errUnknownToken = errors.New("the bot's token is not known to Telegram")
