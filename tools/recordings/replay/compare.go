package replay

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/tools/recordings/transcript"
)

// Exception is a difference that is meant.
type Exception struct {
	From string // file and line of the answer, a pattern as of path.Match
	Path string // place in the answer, likewise
	Why  string

	used bool
}

// Difference is a place where two answers are not the same.
type Difference struct {
	Path           string
	Recorded, Ours string // JSON; empty where there is nothing
}

// Differences compares two JSON values. Times and random ids differ always, and
// count as the same.
func Differences(recorded, ours []byte) ([]Difference, error) {
	a, err := places(recorded)
	if err != nil {
		return nil, err
	}
	b, err := places(ours)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(a)
	maps.Copy(all, b)
	var out []Difference
	for _, p := range slices.Sorted(maps.Keys(all)) {
		if a[p] != b[p] {
			out = append(out, Difference{p, a[p], b[p]})
		}
	}
	return out, nil
}

var (
	uuids    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	times    = regexp.MustCompile(`^1[0-9]{12}$`)
	isoTimes = regexp.MustCompile(`\d{4}-\d{2}-\d{2}T\d{2}[-:]\d{2}[-:]\d{2}\.\d{3}Z`)
	hexIDs   = regexp.MustCompile(`\b[0-9a-f]{8}\b`)
)

func alike(text string) string {
	text = uuids.ReplaceAllString(text, "<uuid>")
	text = isoTimes.ReplaceAllString(text, "<time>")
	return hexIDs.ReplaceAllString(text, "<id>")
}

// places lists what stands where in a JSON value. Containers count only when
// they are empty.
func places(text []byte) (map[string]string, error) {
	out := map[string]string{}
	if len(text) == 0 {
		return out, nil
	}
	var v any
	if err := decode(text, &v); err != nil {
		return nil, err
	}
	walk([]any{v}, "", func(p string, v any) (any, bool) {
		p = p[len("/0"):]
		switch v := v.(type) {
		case map[string]any:
			if len(v) == 0 {
				out[p] = "{}"
			}
		case []any:
			if len(v) == 0 {
				out[p] = "[]"
			}
		case json.Number:
			if out[p] = v.String(); times.MatchString(out[p]) {
				out[p] = "<time>"
			}
		case string:
			out[p] = fmt.Sprintf("%q", alike(v))
		default:
			out[p] = fmt.Sprint(v)
		}
		return v, true
	})
	return out, nil
}

// Check reports the differences between a recorded answer and ours, but those
// that are meant. Code and message are what we answered instead of a payload.
func Check(t *testing.T, answer *transcript.Answer, payload []byte, code, message string, exceptions []Exception) {
	t.Helper()
	recorded := answer.Payload
	if answer.Error != nil {
		recorded, _ = json.Marshal(map[string]string{"code": answer.Error.Code, "message": answer.Error.Message})
	}
	ours := payload
	if code != "" {
		ours, _ = json.Marshal(map[string]string{"code": code, "message": message})
	}
	list, err := Differences(recorded, ours)
	if err != nil {
		t.Fatalf("%s: %v", answer.Source, err)
	}
	for _, d := range list {
		if !excused(answer.Source, d.Path, exceptions) {
			t.Errorf("%s: at %s: recorded %s, ours %s", answer.Source, d.Path, d.Recorded, d.Ours)
		}
	}
}

func excused(from, at string, exceptions []Exception) bool {
	for i := range exceptions {
		e := &exceptions[i]
		a, _ := path.Match(e.From, from)
		b, _ := path.Match(e.Path, at)
		if a && b {
			e.used = true
			return true
		}
	}
	return false
}

// Unused reports the exceptions that nothing needed.
func Unused(t *testing.T, exceptions []Exception) {
	t.Helper()
	for i := range exceptions {
		if e := &exceptions[i]; !e.used {
			t.Errorf("nothing needs the exception for %s at %s (%s): take it out", e.From, e.Path, e.Why)
		}
	}
}
