// Package docs holds the documentation that the gateway serves: the reference
// and the schema that gatesmith makes of the schema folder.
package docs

import "embed"

// Reference is the folder reference: Markdown, beginning with index.md.
//
//go:embed reference
var Reference embed.FS

// Schema is the protocol as one JSON Schema, draft 2020-12.
//
//go:embed schema/gateway.schema.json
var Schema []byte
