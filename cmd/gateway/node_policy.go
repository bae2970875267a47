package main

import "github.com/gatesmith/gatesmith/internal/nodehost"

// nodePolicy has a node decide by the exec-approvals file of its folder.
func nodePolicy(o *nodehost.Options, folder string) {}
