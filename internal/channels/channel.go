package channels

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gatesmith/gatesmith/internal/egress"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// Kind is a channel that this gateway knows.
type Kind interface {
	Info() *Info
	// Accounts gives the accounts that the configuration has, complete or not.
	// env looks a variable of the environment up.
	Accounts(cfg *protocol.ChannelsConfig, env func(name string) string) []*Settings
	// Open makes an account of complete settings. It contacts nobody.
	Open(s *Settings, env *Env) (Account, error)
}

// Info is what a channel can do.
type Info struct {
	ID, Label, Detail, Image string
	// Target says what may stand for a recipient: "<chat id>".
	Target string
	// Topics is set where the threads of a group are called so.
	Topics bool
	// Polls is how many options a poll can have; 0: there are none.
	Polls int
	// Login is set where accounts are linked by scanning a code.
	Login bool
	// Logout is set where there is a login to forget.
	Logout bool
	// Silence is how long nothing may be heard of the service before the
	// connection counts as dead; 0 where there is no connection.
	Silence time.Duration
	// Idempotent is set where the service drops a repeat of a part by its id.
	Idempotent bool
}

// Settings are what the configuration says of an account.
type Settings struct {
	ID, Name string
	Enabled  bool
	// Missing is what the configuration lacks; "" when it is complete.
	Missing string
	Access  *protocol.ChannelAccessConfig // who may talk to the agent; nil: the defaults
	Agent   string                        // that answers; "" for the default agent
	// Rate is how many calls a second may deliver parts; 0: no limit.
	Rate float64
	// Config is the channel's own, and what is compared to see a change.
	Config interface{ AppendJSON([]byte) []byte }
	// Shown are the members of a status that are known from the configuration.
	Shown protocol.ChannelAccount
	// Place is where the configuration has the account, and Secret what is taken
	// away there when it is logged out.
	Place, Secret []string
}

// Env is what an account works with.
type Env struct {
	Channel, Account string
	Logger           *slog.Logger
	Store            Store
	// HTTP speaks to the service at an address that the configuration has.
	HTTP *http.Client
	// Download fetches what an address in a message names, within limits.
	Download func(ctx context.Context, url string) (*egress.File, error)
	Now      func() time.Time
}

// Store is the database.
type Store interface {
	Read(ctx context.Context, f func(store.Querier) error) error
	Write(ctx context.Context, f func(*store.Tx) error) error
}

// Account is one account of a channel.
type Account interface {
	// Run receives what the service has until ctx ends. It returns an error when
	// it cannot go on, a *Terminal one when beginning again would not help.
	Run(ctx context.Context, in Inbox) error
	// Target makes of a recipient, as people write it, where messages go. An error
	// says what is wrong with it.
	Target(to string) (Target, error)
	// Split divides a message into what one call to the service delivers each. It
	// contacts nobody. An error says why the service would never take it.
	Split(m *Message) ([]Part, error)
	// Deliver makes the call for a part.
	Deliver(ctx context.Context, p *Part) (*Receipt, error)
}

// Inbox takes what an account receives.
type Inbox interface {
	// Alive tells that something was heard of the service: an answer, a ping, an
	// empty poll. The first one connects the account.
	Alive()
	// Lost tells that the connection broke, and that Run sees to it itself.
	Lost(err error)
	// Receive takes a message over. When it returns nil the message is on the disk,
	// or it was there before, or it is none of the agent's business; only then may
	// it be acknowledged. On an error the service has to bring it again.
	Receive(ctx context.Context, m *Inbound) error
}

// Prober is an account that can ask its service how it is. What it gives is shown
// as JSON, in the channel's own shape.
type Prober interface {
	Probe(ctx context.Context) (any, error)
}

// Reconciler is an account that can find out what became of a part. It gives the
// receipt of one that has arrived, a *Failure with NotSent for one that has not,
// and another error when that cannot be known.
type Reconciler interface {
	Reconcile(ctx context.Context, p *Part, attemptedAt time.Time) (*Receipt, error)
}

// Fetcher is an account whose service keeps the files that come with messages.
type Fetcher interface {
	Fetch(ctx context.Context, m *Media) (*egress.File, error)
}

// Logouter is an account whose service can be told that it is logged out, or that
// keeps a login of its own. What the configuration has is not its business.
type Logouter interface {
	// Logout forgets the login, and reports whether there was one.
	Logout(ctx context.Context) (cleared bool, err error)
}

// Linker is an account that is linked by scanning a code with a phone.
type Linker interface {
	// Linked reports whether there is a login.
	Linked(ctx context.Context) (bool, error)
	// StartLink begins a login and gives the text that the code to scan has. It is
	// called while Run is not running.
	StartLink(ctx context.Context) (code string, err error)
	// WaitLink waits until the code was scanned. It is false, without an error,
	// when ctx ended or the code expired before; an expired code is replaced by
	// another StartLink.
	WaitLink(ctx context.Context) (linked bool, err error)
}

// Receiver is an account to which its service speaks by HTTP, at
// /channels/<channel>/<account>. The request's body is bounded already.
type Receiver interface {
	ServeChannel(w http.ResponseWriter, r *http.Request, in Inbox)
}

// Describer is an account that has more to tell in channels.status than what is
// known of all.
type Describer interface {
	Describe(a *protocol.ChannelAccount, s *protocol.ChannelSummary)
}
