// Package transcript reads recordings of a gateway: JSON lines, each one a
// WebSocket message with its direction and connection. It pairs requests with
// their answers and takes away the marks that the recorder left where it cut
// something out. It judges nothing: what the messages mean is for the tests.
//
//	list, err := transcript.Read(os.DirFS("testdata/recordings"))
//	for _, x := range list.Exchanges { … x.Method, x.Text, x.Answers … }
package transcript

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// Transcript is what was said, in the order of the files.
type Transcript struct {
	Exchanges []*Exchange
	Events    []*Event
	Matrices  []Matrix
}

// Exchange is a message from a client and what the gateway answered.
type Exchange struct {
	Source  string // file and line
	Text    []byte // the message as it was sent; not always JSON
	Odd     bool   // it is something that no client would send
	Method  string // empty when it is not a request
	Params  []byte // nil when there are none
	Answers []*Answer

	answeredAs string // the id that answers are expected to have
}

// Answer is a response.
type Answer struct {
	Frame
	ID      json.RawMessage
	OK      bool
	Payload []byte // nil when there is none, or only a mark in its place
	Error   *Fault
}

// Frame is a message from the gateway.
type Frame struct {
	Source   string // file and line
	Recorded []byte // with the recorder's marks
	Text     []byte // without them
	Partial  bool   // members are missing where the marks were
}

// Fault is why a request failed.
type Fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Event is an event.
type Event struct {
	Frame
	Name     string
	Numbered bool   // it has a seq: it went to everyone
	Payload  []byte // nil when there is none, or only a mark in its place
}

// Matrix is what a connection was told about its right to call each method.
type Matrix struct {
	Source   string
	Conn     string
	Verdicts map[string]string // "allowed", or the refusal
}

// line is one line of a recording, or of an extract from recordings; those
// have From.
type line struct {
	From   string            `json:"from,omitempty"`
	Dir    string            `json:"dir,omitempty"`
	Conn   string            `json:"conn,omitempty"`
	Frame  json.RawMessage   `json:"frame,omitempty"`
	Raw    *string           `json:"raw,omitempty"`
	Matrix map[string]string `json:"matrix,omitempty"`
}

// envelope is as much of a frame as pairing needs.
type envelope struct {
	Type    string          `json:"type"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	OK      bool            `json:"ok"`
	Error   *Fault          `json:"error"`
	Payload json.RawMessage `json:"payload"`
	Event   string          `json:"event"`
	Seq     *int            `json:"seq"`
}

// Read reads all recordings of a folder.
func Read(dir fs.FS) (*Transcript, error) {
	names, err := fs.Glob(dir, "*.jsonl")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	t := &Transcript{}
	for _, name := range names {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		if err := t.read(path.Base(name), data); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Transcript) read(file string, data []byte) error {
	sent := map[string][]*Exchange{} // by connection
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		source := fmt.Sprintf("%s:%d", file, n)
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return fmt.Errorf("%s: %w", source, err)
		}
		if l.From != "" {
			source = l.From
		}
		switch {
		case l.Matrix != nil:
			t.Matrices = append(t.Matrices, Matrix{source, l.Conn, l.Matrix})
		case l.Dir == "c2s":
			x := newExchange(source, l)
			t.Exchanges = append(t.Exchanges, x)
			sent[l.Conn] = append(sent[l.Conn], x)
		case l.Dir == "s2c" && l.Frame != nil:
			if err := t.receive(source, l.Frame, sent[l.Conn]); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

func newExchange(source string, l line) *Exchange {
	x := &Exchange{Source: source, Text: l.Frame}
	if l.Raw != nil {
		x.Text, x.Odd = []byte(*l.Raw), true
	}
	// What is no object, or has an id that is no id, is answered as nobody's.
	var e envelope
	if json.Unmarshal(x.Text, &e) == nil {
		x.answeredAs = string(e.ID)
		if e.Type == "req" {
			x.Method, x.Params = e.Method, e.Params
		}
	}
	return x
}

func (t *Transcript) receive(source string, recorded []byte, sent []*Exchange) error {
	text, partial, err := unmark(recorded)
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	frame := Frame{source, recorded, text, partial}
	switch e.Type {
	case "event":
		t.Events = append(t.Events, &Event{frame, e.Event, e.Seq != nil, e.Payload})
	case "res":
		if x := asked(sent, string(e.ID)); x != nil {
			x.Answers = append(x.Answers, &Answer{frame, e.ID, e.OK, e.Payload, e.Error})
		}
	}
	return nil
}

// asked finds the message that an answer belongs to: the first one of that id
// that has none yet, else the last one, for methods that answer twice. An
// answer to nobody belongs to the last message, if that had no id.
func asked(sent []*Exchange, id string) *Exchange {
	var last *Exchange
	for _, x := range sent {
		if x.answeredAs != id {
			continue
		}
		if last = x; len(x.Answers) == 0 {
			return x
		}
	}
	if last != nil || len(sent) == 0 {
		return last
	}
	if x := sent[len(sent)-1]; id == `"invalid"` && x.answeredAs == "" {
		return x
	}
	return nil
}
