package golang

import "github.com/dave/jennifer/jen"

func (g *generator) versionFile(f *jen.File) {
	f.Comment(doc("Generated code and package wire belong together. If the next line does not compile, run the generator and the wire package of the same release."))
	f.Const().Id("_").Op("=").Add(g.wire("Version1"))
	f.Line()
	f.Const().Defs(
		jen.Comment(doc("ProtocolName is what the schema calls itself.")),
		id("ProtocolName").Op("=").Lit(g.p.Name),
		jen.Comment(doc("ProtocolVersion is the version of the protocol that this code speaks.")),
		id("ProtocolVersion").Op("=").Lit(g.p.Version),
		jen.Comment(doc("MinProtocolVersion is the oldest version that it still speaks.")),
		id("MinProtocolVersion").Op("=").Lit(g.p.MinVersion),
		jen.Comment(doc("SchemaHash is the SHA-256, in hex, of the schema folder that this code was generated from.")),
		id("SchemaHash").Op("=").Lit(g.p.Hash),
		jen.Comment(doc("MaxPayloadBytes bounds a message from a client, unless configured otherwise.")),
		id("MaxPayloadBytes").Op("=").Lit(g.p.Limits.MaxPayloadBytes),
		jen.Comment(doc("MaxDepth bounds the nesting of a message.")),
		id("MaxDepth").Op("=").Lit(g.p.Limits.MaxDepth),
	)
}
