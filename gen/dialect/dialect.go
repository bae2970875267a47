// Package dialect knows where schemas stand in a schema file, and where values
// stand that only look like schemas: a default or an example may well have a
// member called $ref. It does not check anything; that is lower's work.
//
//	dialect.Walk(file.Root, func(schema *source.Node) { … schema.Get("$ref") … })
package dialect

import "github.com/gatesmith/gatesmith/gen/source"

// Draft2020 is the JSON Schema draft that schema files are written in.
const Draft2020 = "https://json-schema.org/draft/2020-12/schema"

// ManifestFile is the one file of a tree that is no schema.
const ManifestFile = "protocol.json"

// Holds is what stands under a keyword.
type Holds uint8

// What a keyword's value can be.
const (
	Data    Holds = iota // anything else: a name, a limit, a list of values, instance data
	Schema               // a schema
	Schemas              // a list of schemas
	Named                // schemas by name
	Forms                // x-dialects: names and payload schemas by dialect
	Errors               // x-errors: a list whose entries may have a schema of details
)

// Of tells what stands under a keyword of a schema.
func Of(keyword string) Holds {
	switch keyword {
	case "items", "additionalProperties", "contentSchema":
		return Schema
	case "allOf", "anyOf", "oneOf":
		return Schemas
	case "properties", "$defs":
		return Named
	case "x-dialects":
		return Forms
	case "x-errors":
		return Errors
	}
	return Data
}

// Walk calls f for the schema n and for every schema within, parents first and
// in source order. What is no object is passed over: booleans under
// additionalProperties, and mistakes that lower reports.
func Walk(n *source.Node, f func(*source.Node)) {
	if n == nil || n.Kind != source.Object {
		return
	}
	f(n)
	for _, m := range n.Members {
		switch Of(m.Key) {
		case Schema:
			Walk(m.Value, f)
		case Schemas:
			for _, branch := range m.Value.Items {
				Walk(branch, f)
			}
		case Named:
			for _, entry := range m.Value.Members {
				Walk(entry.Value, f)
			}
		case Forms:
			for _, form := range m.Value.Members {
				Walk(form.Value.Get("payload"), f)
			}
		case Errors:
			for _, entry := range m.Value.Items {
				Walk(entry.Get("details"), f)
			}
		}
	}
}
