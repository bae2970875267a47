// Package doctor looks for what keeps a gateway from running well, and says
// what to do about it. It changes nothing.
package doctor

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/store"
)

// Level is how bad a finding is.
type Level string

// The levels.
const (
	OK    Level = "ok"
	Doubt Level = "warning" // it runs, and something should be done
	Wrong Level = "wrong"   // it does not run, or not safely
)

// Finding is the outcome of a check.
type Finding struct {
	Check   string `json:"check"`
	Level   Level  `json:"level"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

// Options say where to look.
type Options struct {
	State  config.Place
	Config config.Place
	Env    func(string) string
	// Plaintext is the consent that serve has by that flag.
	Plaintext bool
	Built     time.Time // when this program was built; zero when not known
	Now       func() time.Time
	// Open connects to the gateway as the commands do; denied is why the secret
	// of the commands was not taken, when the console let them in. Nil leaves
	// that out.
	Open func(ctx context.Context) (c *client.Client, denied, err error)
}

// Examine makes every check. The order is that in which a gateway starts, so
// that the first thing that is wrong is the one to put right first.
func Examine(ctx context.Context, o Options) []Finding {
	if o.Now == nil {
		o.Now = time.Now
	}
	x := &examination{Options: o, ctx: ctx}
	x.configuration()
	x.folder()
	x.space()
	x.secrets()
	x.approvals()
	x.database()
	x.clock()
	x.certificate()
	x.process()
	return x.findings
}

// Failed reports whether something is wrong.
func Failed(findings []Finding) bool {
	for _, f := range findings {
		if f.Level == Wrong {
			return true
		}
	}
	return false
}

type examination struct {
	Options
	ctx      context.Context
	findings []Finding
	loaded   *config.Loaded
}

func (x *examination) say(check string, level Level, message, fix string) {
	x.findings = append(x.findings, Finding{check, level, message, fix})
}

// configuration reads the file as serve would.
func (x *examination) configuration() {
	const check = "configuration"
	loaded, err := config.LoadGood(config.Sources{Path: x.Config.Path, Named: x.Config.Named(), Env: x.Env}, config.History{Dir: config.HistoryDir(x.State.Path)}, x.Plaintext)
	x.loaded = loaded
	for _, f := range loaded.Fallbacks() {
		for _, p := range f.Problems {
			x.say(check, Doubt, p.String()+"; the gateway uses "+f.From+" for "+f.Part(), "correct it, or `gateway config revert VERSION`: `gateway config history` lists them")
		}
	}
	if err != nil && len(loaded.Problems) > 0 {
		for _, p := range loaded.Problems {
			x.say(check, Wrong, p.String(), "correct it, and run this again")
		}
		return
	}
	if token, err := app.ReadToken(x.State.Path); err == nil {
		loaded.UseToken(token, app.TokenPath(x.State.Path))
	} else if errors.Is(err, fs.ErrNotExist) {
		loaded.UseToken("made at the first start", "") // serve will make one
	}
	bad := loaded.Locate(config.Check(loaded.Config, x.Plaintext))
	for _, p := range bad {
		x.say(check, Wrong, p.String(), "")
	}
	for _, p := range loaded.Warnings {
		x.say(check, Doubt, p.String(), "")
	}
	switch {
	case len(bad)+len(loaded.Warnings)+len(loaded.Fallbacks()) > 0:
	case loaded.Exists:
		x.say(check, OK, loaded.Path, "")
	default:
		x.say(check, OK, "there is no file "+loaded.Path+": the defaults are in force", "")
	}
}

// database looks at the database from outside.
func (x *examination) database() {
	const check = "database"
	var found store.Inspection
	var err error
	if x.loaded.Config != nil && x.loaded.Config.Store.V.URL.V != "" {
		found, err = store.InspectURL(x.ctx, x.loaded.Config.Store.V.URL.V)
	} else {
		found, err = store.Inspect(x.ctx, x.State.Path)
	}
	switch {
	case err != nil:
		x.say(check, Wrong, err.Error(), "")
	case !found.Exists || found.Version == 0:
		x.say(check, OK, "there is none yet: the first start makes it", "")
	case found.Version < found.Newest:
		x.say(check, Doubt, versions(found), "the next start of this gateway migrates it, and copies it before")
	default:
		x.say(check, OK, versions(found), "")
	}
}
