package reference

import (
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// frameOrder is the order in which frames are explained: the envelope, then
// what opens a connection.
var frameOrder = []ir.FrameKind{ir.FrameUnion, ir.FrameRequest, ir.FrameResponse, ir.FrameError, ir.FrameEvent, ir.FrameConnect, ir.FrameHello}

// frameLink leads to a frame's entry; without the frame it is plain text.
func (pg *page) frameLink(kind ir.FrameKind, text string) string {
	if f := pg.p.Frame(kind); f != nil && f.Type != nil {
		return pg.link(text, pg.homes[f.Type])
	}
	return text
}

// frames writes the page of frames and the handshake.
func (b *book) frames() *page {
	title := "Frames"
	if b.split {
		title = "Frames and handshake"
	}
	pg := b.page(framesPage, title)
	pg.para("Everything goes over one WebSocket connection: each message is one JSON object in one text message. A message to the server may be " +
		bytesWords(b.p.Limits.MaxPayloadBytes) + " long and " + strconv.Itoa(b.p.Limits.MaxDepth) + " levels deep.")
	var rows [][]string
	for _, kind := range frameOrder {
		if f := b.p.Frame(kind); f != nil && f.Type != nil {
			rows = append(rows, []string{pg.link(b.typeName(f.Type), b.homes[f.Type]), senders(kind), pg.prose(firstSentence(f.Doc))})
		}
	}
	pg.table([]string{"Frame", "Sent by", "What it is"}, rows)
	pg.handshake()
	for _, kind := range frameOrder {
		if f := b.p.Frame(kind); f != nil && f.Type != nil {
			pg.frameEntry(f)
		}
	}
	return pg
}

// bytesWords writes a size as people read it.
func bytesWords(n int) string {
	for _, unit := range []struct {
		size int
		name string
	}{{1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size && n%unit.size == 0 {
			return strconv.Itoa(n/unit.size) + " " + unit.name
		}
	}
	return strconv.Itoa(n) + " bytes"
}

func senders(kind ir.FrameKind) string {
	switch kind {
	case ir.FrameUnion:
		return "both"
	case ir.FrameRequest, ir.FrameConnect:
		return "client"
	}
	return "server"
}

// handshake shows how a connection is opened in each dialect, by the first
// successful example of the method that does it.
func (pg *page) handshake() {
	connect, hello := pg.p.Frame(ir.FrameConnect), pg.p.Frame(ir.FrameHello)
	if connect == nil || hello == nil {
		return
	}
	pg.headingAt(2, "Handshake", "handshake")
	pg.para("A client opens the connection with " + pg.frameLink(ir.FrameConnect, pg.typeName(connect.Type)) +
		"; the server answers with " + pg.frameLink(ir.FrameHello, pg.typeName(hello.Type)) + " or an error.")
	if len(pg.p.Dialects) > 1 {
		pg.para("The form of the first message decides which dialect the connection speaks:")
		pg.dialectList()
	}
	pg.sequences()
	for _, m := range pg.p.Methods {
		if pg.isHandshake(m) {
			pg.para("Faults of the handshake and whole exchanges are at " + pg.link(code(m.Wire), pg.methodPlace(m)) + ".")
		}
	}
}

func (pg *page) frameEntry(f *ir.Frame) {
	t := f.Type
	pg.heading(2, pg.typeName(t))
	pg.self = pg.typeName(t)
	defer func() { pg.self = "" }()
	pg.para(pg.prose(f.Doc))
	s := pg.section(pg.homes[t].anchor, 3, t)
	s.explain(t, f.Kind == ir.FrameRequest || f.Kind == ir.FrameConnect)
	pg.typeExamples(t)
}

// typeExamples shows a type's examples, in one fence when they are short.
func (pg *page) typeExamples(t *ir.Type) {
	if len(t.Examples) == 0 {
		return
	}
	var texts []string
	for _, x := range t.Examples {
		texts = append(texts, parse(x).pretty())
	}
	if len(texts) == 1 {
		pg.para("Example:")
		pg.fence("json", texts[0])
		return
	}
	pg.para("Examples:")
	pg.fence("jsonc", strings.Join(texts, "\n"))
}
