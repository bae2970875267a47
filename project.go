package gatesmith

import "embed"

// Project is the configuration of gatesmith for this repository with the
// documents that it puts into the site of the reference, which the gateway makes
// of them. Paths are those of this repository.
//
//go:embed gatesmith.json CHANGELOG.md docs/*.md docs/clients/*.md
var Project embed.FS
