// Package replay helps tests to say to this gateway what was said to one in the
// field, and to compare the answers.
//
// The recordings are a folder beside the repository, which a fresh clone does
// not have. What a test needs of them is committed with it, made by Extract.
package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// line is one line of a recording.
type line struct {
	From  string          `json:"from"`
	Dir   string          `json:"dir"`
	Conn  string          `json:"conn"`
	Frame json.RawMessage `json:"frame"`
}

// frame is as much of one as is looked at.
type frame struct {
	Type   string `json:"type"`
	ID     string `json:"id"`
	Method string `json:"method"`
	Event  string `json:"event"`
}

// internal members are large, and nobody's business.
var internal = []string{"skillsSnapshot", "systemPromptReport"}

// Extract takes from a recording the requests of some methods, with their
// answers, and some events. The result has the recording's form.
func Extract(name string, recording []byte, methods, events []string) ([]byte, error) {
	var out bytes.Buffer
	asked := map[string]bool{}
	for n, text := range bytes.Split(recording, []byte("\n")) {
		l := line{From: fmt.Sprintf("%s:%d", name, n+1)}
		from := l.From
		if len(text) == 0 {
			continue
		}
		if err := json.Unmarshal(text, &l); err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
		var f frame
		if json.Unmarshal(l.Frame, &f) != nil {
			continue // something odd was said
		}
		switch {
		case f.Type == "req" && slices.Contains(methods, f.Method):
			asked[f.ID] = true
		case f.Type == "res" && asked[f.ID], f.Type == "event" && slices.Contains(events, f.Event):
		default:
			continue
		}
		l.From = from
		var err error
		if l.Frame, err = without(l.Frame, internal); err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
		written, err := json.Marshal(l)
		if err != nil {
			return nil, err
		}
		out.Write(append(written, '\n'))
	}
	return out.Bytes(), nil
}

// without gives a JSON text without some members, wherever they are.
func without(text []byte, names []string) ([]byte, error) {
	var v any
	if err := decode(text, &v); err != nil {
		return nil, err
	}
	return json.Marshal(walk(v, "", func(path string, v any) (any, bool) {
		return v, !slices.Contains(names, path[strings.LastIndexByte(path, '/')+1:])
	}))
}

func decode(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

// walk rebuilds a value: f gives what stands in the place of each part, and
// whether it stays.
func walk(v any, path string, f func(path string, v any) (any, bool)) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if kept, ok := f(path+"/"+name, member); ok {
				v[name] = walk(kept, path+"/"+name, f)
			} else {
				delete(v, name)
			}
		}
	case []any:
		for i := range v {
			at := fmt.Sprintf("%s/%d", path, i)
			kept, _ := f(at, v[i])
			v[i] = walk(kept, at, f)
		}
	}
	return v
}
