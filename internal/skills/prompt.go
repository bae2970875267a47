package skills

import (
	"context"
	"fmt"
	"strings"
)

// maxPrompt bounds what a prompt says of skills, in bytes.
const maxPrompt = 24 << 10

// Prompt is what the system prompt of an agent says of its skills; "" where it
// can use none.
func (s *Service) Prompt(ctx context.Context, workspace string) string {
	var b strings.Builder
	left := 0
	for _, k := range s.find(workspace) {
		if !s.status(ctx, k).Eligible {
			continue
		}
		entry := fmt.Sprintf("- %s: %s (%s)\n", k.Name, k.Description, k.file())
		if b.Len()+len(entry) > maxPrompt {
			left++
			continue
		}
		b.WriteString(entry)
	}
	if b.Len() == 0 {
		return ""
	}
	text := "# Skills\n\nA skill tells how to do something. When a request is about what one of these is for, read its SKILL.md first, with the tool skill_read, and do as it says.\n\n" + b.String()
	if left > 0 {
		text += fmt.Sprintf("\n%d more skills are not listed here.\n", left)
	}
	return text
}
