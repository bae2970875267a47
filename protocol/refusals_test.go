package protocol_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/recordings/transcript"
)

// What the field refuses, we refuse, and in its words. Where the words differ
// it is by one of these rules, which turn the field's list of issues into
// ours. The field's validator reports each branch of an anyOf, ours knows
// enums, unions and alternatives for what they are.

// wording is a systematic difference between two lists of issues.
type wording struct {
	reason string
	apply  func(field, ours []string) (f, o []string)
}

var wordings = []wording{
	{"an enum is an anyOf of constants in the field; we list the allowed values", func(field, ours []string) ([]string, []string) {
		var out []string
		for _, issue := range field {
			at, text := place(issue)
			switch {
			case text == "must match a schema in anyOf" && slices.Contains(out, at+constant):
				out = slices.DeleteFunc(out, func(s string) bool { return s == at+constant || s == at+"must be null" })
				out = append(out, at+allowed)
			default:
				out = append(out, issue)
			}
		}
		return out, cutAfter(ours, allowed)
	}},
	{"we name the constant", func(field, ours []string) ([]string, []string) {
		return field, cutAfter(ours, constant)
	}},
	{"a union is an anyOf of objects in the field, which blames all its branches; we blame the branch or the tag", func(field, ours []string) ([]string, []string) {
		for _, union := range []string{"/schedule", "/payload", ""} {
			if slices.Contains(field, prefix(union)+"must match a schema in anyOf") {
				field, ours = fold(field, union), fold(ours, union)
			}
		}
		return field, ours
	}},
}

const (
	allowed  = "must be equal to one of the allowed values"
	constant = "must be equal to constant"
)

// place parts an issue into its place, as it is printed, and the rest.
func place(issue string) (at, text string) {
	if rest, ok := strings.CutPrefix(issue, "at "); ok {
		if at, text, ok := strings.Cut(rest, ": "); ok {
			return "at " + at + ": ", text
		}
	}
	return "", issue
}

// prefix is how a place is printed.
func prefix(pointer string) string {
	if pointer == "" {
		return ""
	}
	return "at " + pointer + ": "
}

// cutAfter takes the argument of a text away.
func cutAfter(issues []string, text string) []string {
	out := slices.Clone(issues)
	for k, issue := range out {
		if n := strings.Index(issue, text); n >= 0 {
			out[k] = issue[:n+len(text)]
		}
	}
	return out
}

// fold makes one issue of all at a place and below it.
func fold(issues []string, pointer string) []string {
	var out []string
	for _, issue := range issues {
		at, _ := place(issue)
		if below := pointer == "" || strings.HasPrefix(at, "at "+pointer+":") || strings.HasPrefix(at, "at "+pointer+"/"); !below {
			out = append(out, issue)
		} else if folded := prefix(pointer) + "…"; !slices.Contains(out, folded) {
			out = append(out, folded)
		}
	}
	return out
}

// notRequiredByUs are members that the field requires and we don't.
var notRequiredByUs = map[string]string{
	"cron.add must have required property 'sessionTarget'":  "derived from the payload's kind, as the field does too unless the payload is missing",
	"wizard.cancel must have required property 'sessionId'": "D32: the guide cancels without it",
	"wizard.next must have required property 'sessionId'":   "D31: the guide answers without it",
}

// takenByUs are refusals of the field that we don't share.
var takenByUs = map[string]string{
	`agent: unknown agent id "default"`:                                                                                                    "what the ids mean is for the handler",
	`agent: unknown channel: nochannel`:                                                                                                    "what the ids mean is for the handler",
	`agent: agent "main" does not match session key agent "other"`:                                                                         "what the ids mean is for the handler",
	`chat.send: at /message: must NOT have fewer than 1 characters`:                                                                        "only the recorded release refuses it; the sources take an empty message",
	`connect: at /client/id: must be equal to constant; at /client/id: must match a schema in anyOf`:                                       "D3: any name is taken",
	`connect: at /client/mode: must be equal to constant; at /client/mode: must match a schema in anyOf`:                                   "D3: any mode is taken",
	`wizard.next: must have required property 'sessionId'; at root: unexpected property 'stepId'; at root: unexpected property 'response'`: "D31: the guide's form",
}

// wordedByUs are refusals that both share, for other reasons.
var wordedByUs = map[string]string{
	"connect: must be object":                                             "it came without params, which count as {} for every method",
	"set-heartbeats: enabled (boolean) required":                          "checked by hand in the field",
	"system-event: text required":                                         "checked by hand in the field",
	"tts.convert: tts.convert requires text":                              "checked by hand in the field",
	"voicewake.set: voicewake.set requires triggers: string[]":            "checked by hand in the field",
	"tts.setProvider: Invalid provider. Use openai, elevenlabs, or edge.": "checked by hand in the field",
	"cron.add: must have required property 'name'; must have required property 'sessionTarget'; at /payload: must have required property 'kind'; " +
		"at /payload: must have required property 'message'; at /payload: unexpected property 'text'; at /payload: must match a schema in anyOf": "looser forms are brought into shape before they are checked, in the field within the method",
}

func TestRecordedRefusalsAreShared(t *testing.T) {
	eachRecording(t, func(t *testing.T, recorded *transcript.Transcript) {
		taken, worded, optional := review(t, takenByUs), review(t, wordedByUs), review(t, notRequiredByUs)
		same, shared := 0, 0
		rules := make([]int, len(wordings))
		for _, x := range recorded.Exchanges {
			if !judged(x) || !refusedParams(x) {
				continue
			}
			method, _ := protocol.LookupMethod(x.Method)
			said := strings.TrimPrefix(x.Answers[0].Error.Message, "invalid "+x.Method+" params: ")
			field := slices.DeleteFunc(strings.Split(said, "; "), func(issue string) bool { return optional.allows(x.Method + " " + issue) })
			_, err := protocol.DecodeAliasParams(method, x.Params, wire.Strict)
			if err == nil {
				if len(field) > 0 && !taken.allows(x.Method+": "+said) {
					t.Errorf("%s: %s: we take %s, but the field says %s", x.Source, x.Method, x.Params, said)
				}
				continue
			}
			shared++
			ours := strings.Split(err.Error(), "; ")
			if slices.Equal(field, ours) {
				same++
				continue
			}
			if worded.allows(x.Method + ": " + said) {
				continue
			}
			for k, rule := range wordings {
				f, o := rule.apply(field, ours)
				if !slices.Equal(f, field) || !slices.Equal(o, ours) {
					rules[k]++
				}
				field, ours = f, o
			}
			if !slices.Equal(field, ours) {
				t.Errorf("%s: %s: %s\nthe field says\n\t%s\nwe say\n\t%s", x.Source, x.Method, x.Params, said, err)
			}
		}
		t.Logf("%d refusals are shared, %d of them in the same words; rules of wording were needed %d times", shared, same, rules)
		if slices.Contains(rules, 0) {
			t.Error("a rule of wording is not needed any more")
		}
		if same < 180 {
			t.Error("these are less than there were")
		}
	})
}
