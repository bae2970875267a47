package typescript

import (
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// answer is what a call gives: the early answer of a method that has one. How
// such a call ends, an event tells.
func answer(m *ir.Method) ir.Use {
	if m.Accepted != nil {
		return ir.Use{Type: m.Accepted}
	}
	return m.Result
}

// methodDoc describes a method.
func methodDoc(m *ir.Method) string {
	text := m.Doc
	if m.Accepted != nil {
		text += " It returns as soon as the server has taken the work on."
	}
	return text
}

// methodsModule declares what a client has to know of each method: a call is
// made of it.
func (g *generator) methodsModule(p *emit.Printer) {
	p.Line(`import * as types from "./types.js";`)
	for _, m := range g.calls() {
		p.Blank()
		parts := []string{"name: " + quote(m.Wire), "result: " + g.placeOf(answer(m))}
		parts = append(parts, g.accessParts(m.Access)...)
		if m.Effect == ir.EffectWrite {
			parts = append(parts, "writes: true")
		}
		if m.Idempotency.Retryable() {
			parts = append(parts, "repeatable: true")
		}
		if m.Idempotency.Key != "" {
			parts = append(parts, "key: "+quote(m.Idempotency.Key))
		}
		if m.Wait.Blocks {
			parts = append(parts, "blocks: true")
		}
		if m.Wait.Member != "" {
			parts = append(parts, "wait: "+quote(m.Wait.Member))
		}
		if len(m.Aliases) > 0 {
			var names []string
			for _, a := range m.Aliases {
				names = append(names, a.Name)
			}
			parts = append(parts, "aliases: ["+quoted(names)+"]")
		}
		object(p, "export const "+g.methodName(m)+" = ", parts)
	}
}

// accessParts say who may: the roles, and for scoped roles the scope.
func (g *generator) accessParts(a ir.Access) []string {
	var roles []string
	for _, r := range a.Roles {
		roles = append(roles, r.Name)
	}
	parts := []string{"roles: [" + quoted(roles) + "]"}
	if a.Scope != nil {
		parts = append(parts, "scope: "+quote(a.Scope.Name))
	}
	return parts
}

// object writes a constant object, a part a line.
func object(p *emit.Printer, open string, parts []string) {
	p.Block(open+"{", func() {
		for _, part := range parts {
			p.Line(part + ",")
		}
	}, "};")
}

func (g *generator) methodsDeclarations(p *emit.Printer) {
	g.importTypes(p)
	for _, m := range g.calls() {
		p.Blank()
		comment(p, methodDoc(m), methodTags(m)...)
		p.Linef("export declare const %s: wire.Method<%s, %s>;", g.methodName(m), g.ref(m.Params, "types."), g.use(answer(m), "types."))
	}
}

func (g *generator) importTypes(p *emit.Printer) {
	p.Linef("import type * as wire from %s;", quote(g.Wire))
	p.Line(`import type * as types from "./types.js";`)
}

// eventsModule declares what a client has to know of each event.
func (g *generator) eventsModule(p *emit.Printer) {
	p.Line(`import * as types from "./types.js";`)
	for _, e := range g.p.Events {
		p.Blank()
		parts := []string{"name: " + quote(e.Wire), "payload: " + g.placeOf(ir.Use{Type: e.Payload})}
		object(p, "export const "+g.eventName(e)+" = ", append(parts, g.accessParts(e.Access)...))
	}
}

func (g *generator) eventsDeclarations(p *emit.Printer) {
	g.importTypes(p)
	for _, e := range g.p.Events {
		p.Blank()
		comment(p, e.Doc, metaTags(e.Meta)...)
		p.Linef("export declare const %s: wire.Event<%s>;", g.eventName(e), g.ref(e.Payload, "types."))
	}
}

// tablesModule finds methods and events by their names.
func (g *generator) tablesModule(p *emit.Printer) {
	p.Line(`import * as calls from "./methods.js";`)
	p.Line(`import * as pushed from "./events.js";`)
	p.Blank()
	p.Block("export const methods = {", func() {
		for _, m := range g.calls() {
			p.Linef("%s: calls.%s,", quote(m.Wire), g.methodName(m))
		}
	}, "};")
	p.Blank()
	p.Block("export const aliases = {", func() {
		for _, m := range g.calls() {
			for _, a := range m.Aliases {
				p.Linef("%s: %s,", quote(a.Name), quote(m.Wire))
			}
		}
	}, "};")
	p.Blank()
	p.Block("export const events = {", func() {
		for _, e := range g.p.Events {
			p.Linef("%s: pushed.%s,", quote(e.Wire), g.eventName(e))
		}
	}, "};")
}

func (g *generator) tablesDeclarations(p *emit.Printer) {
	g.importTypes(p)
	p.Blank()
	comment(p, "What each method takes and gives, by its name.")
	p.Block("export interface Calls {", func() {
		for _, m := range g.calls() {
			p.Linef("readonly %s: { readonly params: %s; readonly result: %s };", quote(m.Wire), g.ref(m.Params, "types."), g.use(answer(m), "types."))
		}
	}, "}")
	p.Blank()
	comment(p, "The payload of each event, by its name.")
	p.Block("export interface Payloads {", func() {
		for _, e := range g.p.Events {
			p.Linef("readonly %s: %s;", quote(e.Wire), g.ref(e.Payload, "types."))
		}
	}, "}")
	p.Blank()
	comment(p, "The methods by their names. A program that needs only some is smaller with those of methods.js.")
	p.Line(`export declare const methods: { readonly [N in keyof Calls]: wire.Method<Calls[N]["params"], Calls[N]["result"]> };`)
	p.Blank()
	comment(p, "Other names of methods, and the methods' own.")
	p.Line("export declare const aliases: { readonly [alias: string]: keyof Calls };")
	p.Blank()
	comment(p, "The events by their names.")
	p.Line("export declare const events: { readonly [N in keyof Payloads]: wire.Event<Payloads[N]> };")
}

// mayOmit reports whether a call makes sense without params.
func mayOmit(t *ir.Type) bool {
	for _, f := range t.Fields {
		if f.Required {
			return false
		}
	}
	return len(t.Sets) == 0
}

// clientModule declares the client: a method for each call.
func (g *generator) clientModule(p *emit.Printer) {
	p.Linef("import { Connection } from %s;", quote(g.Base))
	p.Line(`import * as calls from "./methods.js";`)
	p.Line(`import * as tables from "./tables.js";`)
	p.Blank()
	p.Block("export class Client extends Connection {", func() {
		p.Block("get tables() {", func() { p.Line("return tables;") }, "}")
		for _, m := range g.calls() {
			p.Blank()
			p.Block(g.methodName(m)+"(params, options) {", func() {
				p.Linef("return this.call(calls.%s, params, options);", g.methodName(m))
			}, "}")
		}
	}, "}")
}

func (g *generator) clientDeclarations(p *emit.Printer) {
	p.Linef("import { Connection } from %s;", quote(g.Base))
	p.Linef("import type { CallOptions } from %s;", quote(g.Base))
	p.Line(`import type * as types from "./types.js";`)
	p.Line(`import type { Calls, Payloads } from "./tables.js";`)
	p.Blank()
	title := g.p.Title
	if title == "" {
		title = g.p.Name
	}
	comment(p, title+": a client with a method for each call.")
	p.Block("export declare class Client extends Connection<Calls, Payloads> {", func() {
		for k, m := range g.calls() {
			if k > 0 {
				p.Blank()
			}
			comment(p, methodDoc(m), methodTags(m)...)
			optional := ""
			if mayOmit(m.Params) {
				optional = "?"
			}
			p.Linef("%s(params%s: %s, options?: CallOptions): Promise<%s>;", g.methodName(m), optional, g.ref(m.Params, "types."), g.use(answer(m), "types."))
		}
	}, "}")
}

// strings of the manifest as a union of literals; none is never.
func wordUnion(words []string) string {
	if len(words) == 0 {
		return "never"
	}
	return strings.ReplaceAll(quoted(words), ", ", " | ")
}
