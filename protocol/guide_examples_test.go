package protocol_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/schema"
)

// The schema's examples are what people read in the reference. The guide's
// messages are among them, so that the two cannot tell different stories.

// schemaFile is what is looked for in a schema file.
type schemaFile struct {
	Method    string            `json:"x-method"`
	Event     string            `json:"x-event"`
	Values    []json.RawMessage `json:"examples"`
	Exchanges []struct {
		Params  json.RawMessage `json:"params"`
		Result  json.RawMessage `json:"result"`
		Error   json.RawMessage `json:"error"`
		Payload json.RawMessage `json:"payload"`
		Events  []struct {
			Event   string          `json:"event"`
			Payload json.RawMessage `json:"payload"`
		} `json:"events"`
	} `json:"x-examples"`
}

func readSchema(t *testing.T, name string) schemaFile {
	t.Helper()
	data, err := fs.ReadFile(schema.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	var f schemaFile
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

// exampleOf gives the first example of a type.
func exampleOf(t *testing.T, name string) string {
	t.Helper()
	f := readSchema(t, name)
	if len(f.Values) == 0 {
		t.Fatalf("%s has no examples", name)
	}
	return string(f.Values[0])
}

// examples holds the examples of the schema by what they are of: "params
// chat.send", "result chat.send", "payload tick", "error", "frame connect".
func examples(t *testing.T) map[string][]any {
	t.Helper()
	all := map[string][]any{}
	add := func(key string, text json.RawMessage) {
		if text != nil {
			all[key] = append(all[key], parsed(t, text))
		}
	}
	for _, pattern := range []string{"methods/*/*.json", "events/*.json", "frames/*.json", "config/*.json"} {
		names, err := fs.Glob(schema.Files, pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			f := readSchema(t, name)
			for _, text := range f.Values {
				add("frame "+path.Base(name), text)
			}
			for _, x := range f.Exchanges {
				add("params "+f.Method, x.Params)
				add("result "+f.Method, x.Result)
				add("error", x.Error)
				add("payload "+f.Event, x.Payload)
				for _, e := range x.Events {
					add("payload "+e.Event, e.Payload)
				}
			}
		}
	}
	return all
}

func TestGuideIsAmongTheExamples(t *testing.T) {
	all := examples(t)
	elided := review(t, map[string]string{
		"hello-ok 2":    "the guide leaves snapshot.health out",
		"health 4":      "D30: the result is the union of the guide's members and the field's",
		"agents.list 5": "D48: the guide abbreviates it, and gives it in full elsewhere",
		"logs.tail 50":  "D43: the guide does not have reset, which is always sent",
	})
	find := func(f guideFrame, key string, want any) {
		t.Helper()
		if slices.ContainsFunc(all[key], func(v any) bool { return len(differences(want, v)) == 0 }) {
			return
		}
		// An abbreviated message must at least be a part of an example.
		part := slices.ContainsFunc(all[key], func(v any) bool {
			return !slices.ContainsFunc(differences(want, v), func(d difference) bool { return d.what != "added" })
		})
		name := f.Kind
		if f.Method != "" {
			name = f.Method
		}
		if !part || !elided.allows(fmt.Sprint(name, " ", f.line)) {
			t.Errorf("%s: no example under %q is %s", f, key, f.Frame)
		}
	}
	for _, f := range guideFrames(t, "req", "res", "event", "connect", "connect-partial", "hello-ok", "config") {
		frame := parsed(t, f.Frame).(map[string]any)
		switch f.Kind {
		case "req":
			find(f, fmt.Sprint("params ", frame["method"]), frame["params"])
		case "event":
			find(f, fmt.Sprint("payload ", frame["event"]), frame["payload"])
		case "res":
			if frame["error"] != nil {
				find(f, "frame error.json", frame["error"])
				continue
			}
			find(f, "result "+f.Method, frame["payload"])
		case "connect":
			find(f, "frame connect-params.json", frame)
		case "hello-ok":
			find(f, "frame hello-ok.json", frame)
		case "config":
			find(f, "frame config.json", frame)
		case "connect-partial":
			if !slices.ContainsFunc(all["frame connect-params.json"], func(v any) bool {
				return !slices.ContainsFunc(differences(frame, v), func(d difference) bool { return d.what != "added" })
			}) {
				t.Errorf("%s: no example of connect has %s", f, f.Frame)
			}
		}
	}
}
