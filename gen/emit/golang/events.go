package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
)

func (g *generator) eventConst(e *ir.Event) string {
	n := e.Name
	if words := n.Words(); len(words) > 1 && words[len(words)-1] == "event" {
		n = trimLast(n)
	}
	return "Event" + g.pascal(n)
}

func trimLast(n name.Name) name.Name {
	words := n.Words()
	out := name.Name{}
	for _, w := range words[:len(words)-1] {
		out = out.Append(name.Split(w))
	}
	return out
}

// payloadType is how a payload is passed around: tagged unions as they are,
// others by pointer.
func (g *generator) payloadType(t *ir.Type) *jen.Statement {
	if isTagged(t) {
		return g.named(t)
	}
	return jen.Op("*").Add(g.named(t))
}

// publishedType is the payload that services publish.
func publishedType(e *ir.Event) *ir.Type {
	if e.Published != nil {
		if f := e.Form(e.Published); f != nil && f.Payload != nil {
			return f.Payload
		}
	}
	return e.Payload
}

// payloadIn is an event's payload type in a dialect.
func (g *generator) payloadIn(e *ir.Event, d *ir.Dialect) *ir.Type {
	if f := e.Form(d); f != nil && f.Payload != nil {
		return f.Payload
	}
	return e.Payload
}

// conversion is a payload that an adapter makes out of the published one.
type conversion struct {
	event    *ir.Event
	dialect  *ir.Dialect
	from, to *ir.Type
	method   string
}

func (g *generator) conversions() []conversion {
	var out []conversion
	for _, e := range g.p.Events {
		from := publishedType(e)
		for _, d := range g.p.Dialects {
			to := g.payloadIn(e, d)
			if to != from {
				out = append(out, conversion{e, d, from, to, g.typeName(from) + "To" + g.pascal(name.Split(d.Name))})
			}
		}
	}
	return out
}

func (g *generator) eventsFile(f *jen.File) {
	f.Comment(doc("EventID numbers the events, densely and in no lasting order."))
	f.Type().Id("EventID").Uint16()
	f.Line()
	var consts, names []string
	f.Comment(doc("The events."))
	f.Const().DefsFunc(func(d *jen.Group) {
		for k, e := range g.p.Events {
			consts, names = append(consts, g.eventConst(e)), append(names, e.Wire)
			d.Comment(doc(g.eventConst(e) + " is " + e.Wire + ". " + firstSentence(e.Doc)))
			if k == 0 {
				d.Id(g.eventConst(e)).Id("EventID").Op("=").Iota()
				continue
			}
			d.Id(g.eventConst(e))
		}
		d.Comment(doc("EventUnknown stands for every name that is no event's. It is also the number of events."))
		d.Add(beyond("EventUnknown", "EventID", len(consts)))
	})
	f.Line()
	g.nameTable(f, "eventNames", consts, names)
	g.stringer(f, "EventID", "eventNames", "unknown")
	g.eventNames(f)
	g.eventInfo(f)
	g.eventType(f)
	g.delivery(f)
	g.eventIn(f)
	g.payloadDecoder(f)
}

// eventNames emits names by dialect and the lookup, which takes any of them.
func (g *generator) eventNames(f *jen.File) {
	f.Comment(doc("NameIn is the event's name in a dialect."))
	f.Func().Params(id("x").Id("EventID")).Id("NameIn").Params(id("d").Id("Dialect")).String().BlockFunc(func(b *jen.Group) {
		for _, d := range g.p.Dialects {
			var renamed []jen.Code
			for _, e := range g.p.Events {
				if form := e.Form(d); form != nil && form.Name != e.Wire {
					renamed = append(renamed, jen.Case(id(g.eventConst(e))).Block(jen.Return(jen.Lit(form.Name))))
				}
			}
			if len(renamed) > 0 {
				b.If(id("d").Op("==").Id(g.dialectConst(d))).Block(jen.Switch(id("x")).Block(renamed...))
			}
		}
		b.Return(id("x").Dot("String").Call())
	})
	f.Line()
	f.Comment(doc("LookupEvent finds an event by its name in any dialect. A name that is no event's gives EventUnknown."))
	f.Func().Id("LookupEvent").Params(id("name").String()).Id("EventID").Block(
		jen.Switch(id("name")).BlockFunc(func(s *jen.Group) {
			for _, e := range g.p.Events {
				s.CaseFunc(func(c *jen.Group) {
					c.Lit(e.Wire)
					for _, form := range e.Forms {
						if form.Name != e.Wire {
							c.Lit(form.Name)
						}
					}
				}).Block(jen.Return(id(g.eventConst(e))))
			}
		}),
		jen.Return(id("EventUnknown")),
	)
	f.Line()
}

func (g *generator) eventInfo(f *jen.File) {
	f.Comment(doc("EventInfo is what the server runtime and tools want to know of an event."))
	f.Type().Id("EventInfo").Struct(
		id("Name").String().Comment("canonical name"),
		id("Doc").String().Comment("first sentence of the description"),
		id("Broadcast").Bool().Comment("it goes to every entitled connection"),
		id("Peer").Bool().Comment("it goes to one connection, without sequence number"),
		id("StateVersion").String().Comment("the state version that it carries, or empty"),
		id("Adapted").Bool().Comment("its payload differs between dialects"),
	)
	f.Line()
	f.Comment(doc("Info describes the event. EventUnknown has no info: it gives nil."))
	f.Func().Params(id("x").Id("EventID")).Id("Info").Params().Op("*").Id("EventInfo").Block(
		jen.If(id("x").Op(">=").Id("EventUnknown")).Block(jen.Return(jen.Nil())),
		jen.Return(jen.Op("&").Id("eventInfo").Index(id("x"))),
	)
	f.Line()
	f.Var().Id("eventInfo").Op("=").Index(jen.Op("...")).Id("EventInfo").ValuesFunc(func(v *jen.Group) {
		for _, e := range g.p.Events {
			d := jen.Dict{id("Name"): jen.Lit(e.Wire), id("Doc"): jen.Lit(firstSentence(e.Doc))}
			adapted := false
			for _, c := range g.conversions() {
				adapted = adapted || c.event == e
			}
			for _, flag := range []struct {
				name string
				on   bool
			}{{"Broadcast", e.Broadcast}, {"Peer", e.Peer}, {"Adapted", adapted}} {
				if flag.on {
					d[id(flag.name)] = jen.True()
				}
			}
			if e.StateVersion != "" {
				d[id("StateVersion")] = jen.Lit(e.StateVersion)
			}
			v.Line().Id(g.eventConst(e)).Op(":").Values(d)
		}
		v.Line()
	})
	f.Line()
}

// eventType emits the value that services publish.
func (g *generator) eventType(f *jen.File) {
	f.Comment(doc("Event is an event with its payload, in the form that services publish."))
	f.Type().Id("Event").Struct(id("ID").Id("EventID"), id("Payload").Add(g.appender()))
	f.Line()
	for _, e := range g.p.Events {
		fn := "New" + g.eventConst(e)
		f.Comment(doc(fn + " makes the event " + e.Wire + "."))
		f.Func().Id(fn).Params(id("p").Add(g.payloadType(publishedType(e)))).Id("Event").Block(
			jen.Return(id("Event").Values(id(g.eventConst(e)), id("p"))),
		)
		f.Line()
	}
}

var deliveryConst = map[ir.Delivery]string{
	ir.DeliverOrdered: "DeliverOrdered", ir.DeliverDropIfSlow: "DeliverDropIfSlow", ir.DeliverLatest: "DeliverLatest",
}

// delivery emits how an event is treated on its way to a slow receiver.
func (g *generator) delivery(f *jen.File) {
	f.Comment(doc("Delivery is what happens to an event on its way to a slow receiver."))
	f.Type().Id("Delivery").Uint8()
	f.Line()
	f.Comment(doc("The deliveries."))
	f.Const().Defs(
		jen.Comment(doc("DeliverOrdered: never skipped; a receiver that cannot keep up is disconnected.")),
		id("DeliverOrdered").Id("Delivery").Op("=").Iota(),
		jen.Comment(doc("DeliverDropIfSlow: skipped for a receiver that cannot keep up.")),
		id("DeliverDropIfSlow"),
		jen.Comment(doc("DeliverLatest: a newer event of the same LatestKey takes the place of one still queued.")),
		id("DeliverLatest"),
	)
	f.Line()
	f.Comment(doc("Delivery tells how the event is delivered."))
	f.Func().Params(id("e").Id("Event")).Id("Delivery").Params().Id("Delivery").Block(
		jen.Switch(id("e").Dot("ID")).BlockFunc(func(s *jen.Group) {
			for _, e := range g.p.Events {
				if e.Delivery.By == "" {
					if e.Delivery.Default != ir.DeliverOrdered {
						s.Case(id(g.eventConst(e))).Block(jen.Return(id(deliveryConst[e.Delivery.Default])))
					}
					continue
				}
				s.Case(id(g.eventConst(e))).BlockFunc(func(c *jen.Group) { g.deliveryBy(c, e) })
			}
		}),
		jen.Return(id("DeliverOrdered")),
	)
	f.Line()
	f.Comment(doc("LatestKey tells which queued events this one supersedes: those of the same event and key. Empty when it supersedes none."))
	f.Func().Params(id("e").Id("Event")).Id("LatestKey").Params().String().Block(
		jen.Switch(id("e").Dot("ID")).BlockFunc(func(s *jen.Group) {
			for _, e := range g.p.Events {
				t := publishedType(e)
				if len(e.Delivery.LatestKey) == 0 || t.Kind != ir.Struct {
					continue
				}
				s.Case(id(g.eventConst(e))).Block(
					jen.If(jen.List(id("p"), id("ok")).Op(":=").Id("e").Dot("Payload").Assert(g.payloadType(t)), id("ok")).Block(
						jen.Return(g.keyOf(t, e.Delivery.LatestKey))))
			}
		}),
		jen.Return(jen.Lit("")),
	)
	f.Line()
}

func (g *generator) deliveryBy(c *jen.Group, e *ir.Event) {
	t := publishedType(e)
	field := t.Field(e.Delivery.By)
	if t.Kind != ir.Struct || field == nil || !hasField(field) {
		c.Return(id(deliveryConst[e.Delivery.Default]))
		return
	}
	c.If(jen.List(id("p"), id("ok")).Op(":=").Id("e").Dot("Payload").Assert(g.payloadType(t)), id("ok")).Block(
		jen.Switch(g.textOf(field)).BlockFunc(func(s *jen.Group) {
			for _, x := range e.Delivery.Cases {
				s.Case(jen.Lit(x.Value)).Block(jen.Return(id(deliveryConst[x.Delivery])))
			}
		}),
	)
	c.Return(id(deliveryConst[e.Delivery.Default]))
}

// textOf is the string in a member of the payload; absent and null are empty.
func (g *generator) textOf(f *ir.Field) *jen.Statement {
	text := id("p").Dot(g.fieldName(f))
	if wrap(f) != bare {
		return text.Dot("V")
	}
	return text
}

// keyOf joins the members that identify what is superseded.
func (g *generator) keyOf(t *ir.Type, members []string) *jen.Statement {
	var key *jen.Statement
	for _, m := range members {
		part := g.textOf(t.Field(m))
		if t.Field(m).Use.Type.Kind == ir.Enum {
			part = jen.String().Call(part)
		}
		if key == nil {
			key = part
		} else {
			key = key.Op("+").Lit("\x00").Op("+").Add(part)
		}
	}
	return key
}

// eventIn emits the choice of the payload for a dialect.
func (g *generator) eventIn(f *jen.File) {
	params := []jen.Code{id("d").Id("Dialect")}
	text := "PayloadIn gives the payload for a dialect."
	if g.hasAdapter() {
		params = append(params, id("a").Id("Adapter"))
		text += " It is nil when that dialect gets no such event."
	}
	f.Comment(doc(text))
	f.Func().Params(id("e").Id("Event")).Id("PayloadIn").Params(params...).Add(g.appender()).BlockFunc(func(b *jen.Group) {
		for _, c := range g.conversions() {
			b.If(id("e").Dot("ID").Op("==").Id(g.eventConst(c.event)).Op("&&").Id("d").Op("==").Id(g.dialectConst(c.dialect))).Block(
				jen.If(jen.List(id("p"), id("ok")).Op(":=").Id("e").Dot("Payload").Assert(g.payloadType(c.from)), id("ok")).Block(
					jen.If(id("to").Op(":=").Id("a").Dot(c.method).Call(id("p")), id("to").Op("!=").Nil()).Block(jen.Return(id("to"))),
					jen.Return(jen.Nil()),
				),
			)
		}
		b.Return(id("e").Dot("Payload"))
	})
	f.Line()
}

// payloadDecoder emits the decoding of payloads by event and dialect, for
// clients and tests.
func (g *generator) payloadDecoder(f *jen.File) {
	f.Comment(doc("DecodeAliasPayload decodes and checks an event's payload as a dialect has it. It points into data. The error is a wire.Issues."))
	f.Func().Id("DecodeAliasPayload").Params(id("event").Id("EventID"), id("d").Id("Dialect"), id("data").Index().Byte(), id("mode").Add(g.wire("Mode"))).Params(g.appender(), jen.Error()).BlockFunc(func(b *jen.Group) {
		decode := func(t *ir.Type) []jen.Code {
			if isTagged(t) {
				return []jen.Code{jen.Return(id("DecodeAlias"+g.typeName(t)).Call(id("data"), id("mode")))}
			}
			return []jen.Code{
				id("p").Op(":=").New(id(g.typeName(t))),
				jen.Return(id("p"), id("p").Dot("DecodeAlias").Call(id("data"), id("mode"))),
			}
		}
		for _, d := range g.p.Dialects {
			var cases []jen.Code
			for _, e := range g.p.Events {
				if t := g.payloadIn(e, d); t != e.Payload {
					cases = append(cases, jen.Case(id(g.eventConst(e))).Block(decode(t)...))
				}
			}
			if len(cases) > 0 {
				b.If(id("d").Op("==").Id(g.dialectConst(d))).Block(jen.Switch(id("event")).Block(cases...))
			}
		}
		b.Switch(id("event")).BlockFunc(func(s *jen.Group) {
			for _, e := range g.p.Events {
				s.Case(id(g.eventConst(e))).Block(decode(e.Payload)...)
			}
		})
		b.Return(jen.Nil(), g.wire("Issues").Values(jen.Values(jen.Dict{id("Rule"): jen.Lit("event"), id("Message"): jen.Lit("unknown event")})))
	})
	f.Line()
}
