package skills

import (
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// SkillsUpdate writes settings of a skill into the configuration. A skill that is
// not there yet can be set up too.
func (s *Service) SkillsUpdate(ctx context.Context, p *protocol.SkillsUpdateParams) (*protocol.SkillsUpdateResult, error) {
	key := strings.TrimSpace(p.SkillKey)
	if key == "" || len(key) > maxName {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "skillKey has %d bytes: expected the key of a skill, as skills.status gives it, of 1 to %d", len(key), maxName)
	}
	entry := []byte{'{'}
	member := func(name string) {
		if entry[len(entry)-1] != '{' {
			entry = append(entry, ',')
		}
		entry = append(wire.AppendString(entry, name), ':')
	}
	text := func(name, value string) {
		member(name)
		if value = strings.TrimSpace(value); value == "" {
			entry = append(entry, "null"...) // takes it out
			return
		}
		entry = wire.AppendString(entry, value)
	}
	if p.Enabled.Set {
		member("enabled")
		if p.Enabled.V {
			entry = append(entry, "true"...)
		} else {
			entry = append(entry, "false"...)
		}
	}
	if p.APIKey.Set {
		text("apiKey", p.APIKey.V)
	}
	if len(p.Env) > 0 {
		member("env")
		entry = append(entry, '{')
		for name, value := range p.Env {
			if name = strings.TrimSpace(name); name == "" || strings.ContainsAny(name, "=\x00") {
				return nil, protocol.Errorf(protocol.CodeInvalidRequest, "env has the name %q: expected the name of an environment variable", name)
			}
			text(name, value)
		}
		entry = append(entry, '}')
	}
	entry = append(entry, '}')
	patch := wire.AppendString([]byte(`{"skills":{"entries":{`), key)
	patch = append(append(append(patch, ':'), entry...), "}}}"...)
	next, err := s.o.Settings.Patch(ctx, "skills.update", patch)
	if err != nil {
		return nil, err
	}
	is := next.Skills.V.Entries[key]
	settings := protocol.SkillSettings{Enabled: is.Enabled}
	if s.written(ctx, key, "apiKey") {
		settings.APIKey = is.APIKey
	}
	for name, value := range is.Env {
		if s.written(ctx, key, "env."+name) {
			if settings.Env == nil {
				settings.Env = make(map[string]string)
			}
			settings.Env[name] = value
		}
	}
	return &protocol.SkillsUpdateResult{SkillKey: key, Config: settings}, nil
}

// written reports whether the configuration itself has a text. What a reference in
// its place stands for is not shown.
func (s *Service) written(ctx context.Context, key, member string) bool {
	value, _ := s.o.Settings.Setting(ctx, "skills.entries."+key+"."+member)
	return len(value) > 0 && value[0] == '"'
}
