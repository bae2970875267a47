package sessions

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// patchModels knows models with and without the level xhigh.
var patchModels = catalogue{
	def:     Model{Provider: "anthropic", ID: "sonnet"},
	models:  []Model{{Provider: "anthropic", ID: "sonnet"}, {Provider: "openai", ID: "gpt-5.2"}, {Provider: "zai", ID: "glm"}},
	refused: []Model{{Provider: "corp", ID: "secret"}},
}

// patch calls sessions.patch with params as JSON.
func (b *bench) patch(params string) (*protocol.SessionsPatchResult, string) {
	b.Helper()
	var p protocol.SessionsPatchParams
	if err := p.UnmarshalJSON([]byte(params)); err != nil {
		b.Fatalf("%s: %v", params, err)
	}
	res, err := b.SessionsPatch(b.TB.Context(), &p)
	return res, messageOf(b.TB, err)
}

// messageOf gives what a caller is told.
func messageOf(tb testing.TB, err error) string {
	tb.Helper()
	var refusal *protocol.Error
	if err != nil && !errors.As(err, &refusal) {
		tb.Fatalf("not an answer: %v", err)
	}
	if err == nil {
		return ""
	}
	return refusal.Message
}

func TestPatchRefuses(t *testing.T) {
	b := newBench(t, store.Options{Dir: t.TempDir()}, Options{Models: patchModels})
	b.patch(`{"key":"taken","label":"Taken"}`)
	b.patch(`{"key":"subagent:1","spawnedBy":"main"}`)
	b.patch(`{"key":"codex","model":"gpt-5.2"}`)
	b.patch(`{"key":"glm","model":"zai/glm"}`)
	for params, want := range map[string]string{
		`{"key":" "}`:                                 "key required",
		`{"key":"x","label":" "}`:                     "invalid label: empty",
		`{"key":"x","label":"Taken"}`:                 "label already in use: Taken",
		`{"key":"x","thinkingLevel":"bogus"}`:         "invalid thinkingLevel (use off|minimal|low|medium|high)",
		`{"key":"codex","thinkingLevel":"bogus"}`:     "invalid thinkingLevel (use off|minimal|low|medium|high|xhigh)",
		`{"key":"glm","thinkingLevel":"bogus"}`:       "invalid thinkingLevel (use off|on)",
		`{"key":"x","thinkingLevel":"xhigh"}`:         `thinkingLevel "xhigh" is only supported for openai/gpt-5.2, openai-codex/gpt-5.2-codex or openai-codex/gpt-5.1-codex`,
		`{"key":"x","verboseLevel":"bogus"}`:          `invalid verboseLevel (use "on"|"off")`,
		`{"key":"x","reasoningLevel":"bogus"}`:        `invalid reasoningLevel (use "on"|"off"|"stream")`,
		`{"key":"x","elevatedLevel":"bogus"}`:         `invalid elevatedLevel (use "on"|"off"|"ask"|"full")`,
		`{"key":"x","execHost":"bogus"}`:              `invalid execHost (use "sandbox"|"gateway"|"node")`,
		`{"key":"x","execSecurity":"bogus"}`:          `invalid execSecurity (use "deny"|"allowlist"|"full")`,
		`{"key":"x","execAsk":"bogus"}`:               `invalid execAsk (use "off"|"on-miss"|"always")`,
		`{"key":"x","execNode":"  "}`:                 "invalid execNode: empty",
		`{"key":"x","model":" "}`:                     "invalid model: empty",
		`{"key":"x","model":"bogus"}`:                 "invalid model: bogus",
		`{"key":"x","model":"secret"}`:                "model not allowed: corp/secret",
		`{"key":"x","spawnedBy":"main"}`:              "spawnedBy is only supported for subagent:* sessions",
		`{"key":"subagent:1","spawnedBy":"x"}`:        "spawnedBy cannot be changed once set",
		`{"key":"subagent:1","spawnedBy":null}`:       "spawnedBy cannot be cleared once set",
		`{"key":"subagent:2","spawnedBy":" "}`:        "invalid spawnedBy: empty",
		`{"key":"` + strings.Repeat("x", 600) + `"}`:  "invalid key: too long (611 bytes, max 512)",
		`{"key":"x","label":"ok","execAsk":"bogus"}`:  `invalid execAsk (use "off"|"on-miss"|"always")`,
		`{"key":"x","execAsk":"bogus","model":"bog"}`: `invalid execAsk (use "off"|"on-miss"|"always")`,
	} {
		if res, got := b.patch(params); got != want {
			t.Errorf("%s: %q, want %q; %v", params, got, want, res)
		}
	}
	if b.get("x") != nil {
		t.Error("something was kept of what was refused")
	}
	if got, message := b.patch(`{"key":"subagent:1","spawnedBy":"agent:main:MAIN"}`); got == nil {
		t.Errorf("the same parent once more: %s", message)
	}
	none := newBench(t, store.Options{Dir: t.TempDir()}, Options{})
	if _, got := none.patch(`{"key":"x","model":"m"}`); got != "model catalog unavailable" {
		t.Errorf("without a catalogue: %s", got)
	}
}

func TestPatchLowersXHigh(t *testing.T) {
	b := newBench(t, store.Options{Dir: t.TempDir()}, Options{Models: patchModels})
	if _, refused := b.patch(`{"key":"x","model":"openai/gpt-5.2","thinkingLevel":"x-high"}`); refused != "" {
		t.Fatal(refused)
	}
	res, _ := b.patch(`{"key":"x","model":null}`)
	if got := res.Entry.ThinkingLevel.V; got != "high" {
		t.Errorf("the level is %s", got)
	}
}

// A record after any changes is what a simple model says, and a refusal leaves
// it as it was.
func TestPatchSequences(t *testing.T) {
	values := map[string]map[string]string{ // member -> params -> what is kept ("" nothing, "!" refused)
		"thinkingLevel":   {`"off"`: "", `"on"`: "low", `"ULTRA"`: "high", `" mid "`: "medium", `null`: "", `"bogus"`: "!"},
		"verboseLevel":    {`"off"`: "off", `"yes"`: "on", `"all"`: "full", `null`: "", `"bogus"`: "!"},
		"reasoningLevel":  {`"hide"`: "", `"live"`: "stream", `"1"`: "on", `null`: "", `"x"`: "!"},
		"elevatedLevel":   {`"0"`: "off", `"auto"`: "full", `"prompt"`: "ask", `null`: "", `"x"`: "!"},
		"responseUsage":   {`"off"`: "", `"on"`: "tokens", `"full"`: "full", `null`: ""},
		"execHost":        {`"Node"`: "node", `null`: "", `"x"`: "!"},
		"execSecurity":    {`"deny"`: "deny", `null`: "", `"x"`: "!"},
		"execAsk":         {`"on-miss"`: "on-miss", `null`: "", `"x"`: "!"},
		"execNode":        {`" n1 "`: "n1", `null`: "", `" "`: "!"},
		"label":           {`" A "`: "A", `"B"`: "B", `null`: "", `" "`: "!"},
		"sendPolicy":      {`"deny"`: "deny", `"allow"`: "allow", `null`: ""},
		"groupActivation": {`"always"`: "always", `null`: ""},
	}
	members := slices.Sorted(maps.Keys(values))
	b := newBench(t, store.Options{Dir: t.TempDir()}, Options{Models: patchModels})
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		model := map[string]map[string]string{}
		keys := []string{"one", "two"}
		for _, key := range keys {
			model[key] = map[string]string{}
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			key := rapid.SampledFrom(keys).Draw(rt, "key")
			next, refused := maps.Clone(model[key]), false
			params := `{"key":"` + key + string(rune('a'+n%26)) + `"`
			for _, member := range rapid.SliceOfNDistinct(rapid.SampledFrom(members), 1, 4, rapid.ID[string]).Draw(rt, "members") {
				value := rapid.SampledFrom(slices.Sorted(maps.Keys(values[member]))).Draw(rt, member)
				params += `,"` + member + `":` + value
				kept := values[member][value]
				if member == "label" && kept != "" && kept != "!" && model[other(key)]["label"] == kept {
					kept = "!"
				}
				next[member], refused = kept, refused || kept == "!"
			}
			res, message := b.patch(params + `}`)
			if (message != "") != refused {
				rt.Fatalf("%s: %q, %v", params, message, res)
			}
			if !refused {
				model[key] = next
			}
			if len(model[key]) == 0 {
				continue // it may not be there
			}
			entry := b.get(key + string(rune('a'+n%26))).Entry
			for _, member := range members {
				if got := memberOf(&entry, member); got != model[key][member] {
					rt.Fatalf("%s: %s is %q, want %q", params, member, got, model[key][member])
				}
			}
		}
		for _, key := range keys {
			_, err := b.SessionsDelete(b.TB.Context(), &protocol.SessionsDeleteParams{Key: key + string(rune('a'+n%26))})
			if err != nil {
				rt.Fatal(err)
			}
		}
	})
}

func other(key string) string { return map[string]string{"one": "two", "two": "one"}[key] }

func memberOf(e *protocol.SessionEntry, name string) string {
	return map[string]string{
		"thinkingLevel": string(e.ThinkingLevel.V), "verboseLevel": string(e.VerboseLevel.V), "reasoningLevel": string(e.ReasoningLevel.V),
		"elevatedLevel": string(e.ElevatedLevel.V), "responseUsage": string(e.ResponseUsage.V), "execHost": e.ExecHost.V,
		"execSecurity": e.ExecSecurity.V, "execAsk": e.ExecAsk.V, "execNode": e.ExecNode.V, "label": e.Label.V,
		"sendPolicy": string(e.SendPolicy.V), "groupActivation": string(e.GroupActivation.V),
	}[name]
}
