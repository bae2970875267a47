package skills

import (
	"context"
	"slices"

	"github.com/gatesmith/gatesmith/protocol"
)

// SkillsBins lists the programs of all skills of all agents, whether or not they
// are there: a node asks what it may run on its own machine.
func (s *Service) SkillsBins(context.Context, *protocol.SkillsBinsParams) (*protocol.SkillsBinsResult, error) {
	bins := []string{}
	workspaces := slices.Clone(s.o.Workspaces())
	slices.Sort(workspaces)
	for _, workspace := range slices.Compact(workspaces) {
		for _, k := range s.find(workspace) {
			bins = append(append(bins, k.Requires.Bins...), k.Requires.AnyBins...)
			for _, i := range k.Install {
				bins = append(bins, i.Bins...)
			}
		}
	}
	slices.Sort(bins)
	return &protocol.SkillsBinsResult{Bins: slices.Compact(bins)}, nil
}
