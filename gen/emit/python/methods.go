package python

import "github.com/gatesmith/gatesmith/gen/ir"

// answer is what a call gives: the early answer of a method that has one, since
// how it ends, an event tells.
func answer(m *ir.Method) ir.Use {
	if m.Accepted != nil {
		return ir.Use{Type: m.Accepted}
	}
	return m.Result
}

// typesOf are what a module needs of the types in some places.
func (g *generator) typesOf(uses []ir.Use) imported {
	var list []string
	for _, use := range uses {
		if use.Type == nil {
			continue
		}
		for _, t := range g.mentioned(use.Type) {
			list = append(list, g.names.types[t])
		}
		if codec := g.names.codecs[use.Type]; codec != "" {
			list = append(list, codec)
		}
	}
	return imported{".types", list}
}

// mentioned lists the named types in an annotation.
func (g *generator) mentioned(t *ir.Type) []*ir.Type {
	if _, named := g.names.types[t]; named {
		return []*ir.Type{t}
	}
	var out []*ir.Type
	if t.Elem != nil {
		out = g.mentioned(t.Elem.Type)
	}
	if t.Union != nil {
		for _, v := range t.Union.Variants {
			out = append(out, g.mentioned(v.Type)...)
		}
	}
	return out
}

func (g *generator) methodsFile(m *module) {
	var uses []ir.Use
	for _, x := range g.p.Methods {
		uses = append(uses, ir.Use{Type: x.Params}, answer(x))
	}
	m.lazy = true
	m.imports(imported{"collections.abc", []string{"Mapping", "Sequence"}}, imported{"typing", []string{"Any", "Final", "Literal"}})
	m.generated(imported{g.Wire, []string{"Access", "Codec", "JsonObject", "JsonValue", "Method", "codec_of"}},
		imported{".shapes", []string{"TABLE"}}, g.typesOf(uses))
	for _, x := range g.p.Methods {
		g.method(m, x)
	}
	m.Block("METHODS: Final[Mapping[str, Method[Any, Any]]] = {", func() {
		for _, x := range g.p.Methods {
			m.Linef("%s: %s,", quote(x.Wire), g.names.consts[x])
			for _, a := range x.Aliases {
				m.Linef("%s: %s,", quote(a.Name), g.names.consts[x])
			}
		}
	}, "}")
	m.doc("The methods by their names and aliases.")
}

func (g *generator) method(m *module, x *ir.Method) {
	m.Block(g.names.consts[x]+": Final[Method["+g.names.types[x.Params]+", "+g.resultType(answer(x))+"]] = Method(", func() {
		m.Linef("name=%s,", quote(x.Wire))
		m.Linef("group=%s,", quote(x.Group.Name))
		m.Linef("params=%s,", g.codec(ir.Use{Type: x.Params}))
		m.Linef("result=%s,", g.codec(answer(x)))
		m.Linef("access=%s,", access(x.Access))
		if len(x.Aliases) > 0 {
			var aliases []string
			for _, a := range x.Aliases {
				aliases = append(aliases, a.Name)
			}
			m.Linef("aliases=%s,", tuple(quoted(aliases)))
		}
		flag := func(name string, on bool) {
			if on {
				m.Line(name + "=True,")
			}
		}
		text := func(name, value string) {
			if value != "" {
				m.Linef("%s=%s,", name, quote(value))
			}
		}
		flag("writes", x.Effect == ir.EffectWrite)
		flag("retryable", x.Idempotency.Retryable())
		text("key", x.Idempotency.Key)
		flag("blocks", x.Wait.Blocks)
		text("wait", x.Wait.Member)
		flag("early", x.Accepted != nil)
		text("not_offered", x.NotOffered)
	}, ")")
	m.doc(firstSentence(x.Doc))
	m.Blank()
}

// resultType is the annotation of a result.
func (g *generator) resultType(use ir.Use) string {
	if use.Type == nil {
		return "JsonValue"
	}
	return g.useType(use)
}

func access(a ir.Access) string {
	roles := make([]string, len(a.Roles))
	for k, r := range a.Roles {
		roles[k] = r.Name
	}
	text := "Access(" + tuple(quoted(roles))
	if a.Scope != nil {
		text += ", " + quote(a.Scope.Name)
	}
	return text + ")"
}

// callsFile writes a class with a method for each call.
func (g *generator) callsFile(m *module) {
	var uses []ir.Use
	for _, x := range g.served() {
		uses = append(uses, ir.Use{Type: x.Params}, answer(x))
	}
	m.lazy = true
	m.imports(imported{"abc", []string{"ABC", "abstractmethod"}}, imported{"collections.abc", []string{"Mapping", "Sequence"}},
		imported{"typing", []string{"Literal", "TypeVar"}})
	m.generated(imported{g.Wire, []string{"UNSET", "JsonObject", "JsonValue", "Method", "Unset"}},
		imported{".", []string{"methods"}}, g.typesOf(uses))
	m.Line(`_P = TypeVar("_P")`)
	m.Line(`_R = TypeVar("_R")`)
	m.Gap()
	m.Block("class Calls(ABC):", func() {
		m.doc("The calls, over whatever carries them. A timeout is in seconds: UNSET leaves it to the client, None waits for ever.")
		m.Blank()
		m.Line("@abstractmethod")
		m.Block("async def call(", func() {
			m.Line("self, method: Method[_P, _R], params: _P | None = None, *, timeout: float | Unset | None = UNSET")
		}, ") -> _R:")
		m.code.In(func() { m.doc("Call a method. Params that are None are an empty object.") })
		for _, x := range g.served() {
			m.Blank()
			g.callMethod(m, x)
		}
	}, "")
}

func (g *generator) callMethod(m *module, x *ir.Method) {
	params := g.names.types[x.Params]
	if !needsParams(x.Params) {
		params += " | None = None"
	}
	m.Block("async def "+g.names.methods[x]+"(", func() {
		m.Linef("self, params: %s, *, timeout: float | Unset | None = UNSET", params)
	}, ") -> "+g.resultType(answer(x))+":")
	m.code.In(func() {
		text := x.Doc
		if x.Accepted != nil {
			text += " It returns as soon as the server has taken the work on."
		}
		if x.NotOffered != "" {
			text += " Not offered by the reference server: " + x.NotOffered
		}
		m.doc(withDeprecation(text, x.Deprecated))
		m.Linef("return await self.call(methods.%s, params, timeout=timeout)", g.names.consts[x])
	})
}

// needsParams reports whether an empty object would not do.
func needsParams(t *ir.Type) bool {
	for _, f := range t.Fields {
		if f.Required {
			return true
		}
	}
	return len(t.Sets) > 0
}

// eventsFile writes the events.
func (g *generator) eventsFile(m *module) {
	var uses []ir.Use
	for _, e := range g.p.Events {
		uses = append(uses, ir.Use{Type: e.Payload})
	}
	m.lazy = true
	m.imports(imported{"collections.abc", []string{"Mapping", "Sequence"}}, imported{"typing", []string{"Any", "Final", "Literal"}})
	m.generated(imported{g.Wire, []string{"Access", "Codec", "Event", "JsonObject", "JsonValue", "codec_of"}},
		imported{".shapes", []string{"TABLE"}}, g.typesOf(uses))
	for _, e := range g.p.Events {
		m.Block(g.names.events[e]+": Final[Event["+g.pyType(e.Payload)+"]] = Event(", func() {
			m.Linef("name=%s,", quote(e.Wire))
			m.Linef("payload=%s,", g.codec(ir.Use{Type: e.Payload}))
			m.Linef("access=%s,", access(e.Access))
			if e.Broadcast {
				m.Line("broadcast=True,")
			}
			if e.Peer {
				m.Line("peer=True,")
			}
		}, ")")
		m.doc(withDeprecation(e.Doc, e.Deprecated))
		m.Blank()
	}
	var all []string
	for _, e := range g.p.Events {
		all = append(all, g.names.events[e])
	}
	m.Block("EVENTS: Final[Mapping[str, Event[Any]]] = {", func() {
		for _, name := range all {
			m.Linef("%s.name: %s,", name, name)
		}
	}, "}")
	m.doc("The events by their names.")
}
