package sessions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func (b *bench) list(params string) (keys []string, res *protocol.SessionsListResult) {
	b.Helper()
	var p protocol.SessionsListParams
	if err := p.UnmarshalJSON([]byte(params)); err != nil {
		b.Fatalf("%s: %v", params, err)
	}
	res, err := b.SessionsList(b.TB.Context(), &p)
	if err != nil {
		b.Fatalf("%s: %v", params, err)
	}
	for _, row := range res.Sessions {
		keys = append(keys, strings.TrimPrefix(row.Key, "agent:main:"))
	}
	return keys, res
}

func TestList(t *testing.T) {
	eachEngine(t, Options{Keys: func() Keys { return Keys{} }}, func(b *bench) {
		b.open("global", nil)
		b.open("unknown", nil)
		b.open("main", func(e *protocol.SessionEntry) { e.Subject = wire.Some("50%_off \\ ÄRGER") })
		b.open("agent:ops:x", func(e *protocol.SessionEntry) { e.Label = wire.Some("Ops") })
		b.open("subagent:1", func(e *protocol.SessionEntry) { e.SpawnedBy = wire.Some("MAIN") })
		b.clock = b.clock.Add(time.Hour)
		b.open("whatsapp:group:1", func(e *protocol.SessionEntry) {
			e.DisplayName = wire.Some("Family")
			e.InputTokens, e.OutputTokens = wire.Some(int64(3)), wire.Some(int64(4))
		})
		const all = "whatsapp:group:1 subagent:1 agent:ops:x main"
		for params, want := range map[string]string{
			`{}`: all,
			`{"includeGlobal":true,"includeUnknown":true}`: all + " unknown global",
			`{"limit":2}`:                             "whatsapp:group:1 subagent:1",
			`{"activeMinutes":30}`:                    "whatsapp:group:1",
			`{"activeMinutes":61}`:                    all,
			`{"activeMinutes":9007199254740991}`:      all,
			`{"label":"Ops"}`:                         "agent:ops:x",
			`{"label":"ops"}`:                         "",
			`{"agentId":"OPS"}`:                       "agent:ops:x",
			`{"agentId":"main"}`:                      "whatsapp:group:1 subagent:1 main",
			`{"agentId":"default"}`:                   "whatsapp:group:1 subagent:1 main",
			`{"agentId":"main","includeGlobal":true}`: "whatsapp:group:1 subagent:1 main",
			`{"agentId":"nobody"}`:                    "",
			`{"search":"fAmI"}`:                       "whatsapp:group:1",
			`{"search":"50%_off"}`:                    "main",
			`{"search":"5_%"}`:                        "",
			`{"search":"\\"}`:                         "main",
			`{"search":"ärger"}`:                      "main",
			`{"search":"GROUP:1"}`:                    "whatsapp:group:1",
			`{"search":" "}`:                          all,
			`{"spawnedBy":"main"}`:                    "subagent:1",
			`{"spawnedBy":"agent:main:main","limit":1,"search":"sub","activeMinutes":100}`: "subagent:1",
		} {
			if keys, res := b.list(params); strings.Join(keys, " ") != want || res.Count != int64(len(keys)) {
				b.Errorf("%s: %q, want %q", params, keys, want)
			}
		}
		if keys, _ := b.list(`{"search":"` + strings.Repeat("a", 100_000) + `"}`); len(keys) != 0 {
			b.Errorf("a long text finds %q", keys)
		}
		_, res := b.list(`{}`)
		if row := res.Sessions[0]; row.Kind != "group" || row.TotalTokens.V != 7 || row.DisplayName.V != "Family" || row.DerivedTitle.Set {
			b.Errorf("the row is %+v", row)
		}
		if !strings.HasPrefix(string(res.Defaults.AppendJSON(nil)), `{"modelProvider":null,"model":null,"contextTokens":null`) {
			b.Errorf("defaults: %s", res.Defaults.AppendJSON(nil))
		}
	})
}

func TestBrief(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		for _, key := range []string{"a", "b", "agent:ops:x", "global"} {
			b.open(key, nil)
		}
		b.read(func(ctx context.Context, q store.Querier) error {
			got, err := b.Brief(ctx, q, "default", 1)
			if err == nil && (got.Count != 2 || len(got.Recent) != 1 || got.Recent[0].Key != "agent:main:b" || got.Recent[0].UpdatedAt == 0) {
				b.Errorf("got %+v", got)
			}
			return err
		})
	})
}

func TestListTitles(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		long := b.open("long", nil).Entry.SessionID
		b.say(long, assistant(text("[lbl]\n\nfirst")), user("[WebChat 2026-01-31T12:00Z] Please  look\nat the very long report about whatever happened\x00 yesterday"))
		b.say(long, toolResult("c", "read", "no preview"), assistant(text(strings.Repeat("ä", 300))), assistant(toolCall("c", "x")))
		quiet := b.open("quiet", nil)
		_, res := b.list(`{"includeDerivedTitles":true,"includeLastMessage":true}`)
		if got, want := res.Sessions[0].DerivedTitle.V, prefix(quiet.Entry.SessionID, 8)+" (2026-01-31)"; got != want || res.Sessions[0].LastMessagePreview.Set {
			b.Errorf("quiet: %q, want %q; %v", got, want, res.Sessions[0].LastMessagePreview)
		}
		if got, want := res.Sessions[1].DerivedTitle.V, "Please look at the very long report about whatever…"; got != want {
			b.Errorf("long: %q, want %q", got, want)
		}
		if got := res.Sessions[1].LastMessagePreview.V; got != strings.Repeat("ä", 239)+"…" {
			b.Errorf("preview: %q", got)
		}
	})
}

func TestTitles(t *testing.T) {
	for in, want := range map[string]string{
		"":                                       "",
		" a \n b ":                               "a b",
		strings.Repeat("x", 60):                  strings.Repeat("x", 60),
		strings.Repeat("x", 61):                  strings.Repeat("x", 59) + "…",
		strings.Repeat("é", 99):                  strings.Repeat("é", 59) + "…",
		"ab " + strings.Repeat("x", 90):          "ab " + strings.Repeat("x", 56) + "…",
		strings.Repeat("word ", 20):              strings.TrimSpace(strings.Repeat("word ", 11)) + "…",
		strings.Repeat(" ", 5000) + "far behind": "",
		"a" + strings.Repeat("\xf0\x9f\xa6\x9e", 1_000_000): "a" + strings.Repeat("🦞", 58) + "…",
	} {
		if got := titleOf(in); got != want {
			t.Errorf("%.40q: %q, want %q", in, got, want)
		}
	}
}

func TestPreview(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		id := b.open("main", nil).Entry.SessionID
		b.open("empty", nil)
		b.say(id, user("[WhatsApp x] "+strings.Repeat("long ", 10)), assistant(&protocol.ThinkingBlock{Thinking: "hm"}, toolCall("1", "exec"), toolCall("2", "read"), toolCall("3", "x")),
			toolResult("1", "exec", "done"), assistant(&protocol.ThinkingBlock{Thinking: "nothing to see"}),
			protocol.Message{Role: "user", Content: protocol.MessageContent{Kind: protocol.MessageContentIsArray, Array: []protocol.ContentBlock{&protocol.ImageBlock{Data: "aGk=", MimeType: "image/png"}}}},
			assistant(text("yes")))
		res, err := b.SessionsPreview(b.TB.Context(), &protocol.SessionsPreviewParams{Keys: []string{"MAIN", "empty", "nobody"}, MaxChars: wire.Some(int64(20))})
		if err != nil {
			b.Fatal(err)
		}
		want := `[{"key":"MAIN","status":"ok","items":[{"role":"user","text":"long long long lo..."},{"role":"tool","text":"call exec, read +1"},` +
			`{"role":"tool","text":"done"},{"role":"user","text":"[image]"},{"role":"assistant","text":"yes"}]},` +
			`{"key":"empty","status":"empty","items":[]},{"key":"nobody","status":"missing","items":[]}]`
		if got := string(res.AppendJSON(nil)); !strings.Contains(got, want) {
			b.Errorf("got  %s\nwant %s", got, want)
		}
		many := slices.Repeat([]string{"main"}, 100)
		if res, err := b.SessionsPreview(b.TB.Context(), &protocol.SessionsPreviewParams{Keys: many, Limit: wire.Some(int64(1))}); err != nil || len(res.Previews) != 64 || len(res.Previews[0].Items) != 1 {
			b.Errorf("of many: %v %+v", err, res)
		}
	})
}

func TestResolve(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		id := b.open("main", func(e *protocol.SessionEntry) { e.Label = wire.Some("Home") }).Entry.SessionID
		b.open("global", func(e *protocol.SessionEntry) { e.Label = wire.Some("All") })
		for params, want := range map[string]string{
			`{"key":"MAIN"}`:                       "agent:main:main",
			`{"sessionId":"` + id + `"}`:           "agent:main:main",
			`{"sessionId":"agent:main:main"}`:      "agent:main:main",
			`{"label":"Home"}`:                     "agent:main:main",
			`{"label":"Home","agentId":"default"}`: "agent:main:main",
			`{"label":"Home","agentId":"ops"}`:     "No session found with label: Home",
			`{"label":"home"}`:                     "No session found with label: home",
			`{"label":"All"}`:                      "No session found with label: All",
			`{"label":"All","includeGlobal":true}`: "global",
			`{"key":"global"}`:                     "global",
			`{"key":"nope"}`:                       "No session found: nope",
			`{"sessionId":"nope"}`:                 "No session found: nope",
			`{"key":"main","spawnedBy":"x"}`:       "No session found: main",
			`{"key":"main","label":"Home"}`:        "Provide either key, sessionId, or label (not multiple)",
			`{"key":" "}`:                          "Either key, sessionId, or label is required",
		} {
			var p protocol.SessionsResolveParams
			if err := p.UnmarshalJSON([]byte(params)); err != nil {
				b.Fatal(err)
			}
			res, err := b.SessionsResolve(b.TB.Context(), &p)
			got := messageOf(b.TB, err)
			if err == nil {
				got = res.Key
			}
			if got != want {
				b.Errorf("%s: %q, want %q", params, got, want)
			}
		}
	})
}

func TestReset(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		old := b.open("main", func(e *protocol.SessionEntry) {
			e.Label, e.ThinkingLevel, e.ModelOverride = wire.Some("Home"), wire.Some(protocol.ThinkingLevelHigh), wire.Some("m")
			e.Extra = wire.Extra{{Name: "x", Value: wire.Raw("1")}}
		})
		b.say(old.Entry.SessionID, user("hello"))
		res, err := b.SessionsReset(b.TB.Context(), &protocol.SessionsResetParams{Key: "main"})
		if err != nil {
			b.Fatal(err)
		}
		e := res.Entry
		if e.SessionID == old.Entry.SessionID || e.Label.V != "Home" || e.ThinkingLevel.V != "high" || e.ModelOverride.Set || len(e.Extra) != 0 || !e.TotalTokens.Set {
			b.Errorf("got %+v", e)
		}
		if got := b.context(e.SessionID); len(got) != 0 {
			b.Errorf("the new transcript has %q", texts(got))
		}
		// What was said stays, and a run that goes on still has its say.
		b.say(old.Entry.SessionID, assistant(text("hi")))
		if got := texts(b.context(old.Entry.SessionID)); !slices.Equal(got, []string{"hello", "hi"}) {
			b.Errorf("the old transcript has %q", got)
		}
		if n := b.count(`SELECT COUNT(*) FROM transcripts WHERE archived_as = 'reset'`); n != 1 {
			b.Errorf("%d transcripts were put aside", n)
		}
		b.open("main", func(e *protocol.SessionEntry) { e.SessionID = newSessionID() }) // nothing was said in the one before
		if n := b.count(`SELECT COUNT(*) FROM transcripts`); n != 2 {
			b.Errorf("%d transcripts", n)
		}
	})
}

func TestArchivesAreKeptForAWhile(t *testing.T) {
	var config protocol.SessionConfig
	eachEngine(t, Options{Config: func() *protocol.SessionConfig { return &config }}, func(b *bench) {
		id := b.open("main", nil).Entry.SessionID
		for range 2*tidyRows/500 + 1 {
			b.say(id, slices.Repeat([]protocol.Message{user("x")}, 500)...)
		}
		b.open("kept", nil)
		if _, err := b.SessionsReset(b.TB.Context(), &protocol.SessionsResetParams{Key: "main"}); err != nil {
			b.Fatal(err)
		}
		transcripts := func(after time.Duration, days int64) int {
			b.clock = b.clock.Add(after)
			config.ArchiveDays = wire.Opt[int64]{V: days, Set: days > 0}
			if err := b.tidy(b.TB.Context()); err != nil {
				b.Fatal(err)
			}
			return b.count(`SELECT COUNT(*) FROM transcripts`)
		}
		if n := transcripts(1000*time.Hour, 0); n != 3 {
			b.Errorf("for ever: %d", n)
		}
		if n := transcripts(0, 42); n != 3 {
			b.Errorf("within 42 days: %d", n)
		}
		if n := transcripts(0, 41); n != 2 || b.count(`SELECT COUNT(*) FROM transcript_rows`) != 0 {
			b.Errorf("after 41 days: %d", n)
		}
	})
}

// stubborn is a run that may not end.
type stubborn struct {
	ends    bool
	stopped []string
}

func (r *stubborn) StopSession(ctx context.Context, key, sessionID string) error {
	r.stopped = append(r.stopped, key)
	if r.ends {
		return nil
	}
	<-ctx.Done()
	return fmt.Errorf("waiting for run: %w", ctx.Err())
}

func TestDelete(t *testing.T) {
	runs := &stubborn{ends: true}
	eachEngine(t, Options{Runs: runs}, func(b *bench) {
		runs.stopped = nil
		del := func(key string, transcript bool) (*protocol.SessionsDeleteResult, string) {
			res, err := b.SessionsDelete(b.TB.Context(), &protocol.SessionsDeleteParams{Key: key, DeleteTranscript: wire.Some(transcript)})
			return res, messageOf(b.TB, err)
		}
		b.open("main", nil)
		for _, key := range []string{"main", "agent:ops:main"} {
			if _, got := del(key, true); got != "Cannot delete the main session ("+b.Keys().Canonical(key)+")." {
				b.Errorf("%s: %s", key, got)
			}
		}
		if _, got := del(" ", true); got != "key required" {
			b.Error(got)
		}
		if res, _ := del("nobody", true); res.Deleted || len(res.Archived) != 0 || runs.stopped != nil {
			b.Errorf("of nobody: %+v", res)
		}
		one, two := b.open("one", nil).Entry.SessionID, b.open("two", nil).Entry.SessionID
		b.say(one, user("1"))
		b.say(two, user("2"))
		res, _ := del("one", true)
		if !res.Deleted || len(res.Archived) != 1 || !strings.HasPrefix(res.Archived[0], "/state/gateway.db#"+one+".deleted.2026-01-31T12-00-00.") {
			b.Errorf("one: %+v", res)
		}
		if res, _ := del("two", false); !res.Deleted || len(res.Archived) != 0 {
			b.Errorf("two: %+v", res)
		}
		if !slices.Equal(runs.stopped, []string{"agent:main:one", "agent:main:two"}) {
			b.Errorf("stopped %q", runs.stopped)
		}
		if b.get("one") != nil || b.get("two") != nil || b.count(`SELECT COUNT(*) FROM transcript_rows`) != 2 {
			b.Error("the wrong things went")
		}
		b.open("two", nil)
		if res, _ := del("two", true); !res.Deleted || len(res.Archived) != 0 {
			b.Errorf("two, without anything said: %+v", res)
		}
	})
}

func TestDeleteGivesUpAfterFifteenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(nil, Options{Runs: &stubborn{}})
		began := time.Now()
		err := s.stopRuns(t.Context(), "agent:main:x", "id")
		if got := messageOf(t, err); got != "Session agent:main:x is still active; try again in a moment." || time.Since(began) != 15*time.Second {
			t.Errorf("%q after %v", got, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.stopRuns(ctx, "agent:main:x", "id"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a caller that went away got %v", err)
		}
	})
}

func TestCompact(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		compact := func(key string, lines int64) string {
			b.Helper()
			res, err := b.SessionsCompact(b.TB.Context(), &protocol.SessionsCompactParams{Key: key, MaxLines: wire.Opt[int64]{V: lines, Set: lines > 0}})
			if err != nil {
				b.Fatal(err)
			}
			return string(res.AppendJSON(nil))
		}
		if got := compact("nope", 0); got != `{"ok":true,"key":"agent:main:nope","compacted":false,"reason":"no sessionId"}` {
			b.Error(got)
		}
		id := b.open("main", func(e *protocol.SessionEntry) { e.TotalTokens = wire.Some(int64(9)) }).Entry.SessionID
		if got := compact("main", 0); got != `{"ok":true,"key":"agent:main:main","compacted":false,"reason":"no transcript"}` {
			b.Error(got)
		}
		b.say(id, user("1"), assistant(text("2"), toolCall("c", "x")), toolResult("c", "x", "3"), user("4"), assistant(text("5")))
		if got := compact("main", 0); got != `{"ok":true,"key":"agent:main:main","compacted":false,"kept":5}` {
			b.Error(got)
		}
		if got := compact("main", 3); !strings.HasPrefix(got, `{"ok":true,"key":"agent:main:main","compacted":true,"archived":"/state/gateway.db#`+id+`.bak.`) || !strings.HasSuffix(got, `"kept":3}`) {
			b.Error(got)
		}
		if got := compact("main", 100); got != `{"ok":true,"key":"agent:main:main","compacted":false,"kept":3}` {
			b.Error(got)
		}
		if b.get("main").Entry.TotalTokens.Set {
			b.Error("the counts are still there")
		}
		// The model doesn't get an answer without its call.
		if got := texts(b.context(id)); !slices.Equal(got, []string{"4", "5"}) {
			b.Errorf("the model sees %q", got)
		}
		if got := b.backward(id, 10); !slices.Equal(got, []string{"5", "4", "3", "What was said before was put aside (lines: 2)."}) {
			b.Errorf("people see %q", got)
		}
		if got := b.backward(id, 3); !slices.Equal(got, []string{"5", "4", "3"}) {
			b.Errorf("the last three are %q", got)
		}
		if n := b.count(`SELECT COUNT(*) FROM transcript_rows`); n != 5 {
			b.Errorf("%d rows are left", n)
		}
	})
}

func (b *bench) backward(sessionID string, limit int) (out []string) {
	b.Helper()
	b.read(func(ctx context.Context, q store.Querier) error {
		for line, err := range b.Backward(ctx, q, sessionID, "", limit) {
			if err != nil {
				return err
			}
			out = append(out, Text(&line.Message))
		}
		return nil
	})
	return out
}

func TestCutsAreMarked(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		id := b.open("main", nil).Entry.SessionID
		b.say(id, user("1"), user("2"))
		b.write(func(ctx context.Context, tx *store.Tx) error { return b.Cut(ctx, tx, id, "", "they counted") })
		b.say(id, user("3"))
		if got := b.backward(id, 10); !slices.Equal(got, []string{"3", "The conversation so far was summarised for the model:\n\nthey counted", "2", "1"}) {
			b.Errorf("got %q", got)
		}
	})
}

func TestSendAllowed(t *testing.T) {
	var config protocol.SessionConfig
	s := New(nil, Options{Config: func() *protocol.SessionConfig { return &config }})
	group := &Session{Key: "agent:main:whatsapp:group:1"}
	cron := &Session{Key: "agent:main:cron:1"}
	chat := &Session{Key: "agent:main:main", Entry: protocol.SessionEntry{LastChannel: wire.Some("webchat")}}
	never := &Session{Key: "agent:main:x", Entry: protocol.SessionEntry{SendPolicy: wire.Some(protocol.SendPolicyDeny)}}
	always := &Session{Key: "agent:main:cron:2", Entry: protocol.SessionEntry{SendPolicy: wire.Some(protocol.SendPolicyAllow)}}
	for rules, want := range map[string]string{
		`{}`:                                "group cron chat always",
		`{"sendPolicy":{"default":"deny"}}`: "always",
		`{"sendPolicy":{"rules":[{"action":"deny"}]}}`:                                                                             "always",
		`{"sendPolicy":{"rules":[{"action":"deny","match":{"channel":"WhatsApp"}}]}}`:                                              "cron chat always",
		`{"sendPolicy":{"rules":[{"action":"deny","match":{"chatType":"direct"}}]}}`:                                               "group always",
		`{"sendPolicy":{"rules":[{"action":"deny","match":{"keyPrefix":"cron:"}}]}}`:                                               "group chat always",
		`{"sendPolicy":{"rules":[{"action":"deny","match":{"keyPrefix":"agent:main:cron"}}]}}`:                                     "group chat always",
		`{"sendPolicy":{"default":"deny","rules":[{"action":"allow","match":{"channel":"webchat"}}]}}`:                             "chat always",
		`{"sendPolicy":{"rules":[{"action":"allow"},{"action":"deny","match":{"channel":"webchat","chatType":"group"}}]}}`:         "group cron chat always",
		`{"sendPolicy":{"rules":[{"action":"allow","match":{"channel":"webchat"}},{"action":"deny","match":{"keyPrefix":"ma"}}]}}`: "group cron always",
	} {
		if err := config.UnmarshalJSON([]byte(rules)); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range []struct {
			name string
			sess *Session
		}{{"group", group}, {"cron", cron}, {"chat", chat}, {"never", never}, {"always", always}} {
			if s.SendAllowed(c.sess) {
				got = append(got, c.name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", rules, got, want)
		}
	}
}

func TestSynonyms(t *testing.T) {
	for text, want := range map[string]string{"ON": "low", " max ": "high", "x_high": "xhigh", "off": "off", "harder": "medium", "": "", "very": ""} {
		got, ok := ParseThinking(text)
		if string(got) != want || ok != (want != "") {
			t.Errorf("%q: %q %t", text, got, ok)
		}
	}
}
