package tools

import (
	"context"
	"encoding/json"

	"github.com/gatesmith/gatesmith/internal/agent"
)

// Skills gives the files of skills that an agent can use.
type Skills interface {
	Read(ctx context.Context, agentID, skill, file string) (string, error)
}

// SkillTools are the tools about skills.
func SkillTools(s Skills) []Tool {
	return []Tool{{
		Name: "skill_read", Open: true,
		Description: "Gives the text of a skill, which tells how to do what the skill is for.",
		Schema:      json.RawMessage(`{"type":"object","additionalProperties":false,"required":["skill"],"properties":{"skill":{"type":"string","minLength":1,"description":"Name of the skill."},"file":{"type":"string","description":"Another file in the skill's folder, such as one that SKILL.md names; SKILL.md by default."}}}`),
		Call: func(ctx context.Context, c *agent.Caller, args json.RawMessage) (*agent.ToolOutput, error) {
			var in struct{ Skill, File string }
			if err := read(args, &in); err != nil {
				return nil, err
			}
			text, err := s.Read(ctx, c.AgentID, in.Skill, in.File)
			if err != nil {
				return nil, err
			}
			return &agent.ToolOutput{Text: text, Meta: in.Skill}, nil
		},
	}}
}
