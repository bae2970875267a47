package breaking

import "github.com/gatesmith/gatesmith/gen/ir"

func frameNoDelete(r *reporter, f framePair) {
	if f.new == nil {
		r.report(at(f.old.Location), at(f.old.Location, "x-frame"), "the %s frame is gone", f.old.Kind)
		return
	}
	if f.old.Kind != ir.FrameUnion || f.old.Type.Union == nil || f.new.Type.Union == nil {
		return
	}
	if o, n := f.old.Type.Union, f.new.Type.Union; o.Tag != n.Tag {
		r.report(at(f.new.Location, "x-discriminator"), at(f.old.Location, "x-discriminator"), "frames are told apart by %q, and were by %q", n.Tag, o.Tag)
	} else if o.Tag != "" {
		for _, v := range o.Variants {
			if branch(n, v.Tag) == nil {
				r.report(at(f.new.Location, "oneOf"), at(f.old.Location, "oneOf"), "frames of %s %q are gone", o.Tag, v.Tag)
			}
		}
	}
}

func frameMemberSame(r *reporter, f framePair) {
	if f.new == nil {
		return
	}
	for _, m := range f.old.Members {
		if now := f.new.Member(m.Part); now != m.Wire {
			r.report(at(f.new.Location+"/x-frame", m.Part), at(f.old.Location+"/x-frame", m.Part), "the %s of a %s frame was member %q, and %s", m.Part, f.old.Kind, m.Wire, or(now, "is none now", "is "+quote(now)+" now"))
		}
	}
}

// frameNoNewMember looks at the envelopes around answers and events. The hello
// frame is a result like others.
func frameNoNewMember(r *reporter, f framePair) {
	if f.new == nil || f.old.Type == nil || f.new.Type == nil || f.old.Type.Open {
		return
	}
	switch f.old.Kind {
	case ir.FrameResponse, ir.FrameEvent, ir.FrameError:
	default:
		return
	}
	for _, m := range f.new.Type.Fields {
		if f.old.Type.Field(m.Wire) == nil {
			r.report(at(m.Location), at(f.old.Type.Location, "properties"), "the %s frame has a new member %q: strict clients drop the whole frame; put it inside the payload or the details of an error", f.old.Kind, m.Wire)
		}
	}
}
