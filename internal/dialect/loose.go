package dialect

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Loosen brings looser forms of params, which clients of the field may send, into
// the form that the schema describes. It is asked only for params that were
// refused, and reports whether it changed anything: what is right costs nothing.
func (Adapter) Loosen(from protocol.Dialect, method protocol.MethodID, params []byte) ([]byte, bool) {
	if from != protocol.DialectField {
		return nil, false
	}
	switch method {
	case protocol.MethodCronAdd:
		return LooseJob(params)
	case protocol.MethodCronUpdate:
		return within(params, "patch", loosePatch)
	}
	return nil, false
}

// LooseJob takes a job in `data` or `job`, a schedule without its kind, times as
// text, enabled as text, the channel under its old name, and a blank agent.
func LooseJob(params []byte) ([]byte, bool) { return looseJob(params, false) }

// loosePatch does the same for changes of a job, where a blank agent means the
// default one.
func loosePatch(params []byte) ([]byte, bool) { return looseJob(params, true) }

func looseJob(params []byte, patch bool) ([]byte, bool) {
	job, ok := membersOf(params)
	if !ok {
		return nil, false
	}
	changed := false
	for _, wrapper := range []string{"data", "job"} {
		if inner, ok := membersOf(job.get(wrapper)); ok && len(job) == 1 {
			job, changed = inner, true
			break
		}
	}
	set := func(name string, loosen func([]byte) ([]byte, bool)) {
		if value := job.get(name); value != nil {
			if better, ok := loosen(value); ok {
				job.set(name, better)
				changed = true
			}
		}
	}
	set("schedule", looseSchedule)
	set("payload", loosePayload)
	set("enabled", looseBool)
	if text, ok := textOf(job.get("agentId")); ok && strings.TrimSpace(text) == "" {
		changed = true
		if patch {
			job.set("agentId", []byte("null"))
		} else {
			job.drop("agentId")
		}
	}
	return job.json(), changed
}

// looseSchedule tells the kind from what is there, and reads times.
func looseSchedule(value []byte) ([]byte, bool) {
	s, ok := membersOf(value)
	if !ok {
		return nil, false
	}
	changed := false
	for _, name := range []string{"at", "atMs"} {
		text, ok := textOf(s.get(name))
		if !ok {
			continue
		}
		ms, ok := timeOf(text)
		if !ok || name == "at" && s.get("atMs") != nil {
			continue
		}
		s.drop(name)
		s.set("atMs", strconv.AppendInt(nil, ms, 10))
		changed = true
	}
	if s.get("kind") == nil {
		for _, k := range []struct{ member, kind string }{{"atMs", `"at"`}, {"everyMs", `"every"`}, {"expr", `"cron"`}} {
			if s.get(k.member) != nil {
				s.set("kind", []byte(k.kind))
				changed = true
				break
			}
		}
	}
	return s.json(), changed
}

func loosePayload(value []byte) ([]byte, bool) {
	p, ok := membersOf(value)
	if !ok {
		return nil, false
	}
	provider, ok := textOf(p.get("provider"))
	if !ok {
		return nil, false
	}
	p.drop("provider")
	if provider = strings.ToLower(strings.TrimSpace(provider)); p.get("channel") == nil && provider != "" {
		p.set("channel", quoted(provider))
	}
	return p.json(), true
}

func looseBool(value []byte) ([]byte, bool) {
	text, ok := textOf(value)
	text = strings.ToLower(strings.TrimSpace(text))
	return []byte(text), ok && (text == "true" || text == "false")
}

// isoForms are times as ISO 8601 has them. One without a zone is UTC.
var isoForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04", "2006-01-02"}

// timeOf reads a time: digits are milliseconds since 1970.
func timeOf(text string) (ms int64, ok bool) {
	text = strings.TrimSpace(text)
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return ms, ms >= 0 && ms < 1<<53
	}
	for _, form := range isoForms {
		if t, err := time.Parse(form, text); err == nil {
			ms := t.UnixMilli()
			return ms, ms >= 0 && ms < 1<<53
		}
	}
	return 0, false
}

// within loosens one member of an object.
func within(params []byte, name string, loosen func([]byte) ([]byte, bool)) ([]byte, bool) {
	m, ok := membersOf(params)
	if !ok || m.get(name) == nil {
		return nil, false
	}
	better, ok := loosen(m.get(name))
	if !ok {
		return nil, false
	}
	m.set(name, better)
	return m.json(), true
}

// members are those of an object, in their order.
type members []member

type member struct {
	name  string
	value json.RawMessage
}

// membersOf takes an object apart. One that has a name twice is refused, as
// everywhere.
func membersOf(text []byte) (list members, ok bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	for d.More() {
		t, err := d.Token()
		name, isName := t.(string)
		var value json.RawMessage
		if err != nil || !isName || d.Decode(&value) != nil || list.get(name) != nil {
			return nil, false
		}
		list = append(list, member{name, value})
	}
	return list, true
}

func (m members) get(name string) json.RawMessage {
	for _, x := range m {
		if x.name == name {
			return x.value
		}
	}
	return nil
}

func (m *members) set(name string, value []byte) {
	for k := range *m {
		if (*m)[k].name == name {
			(*m)[k].value = value
			return
		}
	}
	*m = append(*m, member{name, value})
}

func (m *members) drop(name string) {
	*m = slices.DeleteFunc(*m, func(x member) bool { return x.name == name })
}

func (m members) json() []byte {
	b := []byte{'{'}
	for k, x := range m {
		if k > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, quoted(x.name)...), ':'), x.value...)
	}
	return append(b, '}')
}

func quoted(text string) []byte { return wire.AppendString(nil, text) }

func textOf(value json.RawMessage) (text string, ok bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	ok = json.Unmarshal(value, &text) == nil
	return text, ok
}
