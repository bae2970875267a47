package cron

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/recordings/replay"
	"github.com/gatesmith/gatesmith/tools/recordings/transcript"
)

var update = flag.Bool("update", false, "make the extracts of recordings anew")

var recordedMethods = []string{"cron.status", "cron.list", "cron.add", "cron.update", "cron.run", "cron.runs", "cron.remove"}

// Where we answer something else, and why.
var recordedExceptions = []replay.Exception{
	{From: "*", Path: "/storePath", Why: "Jobs are kept in the database."},
	{From: "*:11", Path: "/*", Why: "The guide's example: an agentTurn in the main session is taken."},
	{From: "*:11", Path: "/*/*", Why: "As above."},
	{From: "*:22", Path: "/code", Why: "A client's mistake is INVALID_REQUEST."},
	{From: "*:24", Path: "/code", Why: "As above."},
	{From: "*:26", Path: "/code", Why: "As above."},
	{From: "*:28", Path: "/message", Why: "sessionTarget has a default; and refusals of unions name the form that was meant."},
	{From: "*:30", Path: "/message", Why: "Refusals of unions name the form that was meant."},
	{From: "*:41", Path: "/message", Why: "As above."},
	{From: "*", Path: "/jobs/*/state/lastDurationMs", Why: "How long it took."},
	{From: "*", Path: "/entries/*/durationMs", Why: "As above."},
}

func TestRecordedMethods(t *testing.T) {
	recorded := replay.Load(t, "methods-cron.jsonl", recordedMethods, nil, *update)
	for name, open := range map[string]func(t *testing.T) store.Options{
		"SQLite":     func(t *testing.T) store.Options { return store.Options{Dir: t.TempDir()} },
		"PostgreSQL": func(t *testing.T) store.Options { return store.Options{URL: postgrestest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			var clock atomic.Int64
			clock.Store(1795347512203)
			w := newWorld(t, open(t), func() time.Time { return time.UnixMilli(clock.Add(1)) })
			defer w.close()
			w.turn = func(context.Context, Turn) (string, error) { return "tok0 tok1 tok2 tok3 tok4", nil }
			ids := strings.NewReplacer()
			var known []string
			for _, x := range recorded.Exchanges {
				if x.Method == "cron.runs" && len(w.log(known[3])) == 1 {
					clock.Add(2000) // the job that runs once is due
					if _, err := w.round(t.Context(), false); err != nil {
						t.Fatal(err)
					}
					w.wg.Wait()
				}
				payload, code, message := w.call(x.Method, []byte(ids.Replace(string(x.Params))))
				replay.Check(t, x.Answers[0], payload, code, message, recordedExceptions)
				if x.Method == "cron.add" && code == "" {
					theirs, ours := idIn(x.Answers[0]), idIn(&transcript.Answer{Payload: payload})
					if theirs == "" {
						// The job that the field refused; it is not in its lists.
						if _, err := w.CronRemove(t.Context(), &protocol.CronRemoveParams{ID: wire.Some(ours)}); err != nil {
							t.Fatal(err)
						}
						continue
					}
					known = append(known, theirs, ours)
					ids = strings.NewReplacer(known...)
				}
			}
		})
	}
	replay.Unused(t, recordedExceptions)
}

func idIn(a *transcript.Answer) string {
	var job struct{ ID string }
	_ = json.Unmarshal(a.Payload, &job)
	return job.ID
}

// call asks as a client does: through the decoder, the handler and the encoder.
func (w *world) call(method string, params []byte) (payload []byte, code, message string) {
	w.Helper()
	id, _ := protocol.LookupMethod(method)
	p, err := protocol.DecodeAliasParams(id, params, wire.Strict)
	if err == nil {
		if payload, err = (&protocol.Handlers{Cron: w.Service}).Call(w.Context(), id, p, nil, nil); err == nil {
			return payload, "", ""
		}
	}
	var refused *protocol.Error
	if !errors.As(err, &refused) {
		refused = protocol.InvalidParams(method, err)
	}
	return nil, refused.Code, refused.Message
}

func TestRecordedWake(t *testing.T) {
	recorded := replay.Load(t, "methods-system.jsonl", []string{"wake"}, nil, *update)
	w := newWorld(t, store.Options{Dir: t.TempDir()}, time.Now)
	defer w.close()
	for _, x := range recorded.Exchanges {
		payload, code, message := w.call(x.Method, x.Params)
		replay.Check(t, x.Answers[0], payload, code, message, nil)
	}
}
