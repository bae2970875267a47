package sessions

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/recordings/replay"
	"github.com/gatesmith/gatesmith/tools/recordings/transcript"
)

var update = flag.Bool("update", false, "make the extracts of recordings anew")

var recordedMethods = []string{"agent", "sessions.list", "sessions.preview", "sessions.resolve", "sessions.patch", "sessions.reset", "sessions.delete", "sessions.compact"}

// Where we answer something else, and why.
var recordedExceptions = append([]replay.Exception{
	{From: "*", Path: "/path", Why: "Sessions are kept in a database, all in one place."},
	{From: "*:26", Path: "/sessions/0/derivedTitle", Why: "A name that was given is the title."},
	{From: "*:26", Path: "/sessions/1/derivedTitle", Why: "The field finds no transcript of sessions that the method agent began."},
	{From: "*:26", Path: "/sessions/[0-2]/lastMessagePreview", Why: "As above; and it had another transcript of the main session in the list than in the preview."},
	{From: "*:77", Path: "/compacted", Why: "A line is a message. The field counts the header of its file, too, so that there was one more."},
	{From: "*:77", Path: "/archived", Why: "As above."},
	{From: "*:87", Path: "/archived/0", Why: "It names a row of the database, not a file."},
	{From: "*:95", Path: "/sessions/2/thinkingLevel", Why: "It was cleared. The list showed that of the other record, see below."},
}, twoRecords()...)

// twoRecords are differences that come from the field's having kept the main
// session twice, as main and as agent:main:main. Lists showed what both said,
// patches changed and showed the second, in which runs had left nothing.
func twoRecords() (list []replay.Exception) {
	for _, member := range []string{"abortedLastRun", "chatType", "contextTokens", "deliveryContext/channel", "inputTokens", "lastChannel",
		"model", "modelProvider", "origin/*", "outputTokens", "totalTokens"} {
		list = append(list, replay.Exception{From: "*:[5-7]?", Path: "/entry/" + member, Why: "The main session was kept twice."})
	}
	return list
}

func TestRecordedSessions(t *testing.T) {
	recorded := replay.Load(t, "methods-sessions.jsonl", recordedMethods, nil, *update)
	eachEngine(t, Options{Models: recordedModels}, func(b *bench) {
		t := b.TB.(*testing.T)
		b.clock = time.UnixMilli(1795347537700)
		b.seed(firstList(t, recorded))
		for _, x := range recorded.Exchanges {
			if x.Method == "agent" {
				continue // firstList has what it left behind
			}
			payload, code, message := b.call(x)
			replay.Check(t, x.Answers[0], payload, code, message, recordedExceptions)
		}
	})
	replay.Unused(t, recordedExceptions)
}

// recordedModels is the catalogue that the recorded gateway had, and the name
// that it took unseen.
var recordedModels = catalogue{
	def:    Model{Provider: "fake", ID: "fake-1", ContextWindow: 128_000},
	models: []Model{{Provider: "fake", ID: "fake-1", ContextWindow: 128_000}, {Provider: "fake", ID: "claude-sonnet-4-20250514"}},
}

// catalogue is one for tests.
type catalogue struct {
	def     Model
	models  []Model
	refused []Model
	err     error
}

func (c catalogue) Default(string) (Model, bool) { return c.def, c.def.ID != "" }

func (c catalogue) Find(_ context.Context, name string) (Model, error) {
	if c.err != nil {
		return Model{}, c.err
	}
	for _, m := range c.models {
		if name == m.ID || name == m.Provider+"/"+m.ID {
			return m, nil
		}
	}
	for _, m := range c.refused {
		if name == m.ID {
			return m, ErrModelNotAllowed
		}
	}
	return Model{}, ErrUnknownModel
}

// firstList is what the gateway had when the first list was asked for.
func firstList(t *testing.T, recorded *transcript.Transcript) []protocol.SessionRow {
	t.Helper()
	for _, x := range recorded.Exchanges {
		if x.Method != "sessions.list" {
			continue
		}
		var list protocol.SessionsListResult
		if err := list.UnmarshalJSON(x.Answers[0].Payload); err != nil {
			t.Fatal(err)
		}
		return list.Sessions
	}
	t.Fatal("no list was recorded")
	return nil
}

// seed makes sessions as a list shows them, with what was said in those that
// the recording tells of.
func (b *bench) seed(rows []protocol.SessionRow) {
	b.Helper()
	said := map[string][]string{
		"agent:main:one":  {"seed session one [[chunks=2]]", "tok0 tok1"},
		"agent:main:two":  {"seed session two [[chunks=2]]", "tok0 tok1"},
		"agent:main:side": {"side session [[chunks=2]] [message_id: run-8]", "tok0 tok1"},
		"agent:main:main": {"A new session was started via /new or /reset. Say hi briefly (1-2 sentences).",
			"tok0 tok1 tok2 tok3 tok4 tok5", "to [[chunks=2]]", "tok0 tok1"},
	}
	for _, row := range rows {
		var fields protocol.SessionEntry
		if err := json.Unmarshal(row.AppendJSON(nil), &fields); err != nil {
			b.Fatal(err)
		}
		fields.Extra = nil
		fields.DisplayName = wire.Opt[string]{} // it is the label
		sess := b.open(row.Key, func(e *protocol.SessionEntry) { *e = fields })
		for i, s := range said[row.Key] {
			m := user(s)
			if i%2 == 1 || strings.HasPrefix(s, "tok") {
				m = assistant(text(s))
			}
			b.say(sess.Entry.SessionID, m)
		}
		b.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE sessions SET updated_at_ms = ? WHERE key = ?`, row.UpdatedAt.V, row.Key)
			return err
		})
	}
}

// call asks as a client does: through the decoder, the handler and the encoder.
func (b *bench) call(x *transcript.Exchange) (payload []byte, code, message string) {
	b.Helper()
	id, _ := protocol.LookupMethod(x.Method)
	p, err := protocol.DecodeAliasParams(id, x.Params, wire.Strict)
	if err == nil {
		if payload, err = (&protocol.Handlers{Sessions: b.Service}).Call(b.TB.Context(), id, p, nil, nil); err == nil {
			return payload, "", ""
		}
	}
	var refusal *protocol.Error
	if !errors.As(err, &refusal) {
		refusal = protocol.InvalidParams(x.Method, err)
	}
	return nil, refusal.Code, refusal.Message
}
