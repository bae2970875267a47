// Package schema holds the protocol as JSON Schema files: the only place where
// it is written down. The files are embedded, so that programs can serve and
// check against them.
package schema

import "embed"

// Files is the schema folder.
//
//go:embed protocol.json frames types methods events config meta
var Files embed.FS
