// Package client is the Go client of the gateway protocol: typed calls and
// events, generated from the schema, over a connection that is kept up.
//
//	c, err := client.Dial(ctx, "ws://127.0.0.1:18789", client.Options{TokenFile: "token"})
//	if err != nil {
//		return err
//	}
//	defer c.Close(context.Background())
//	list, err := c.SessionsList(ctx, nil)
//
// To hear what comes right behind the greeting, subscribe before connecting:
// New, OnChat and the like, then Connect.
//
// # Calls
//
// A call ends with its answer, its context, or the client. Without a deadline
// of its own it has Options.RequestTimeout. A cancelled call leaves the
// connection and all other calls alone; the gateway is not told. While the
// client reconnects, calls wait.
//
// When the connection is lost before the answer, a call whose method the
// schema says may be repeated is sent again over the next connection, with the
// same params and so the same idempotency key, three times in all at most. Any
// other call gets ErrConnectionLost. An answer is never cause for a repeat,
// also not one that says so: see Error.Retryable and Error.RetryAfter. Methods
// that answer twice in the field's dialect return with the first answer.
//
// # Events
//
// Subscribers are called one at a time, in order, from one goroutine, and may
// call methods. They do not hold up calls: events wait in a queue of
// Options.MaxEvents bytes. When it is full, an event with a number is left
// out, which OnGap then reports like one that the gateway left out; an event
// without number is meant for this client alone and nothing would show its
// loss, so the connection is ended with ErrSlowSubscriber, and made anew.
//
// # Connections
//
// A lost connection is made anew after a delay that doubles from one attempt
// to the next, or when the gateway said that it would be back. Refusals that
// waiting does not cure end the client. OnState tells of all this. What is
// received is taken leniently, so that gateways may be newer than the client.
package client
