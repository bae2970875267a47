package models

import (
	"context"
	"net/http"
)

// roundTrip is a transport that only fails.
type roundTrip func(ctx context.Context) error

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return nil, f(r.Context()) }
