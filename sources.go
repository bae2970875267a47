// Package gatesmith holds files of this repository that its programs have in
// them: the hand-written sources of the clients, of which gatesmith vendor puts
// copies into other people's trees, and what the site of the reference is made
// of. It is in the root folder because files can be embedded from below only.
package gatesmith

import "embed"

// Sources are the runtimes of the clients in all languages, with their tests,
// and the licence that they are under. Paths are those of this repository.
//
//go:embed LICENSE client/*.go device/*.go protocol/wire/*.go client/typescript/lib
//go:embed client/python/src/gatesmith_client/*.py client/python/src/gatesmith_client/py.typed
//go:embed client/python/src/gatesmith_client/wire/*.py
var Sources embed.FS
