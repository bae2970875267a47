// Package channels serves the method group of that name: messengers through
// which people reach agents and agents reach people.
//
// # For who adds a channel
//
// A channel is a package of its own below this one (telegram, webhook, …) with
// a type that is a Kind, and a line in internal/app that hands it to New. The
// Kind reads the accounts from the configuration, and opens each as an Account.
// What all channels have in common is done here, once:
//
//   - A supervisor runs each account by itself: Account.Run receives until its
//     context ends. When it returns an error, it is begun again after a while
//     that grows; after a *Terminal error it is not. When nothing was heard of
//     the service for Info.Silence, the run is ended and begun anew. A run that
//     does not end when told so is left behind: its Inbox refuses what it still
//     brings.
//   - Inbox.Receive decides who may talk to the agent, drops what came before,
//     and commits the message before it returns. Acknowledge to the service
//     behind that, never before.
//   - The outbox has every message that goes out in a row of its own. It is split
//     into parts once, by Account.Split, when it is accepted. Account.Deliver
//     makes the one call to the service that a part takes; that this is tried is
//     committed before it is called.
//
// What Deliver returns as an error decides what happens to the part, so be
// exact, and where you cannot know, return any other error:
//
//   - *Failure with NotSent: the service certainly does not have it. It is tried
//     again, not before Failure.RetryAfter.
//   - *Failure with Refused: the service said no, and would say so again.
//   - any other error: it may have arrived. It is never sent again blindly: when
//     Info.Idempotent is set, a repeat with the same Part.ID is harmless and is
//     made; when the account is a Reconciler, it is asked; else the message ends
//     as unknown, which is reported.
//
// Target, Split and Linked are called inside write transactions: they may read the
// database, and must not write it or wait.
//
// All methods but Run may be called at the same time as any other and before Run
// was called. They end with their context. Nothing secret may stand in an error.
//
// Optional abilities are interfaces: Prober, Reconciler, Fetcher, Logouter,
// Linker, Receiver, Describer. Channels that link by a QR code are Linkers.
//
// Text that goes out is Markdown; package markup renders it in the dialect of a
// service and splits it. Addresses that come from messages are fetched by
// Env.Download only.
package channels
