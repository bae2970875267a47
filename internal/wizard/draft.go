package wizard

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gatesmith/gatesmith/internal/config"
)

// draft is what the answers change. It is no text: it is applied to what the file
// says when it is written.
type draft struct{ edits []edit }

// edit is one change of a text.
type edit struct {
	key   string // names it, and is shown
	value string // to be shown
	apply func(text []byte) ([]byte, error)
}

// put adds an edit, in the place of an earlier one of the same key.
func (d *draft) put(e edit) {
	if k := slices.IndexFunc(d.edits, func(o edit) bool { return o.key == e.key }); k >= 0 {
		d.edits[k] = e
		return
	}
	d.edits = append(d.edits, e)
}

// drop takes an edit back.
func (d *draft) drop(key ...string) {
	d.edits = slices.DeleteFunc(d.edits, func(e edit) bool { return e.key == config.JoinKey(key) })
}

// set gives a setting a value.
func (d *draft) set(s Setting) {
	e := edit{key: config.JoinKey(s.Key), value: "removed"}
	value := []byte("null")
	if s.Value != nil {
		v := s.Value
		if text, ok := v.(string); ok && s.Secret {
			v = config.Literal(text)
		}
		var err error
		if value, err = json.Marshal(v); err != nil {
			err = fmt.Errorf("%s: %w", e.key, err)
			e.apply = func([]byte) ([]byte, error) { return nil, err }
		}
		e.value = string(value)
		if text, ok := s.Value.(string); ok {
			e.value = text
		}
		if s.Secret {
			e.value = "(secret)"
		}
	}
	if e.apply == nil {
		patch := config.PatchOf(s.Key, value)
		e.apply = func(text []byte) ([]byte, error) { return config.Merge(text, patch) }
	}
	d.put(e)
}

// apply makes the changed text.
func (d *draft) apply(text []byte) (_ []byte, err error) {
	for _, e := range d.edits {
		if text, err = e.apply(text); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// lines are the changes for people.
func (d *draft) lines() []string {
	lines := make([]string, len(d.edits))
	for k, e := range d.edits {
		lines[k] = e.key + ": " + e.value
	}
	return lines
}
