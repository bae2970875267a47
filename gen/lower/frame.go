package lower

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// frameParts lists for each kind of frame the parts that its members play.
var frameParts = map[ir.FrameKind][]string{
	ir.FrameRequest:  {"id", "method", "params"},
	ir.FrameResponse: {"id", "ok", "payload", "error"},
	ir.FrameEvent:    {"event", "payload", "seq", "stateVersion"},
	ir.FrameUnion:    {}, ir.FrameConnect: {}, ir.FrameHello: {}, ir.FrameError: {},
}

// frameKinds lists the kinds in the order of the docs.
var frameKinds = []string{"request", "response", "event", "union", "connect", "hello", "error"}

// frame reads one file under frames/.
func (l *lowerer) frame(f *source.File) {
	n := f.Root
	l.declare(n)
	v := n.Get("x-frame")
	if v == nil {
		l.add(n, diag.KeywordMissing, "x-frame is missing: what part this frame plays, such as {\"kind\": \"request\", …}")
		return
	}
	if !l.want(v, source.Object, "x-frame") {
		return
	}
	kind := ir.FrameKind(l.oneOf(v, "kind", frameKinds...))
	parts := frameParts[kind]
	l.only(v, "x-frame", append([]string{"kind"}, parts...)...)
	frame := &ir.Frame{Meta: l.meta(n), Kind: kind, Type: l.uses[n].use.Type}
	frame.Name = l.fileName(f)
	for _, m := range v.Members {
		if !slices.Contains(parts, m.Key) {
			continue
		}
		wire := l.text(v, m.Key)
		if frame.Type != nil {
			l.framePart(m, frame, wire)
		}
		frame.Members = append(frame.Members, ir.FrameMember{Part: m.Key, Wire: wire})
	}
	if kind == ir.FrameRequest {
		for _, part := range parts {
			if frame.Member(part) == "" {
				l.add(v, diag.KeywordMissing, "x-frame of a request lacks %q: the property that plays this part", part)
			}
		}
	}
	if other := l.p.Frame(kind); other != nil && kind != "" {
		d := l.add(v, diag.DuplicateWireName, "two frames are of kind %q", kind)
		d.Related = append(d.Related, diag.Related{Pos: other.Pos, Message: "the other one"})
		return
	}
	l.p.Frames = append(l.p.Frames, frame)
}

// framePart checks the property that plays a part. A request is decoded in one
// pass with its params, so what is known of its parts has to be simple.
func (l *lowerer) framePart(m source.Member, frame *ir.Frame, wire string) {
	f := frame.Type.Field(wire)
	switch {
	case f == nil:
		l.add(m.Value, diag.ManifestUndeclared, "x-frame names %q, which is not among the properties", wire)
	case frame.Kind != ir.FrameRequest || f.Use.Type == nil:
	case m.Key == "params" && f.Use.Type.Kind != ir.Raw:
		l.add(m.Value, diag.KeywordUnsupported, "the params of a request have no shape here: expected a property without type, or an object of any members")
	case m.Key != "params" && (!f.Required || f.Use.Nullable || f.Use.Type.Kind != ir.String || f.Use.Type.Const != nil):
		l.add(m.Value, diag.KeywordUnsupported, "the %s of a request is a required string", m.Key)
	}
}

// config reads one file under config/.
func (l *lowerer) config(f *source.File) {
	l.declare(f.Root)
	if t := l.uses[f.Root].use.Type; t != nil {
		l.p.Configs = append(l.p.Configs, t)
	}
}
