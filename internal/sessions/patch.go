package sessions

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// SessionsPatch changes the settings of a session.
func (s *Service) SessionsPatch(ctx context.Context, p *protocol.SessionsPatchParams) (*protocol.SessionsPatchResult, error) {
	c := &change{SessionsPatchParams: p}
	if name, ok := p.Model.Get(); ok && strings.TrimSpace(name) != "" {
		// Before the transaction: the catalogue may have to ask someone.
		c.model, c.modelErr = s.models.Find(ctx, strings.TrimSpace(name))
	}
	var sess *Session
	err := s.store.Write(ctx, func(tx *store.Tx) (err error) {
		if sess, err = s.opened(ctx, tx, p.Key); err != nil {
			return err
		}
		c.fallback, _ = s.models.Default(sess.AgentID)
		c.keys = s.keys()
		if err := c.apply(sess.Key, &sess.Entry); err != nil {
			return err
		}
		sess.Entry.UpdatedAt = s.nowMs()
		return s.save(ctx, tx, sess)
	})
	if err != nil {
		return nil, err
	}
	return &protocol.SessionsPatchResult{Path: s.path, Key: sess.Key, Entry: sess.Entry}, nil
}

// change is what sessions.patch asks for.
type change struct {
	*protocol.SessionsPatchParams
	keys     Keys
	fallback Model // what the session has that chooses none
	model    Model // what was asked for
	modelErr error
}

// apply makes the changes. After an error the record is not to be kept.
func (c *change) apply(key string, e *protocol.SessionEntry) error {
	for _, step := range steps {
		if err := step(c, key, e); err != nil {
			return err
		}
	}
	return nil
}

// steps stand in the order of the protocol's complaints.
var steps = []func(*change, string, *protocol.SessionEntry) error{
	(*change).spawned, (*change).label, (*change).levels, (*change).exec, (*change).chooseModel, (*change).fitThinking, (*change).rest,
}

// assign takes over a member as it is.
func assign[T any](to *wire.Opt[T], from wire.OptNull[T]) {
	if v, ok := from.Get(); ok {
		*to = wire.Some(v)
	} else if from.Set {
		*to = wire.Opt[T]{}
	}
}

func (c *change) spawned(key string, e *protocol.SessionEntry) error {
	parent, ok := c.SpawnedBy.Get()
	switch {
	case !c.SpawnedBy.Set:
	case !ok:
		if e.SpawnedBy.Set {
			return refuse("spawnedBy cannot be cleared once set")
		}
	default:
		if parent = c.keys.Canonical(parent); parent == "" {
			return refuse("invalid spawnedBy: empty")
		}
		if !isSubagent(key) {
			return refuse("spawnedBy is only supported for subagent:* sessions")
		}
		if e.SpawnedBy.Set && e.SpawnedBy.V != parent {
			return refuse("spawnedBy cannot be changed once set")
		}
		e.SpawnedBy = wire.Some(parent)
	}
	return nil
}

// maxLabel is how long a label can be, in characters.
const maxLabel = 64

func (c *change) label(_ string, e *protocol.SessionEntry) error {
	label, ok := c.Label.Get()
	if !ok {
		assign(&e.Label, c.Label)
		return nil
	}
	switch label = strings.TrimSpace(plain(label)); {
	case label == "":
		return refuse("invalid label: empty")
	case utf8.RuneCountInString(label) > maxLabel:
		return refuse("invalid label: too long (max %d)", maxLabel)
	}
	e.Label = wire.Some(label)
	return nil
}

func (c *change) levels(_ string, e *protocol.SessionEntry) error {
	return first(
		setLevel(&e.ThinkingLevel, c.ThinkingLevel, thinkingWords, "off", "invalid thinkingLevel (use "+thinkingLevelsOf(c.current(e))+")"),
		setLevel(&e.VerboseLevel, c.VerboseLevel, verboseWords, "", `invalid verboseLevel (use "on"|"off")`),
		setLevel(&e.ReasoningLevel, c.ReasoningLevel, reasoningWords, "off", `invalid reasoningLevel (use "on"|"off"|"stream")`),
		setLevel(&e.ResponseUsage, c.ResponseUsage, usageWords, "off", `invalid responseUsage (use "off"|"tokens"|"full")`),
		setLevel(&e.ElevatedLevel, c.ElevatedLevel, elevatedWords, "", `invalid elevatedLevel (use "on"|"off"|"ask"|"full")`),
	)
}

func (c *change) exec(_ string, e *protocol.SessionEntry) error {
	node, ok := c.ExecNode.Get()
	if ok {
		c.ExecNode.V = strings.TrimSpace(plain(node))
	}
	assign(&e.ExecNode, c.ExecNode)
	return first(
		setLevel(&e.ExecHost, c.ExecHost, execHosts, "", `invalid execHost (use "sandbox"|"gateway"|"node")`),
		setLevel(&e.ExecSecurity, c.ExecSecurity, execSecurities, "", `invalid execSecurity (use "deny"|"allowlist"|"full")`),
		setLevel(&e.ExecAsk, c.ExecAsk, execAsks, "", `invalid execAsk (use "off"|"on-miss"|"always")`),
		refuseIf(ok && c.ExecNode.V == "", "invalid execNode: empty"),
	)
}

// setLevel takes over a level by any of its words. The level that is kept as
// absent is the one called absent.
func setLevel[L, P ~string](to *wire.Opt[L], from wire.OptNull[P], w words, absent, complaint string) error {
	text, ok := from.Get()
	if !ok {
		if from.Set {
			*to = wire.Opt[L]{}
		}
		return nil
	}
	level, ok := w.level(string(text))
	if !ok {
		return refuse("%s", complaint)
	}
	if *to = wire.Some(L(level)); level == absent {
		*to = wire.Opt[L]{}
	}
	return nil
}

// current is the model that the session has as its record stands.
func (c *change) current(e *protocol.SessionEntry) Model {
	m := c.fallback
	if e.ModelOverride.Set {
		m = Model{Provider: cmp.Or(e.ProviderOverride.V, m.Provider), ID: e.ModelOverride.V}
	}
	return m
}

func (c *change) chooseModel(_ string, e *protocol.SessionEntry) error {
	name, ok := c.Model.Get()
	if !c.Model.Set {
		return nil
	}
	name = strings.TrimSpace(name)
	switch {
	case !ok:
		e.ModelOverride, e.ProviderOverride = wire.Opt[string]{}, wire.Opt[string]{}
		return nil
	case name == "":
		return refuse("invalid model: empty")
	case errors.Is(c.modelErr, ErrUnknownModel):
		return refuse("invalid model: %s", name)
	case errors.Is(c.modelErr, ErrModelNotAllowed):
		return refuse("model not allowed: %s/%s", c.model.Provider, c.model.ID)
	case c.modelErr != nil:
		return protocol.Errorf(protocol.CodeUnavailable, "model catalog unavailable")
	}
	e.ProviderOverride, e.ModelOverride = wire.Some(c.model.Provider), wire.Some(c.model.ID)
	if c.model.Provider == c.fallback.Provider && c.model.ID == c.fallback.ID {
		e.ProviderOverride, e.ModelOverride = wire.Opt[string]{}, wire.Opt[string]{}
	}
	return nil
}

// fitThinking sees to it that the model knows the level: the one that was asked
// for is refused, the one that was there gives way.
func (c *change) fitThinking(_ string, e *protocol.SessionEntry) error {
	m := c.current(e)
	if e.ThinkingLevel.V != protocol.ThinkingLevelXhigh || KnowsXHigh(m.Provider, m.ID) {
		return nil
	}
	if c.ThinkingLevel.Set {
		return refuse(`thinkingLevel "xhigh" is only supported for %s, %s or %s`, xhighModels[0], xhighModels[1], xhighModels[2])
	}
	e.ThinkingLevel.V = protocol.ThinkingLevelHigh
	return nil
}

func (c *change) rest(_ string, e *protocol.SessionEntry) error {
	assign(&e.SendPolicy, c.SendPolicy)
	assign(&e.GroupActivation, c.GroupActivation)
	return nil
}

// first gives the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func refuse(format string, args ...any) error {
	return protocol.Errorf(protocol.CodeInvalidRequest, format, args...)
}

func refuseIf(wrong bool, text string) error {
	if wrong {
		return refuse("%s", text)
	}
	return nil
}
