// Package docs holds what the gateway serves of the documentation as it is: the
// schema that gatesmith makes of the schema folder.
package docs

import _ "embed" // for the file below

// Schema is the protocol as one JSON Schema, draft 2020-12.
//
//go:embed schema/gateway.schema.json
var Schema []byte
