package typescript

import (
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// protocolModule holds what the manifest says: versions, limits, roles, scopes
// and error codes.
func (g *generator) protocolModule(p *emit.Printer) {
	p.Linef("export const protocolName = %s;", quote(g.p.Name))
	p.Linef("export const protocolVersion = %d;", g.p.Version)
	p.Linef("export const minProtocolVersion = %d;", g.p.MinVersion)
	p.Linef("export const schemaHash = %s;", quote(g.p.Hash))
	p.Linef("export const maxPayloadBytes = %d;", g.p.Limits.MaxPayloadBytes)
	p.Linef("export const maxDepth = %d;", g.p.Limits.MaxDepth)
	p.Blank()
	p.Block("export const roles = {", func() {
		for _, r := range g.p.Roles {
			p.Linef("%s: { scoped: %t },", quote(r.Name), r.Scoped)
		}
	}, "};")
	p.Blank()
	p.Block("export const scopes = {", func() {
		for _, s := range g.p.Scopes {
			p.Linef("%s: { role: %s, implies: [%s] },", quote(s.Name), quote(s.Role.Name), quoted(implied(s)))
		}
	}, "};")
	p.Blank()
	p.Block("export const errorCodes = {", func() {
		for _, e := range g.p.Errors {
			p.Linef("%s: { retryable: %t },", quote(e.Name), e.Retryable)
		}
	}, "};")
}

func implied(s *ir.Scope) []string {
	var names []string
	for _, x := range s.Implies {
		names = append(names, x.Name)
	}
	return names
}

func (g *generator) protocolDeclarations(p *emit.Printer) {
	constant := func(name, typ, text string) {
		comment(p, text)
		p.Linef("export declare const %s: %s;", name, typ)
	}
	constant("protocolName", quote(g.p.Name), "What the schema calls itself.")
	constant("protocolVersion", "number", "The version of the protocol that this code speaks.")
	constant("minProtocolVersion", "number", "The oldest version that it still speaks.")
	constant("schemaHash", "string", "The SHA-256, in hex, of the schema folder that this code was generated from.")
	constant("maxPayloadBytes", "number", "Bounds a message from a client, unless configured otherwise.")
	constant("maxDepth", "number", "Bounds the nesting of a message.")
	p.Blank()
	comment(p, "What a connection is.")
	p.Linef("export type Role = %s;", wordUnion(g.p.RoleNames()))
	comment(p, "The roles. Those that are scoped are further limited by scopes.")
	p.Line("export declare const roles: { readonly [R in Role]: { readonly scoped: boolean } };")
	p.Blank()
	comment(p, "A right of a scoped role.")
	p.Linef("export type Scope = %s;", wordUnion(g.p.ScopeNames()))
	comment(p, "The scopes, each with all that holding it grants besides.")
	p.Line("export declare const scopes: { readonly [S in Scope]: { readonly role: Role; readonly implies: readonly Scope[] } };")
	p.Blank()
	var codes []string
	for _, e := range g.p.Errors {
		codes = append(codes, e.Name)
	}
	comment(p, "A code of the protocol's errors.")
	p.Linef("export type ErrorCode = %s;", wordUnion(codes))
	p.Blank()
	comment(p, "The codes of errors, and whether a call that failed with one may succeed when it is repeated.")
	p.Block("export declare const errorCodes: {", func() {
		for _, e := range g.p.Errors {
			comment(p, e.Doc)
			p.Linef("readonly %s: { readonly retryable: boolean };", quote(e.Name))
		}
	}, "};")
}
