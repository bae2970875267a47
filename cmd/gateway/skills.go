package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
)

func skillsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "skills",
		Short: "Lists skills and what they need, and installs that",
		Long: `Lists the skills of the default agent and what they need, and installs that.

A skill is a folder with a file SKILL.md, in the folder skills of the state folder
or of the agent's workspace.`,
	}
	chooses(cmd)
	cmd.AddCommand(skillsListCommand(), skillsInfoCommand(), skillsInstallCommand())
	return cmd
}

func skillsListCommand() *cobra.Command {
	var eligible bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Lists skills and whether the agent can use them",
		Example: examples("gateway skills list", "gateway skills list --eligible --json"),
		Args:    noArgs,
	}
	asks(cmd, func(ctx context.Context, c *conversation, _ []string) error {
		res, err := c.gateway.SkillsStatus(ctx, &protocol.SkillsStatusParams{})
		if err != nil {
			return err
		}
		if eligible {
			kept := []protocol.SkillStatus{}
			for _, s := range res.Skills {
				if s.Eligible {
					kept = append(kept, s)
				}
			}
			res.Skills = kept
		}
		if c.screen.JSON {
			return c.screen.Raw(res.AppendJSON(nil))
		}
		if len(res.Skills) == 0 {
			c.screen.Line("There is no such skill.")
			return nil
		}
		t := c.screen.Table("skill", "state", "from", "what it is for")
		for i := range res.Skills {
			s := &res.Skills[i]
			t.Row(screen.Styled(screen.Strong, s.Name), skillState(s), skillSource(s), brief(s.Description, 60))
		}
		t.Print()
		return nil
	})
	cmd.Flags().BoolVar(&eligible, "eligible", false, "only those that the agent can use")
	return cmd
}

// skillState says in a word whether a skill can be used.
func skillState(s *protocol.SkillStatus) string {
	switch {
	case s.Eligible:
		return "ready"
	case s.Disabled:
		return "disabled"
	case s.BlockedByAllowlist:
		return "blocked"
	}
	return "missing " + strings.Join(skillLacks(s), ", ")
}

// skillLacks names what a skill misses.
func skillLacks(s *protocol.SkillStatus) []string {
	m := &s.Missing
	lacks := append([]string{}, m.Bins...)
	if len(m.AnyBins) > 0 {
		lacks = append(lacks, strings.Join(m.AnyBins, " or "))
	}
	for _, name := range m.Env {
		lacks = append(lacks, "$"+name)
	}
	lacks = append(lacks, m.Config...)
	if len(m.Os) > 0 {
		lacks = append(lacks, strings.Join(m.Os, " or "))
	}
	return lacks
}

// skillSource is where a skill comes from: bundled, managed or workspace.
func skillSource(s *protocol.SkillStatus) string { return strings.TrimPrefix(s.Source, "gatesmith-") }

func skillsInfoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "info SKILL",
		Short:   "Tells all that is known of a skill",
		Example: examples("gateway skills info skill-writing"),
		Args:    takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		s, err := c.findSkill(ctx, args[0])
		switch {
		case err != nil:
			return err
		case c.screen.JSON:
			return c.screen.Raw(s.AppendJSON(nil))
		}
		c.skill(s)
		return nil
	})
	return cmd
}

// findSkill gives a skill by its name or key.
func (c *conversation) findSkill(ctx context.Context, name string) (*protocol.SkillStatus, error) {
	res, err := c.gateway.SkillsStatus(ctx, &protocol.SkillsStatusParams{})
	if err != nil {
		return nil, err
	}
	for i := range res.Skills {
		if s := &res.Skills[i]; s.Name == name || s.SkillKey == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("there is no skill %q: gateway skills list shows those there are; the gateway's log says why one is left out", name)
}

func (c *conversation) skill(s *protocol.SkillStatus) {
	c.screen.Line("%s", strings.TrimSpace(screen.Clean(s.Emoji.V)+" "+c.screen.Paint(screen.Strong, s.Name)))
	c.screen.Line("%s", screen.Clean(s.Description))
	t := c.screen.Table()
	row := func(name string, values ...string) {
		if text := strings.Join(values, ", "); text != "" {
			t.Row(name, text)
		}
	}
	row("state", skillState(s))
	row("from", skillSource(s))
	row("file", s.FilePath)
	row("web page", s.Homepage.V)
	row("settings", "skills.entries."+s.SkillKey)
	row("API key is", s.PrimaryEnv.V)
	r := &s.Requirements
	row("programs", r.Bins...)
	row("one of", r.AnyBins...)
	row("variables", r.Env...)
	row("needs set", r.Config...)
	row("runs on", r.Os...)
	for _, o := range s.Install {
		row("install", o.ID+": "+o.Label)
	}
	t.Print()
}
