package main

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/gatesmith/gatesmith/tools/recordings/transcript"
)

// file is one of the files to commit, by its path under the tests' data.
type file struct {
	path string
	data []byte
}

// extract makes the files out of the folder with the facts.
func extract(facts fs.FS) ([]file, error) {
	guide, err := fs.ReadFile(facts, "guide-frames.jsonl")
	if err != nil {
		return nil, err
	}
	sheet, err := fs.ReadFile(facts, "protocol.md")
	if err != nil {
		return nil, err
	}
	methods, err := methodTable(string(sheet))
	if err != nil {
		return nil, err
	}
	dir, err := fs.Sub(facts, "upstream-transcripts")
	if err != nil {
		return nil, err
	}
	all, err := transcript.Read(dir)
	if err != nil {
		return nil, err
	}
	files := []file{{"guide/guide-frames.jsonl", guide}, {"facts/methods.tsv", methods}}
	for _, part := range parts(all) {
		if err := part.shorten(); err != nil {
			return nil, err
		}
		data, err := transcript.Write(part.exchanges, part.events, part.matrices)
		if err != nil {
			return nil, err
		}
		files = append(files, file{"recordings/" + part.name + ".jsonl", data})
	}
	again, err := replays(dir)
	return append(files, again...), err
}

// part is what goes into one file.
type part struct {
	name      string
	exchanges []*transcript.Exchange
	events    []*transcript.Event
	matrices  []transcript.Matrix
}

// shorten cuts what the gateway said, never what clients said.
func (p *part) shorten() (err error) {
	for _, x := range p.exchanges {
		for _, a := range x.Answers {
			if x.Odd || !a.OK {
				continue // their words matter, and what they repeat of odd messages
			}
			if a.Recorded, err = shorten(a.Recorded); err != nil {
				return fmt.Errorf("%s: %w", a.Source, err)
			}
		}
	}
	for _, e := range p.events {
		if e.Recorded, err = shorten(e.Recorded); err != nil {
			return fmt.Errorf("%s: %w", e.Source, err)
		}
	}
	return nil
}

// parts takes one of each kind and sorts them by what they show.
func parts(all *transcript.Transcript) []*part {
	handshake, accepted := &part{name: "handshake"}, &part{name: "accepted"}
	refused, frames := &part{name: "refused"}, &part{name: "frames"}
	events, scopes := &part{name: "events"}, &part{name: "scopes", matrices: all.Matrices}
	seen := kinds{}
	for _, x := range all.Exchanges {
		if len(x.Answers) > 0 && seen.exchange(x) {
			to := accepted
			switch {
			case x.Odd:
				to = frames
			case x.Method == "connect":
				to = handshake
			case isParamsError(x):
				to = refused
			}
			to.exchanges = append(to.exchanges, x)
		}
	}
	for _, e := range all.Events {
		if seen.event(e) {
			events.events = append(events.events, e)
		}
	}
	return []*part{handshake, accepted, refused, frames, events, scopes}
}

// kinds is what has been seen.
type kinds map[string]bool

func (k kinds) add(kind string) (isNew bool) {
	isNew = !k[kind]
	k[kind] = true
	return isNew
}

// exchange reports whether an exchange shows anything new: params of another
// shape, another refusal of params, or a payload with something in it that no
// payload of the method had.
func (k kinds) exchange(x *transcript.Exchange) bool {
	kind := x.Method + " " + shapeOf(x.Params)
	if x.Odd {
		kind = string(x.Text) // each is one of a kind
	}
	if isParamsError(x) {
		kind += " " + x.Answers[0].Error.Message
	}
	isNew := k.add(fmt.Sprintf("%s %t", kind, x.Answers[0].OK))
	for n, a := range x.Answers {
		for _, place := range placesOf(a.Payload) {
			isNew = k.add(fmt.Sprintf("%s %d %t %s", x.Method, n, a.OK, place)) || isNew
		}
	}
	return isNew
}

// event does the same for events: of another shape, or to one connection alone.
func (k kinds) event(e *transcript.Event) bool {
	return k.add(fmt.Sprintf("%s %t %s", e.Name, e.Numbered, shapeOf(e.Payload)))
}

func isParamsError(x *transcript.Exchange) bool {
	e := x.Answers
	return len(e) > 0 && e[0].Error != nil && strings.HasPrefix(e[0].Error.Message, "invalid "+x.Method+" params: ")
}
