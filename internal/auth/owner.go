package auth

import "context"

type ownerKey struct{}

// AsOwner marks the requests of a context as those of the gateway's owner at
// his machine. Only the listener of the console may do that.
func AsOwner(ctx context.Context) context.Context { return context.WithValue(ctx, ownerKey{}, true) }

// IsOwner reports whether a request came in by the console.
func IsOwner(ctx context.Context) bool {
	owner, _ := ctx.Value(ownerKey{}).(bool)
	return owner
}
