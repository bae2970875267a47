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
	kind := ir.FrameKind(l.oneOf(v, "kind", "request", "response", "event", "union", "connect", "hello", "error"))
	parts := frameParts[kind]
	l.only(v, "x-frame", append([]string{"kind"}, parts...)...)
	frame := &ir.Frame{Meta: l.meta(n), Kind: kind, Type: l.uses[n].use.Type}
	frame.Name = l.fileName(f)
	for _, m := range v.Members {
		if !slices.Contains(parts, m.Key) {
			continue
		}
		wire := l.text(v, m.Key)
		if frame.Type != nil && frame.Type.Field(wire) == nil {
			l.add(m.Value, diag.ManifestUndeclared, "x-frame names %q, which is not among the properties", wire)
		}
		frame.Members = append(frame.Members, ir.FrameMember{Part: m.Key, Wire: wire})
	}
	if other := l.p.Frame(kind); other != nil && kind != "" {
		d := l.add(v, diag.DuplicateWireName, "two frames are of kind %q", kind)
		d.Related = append(d.Related, diag.Related{Pos: other.Pos, Message: "the other one"})
		return
	}
	l.p.Frames = append(l.p.Frames, frame)
}

// config reads one file under config/.
func (l *lowerer) config(f *source.File) {
	l.declare(f.Root)
	if t := l.uses[f.Root].use.Type; t != nil {
		l.p.Configs = append(l.p.Configs, t)
	}
}
