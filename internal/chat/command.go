package chat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// command is a message that the gateway answers itself.
type command struct {
	name, argument string
	*commandInfo
}

// commandInfo is a command there is.
type commandInfo struct {
	usage string
	help  string
	words bool // what stands behind it is a message of its own
	// reads is set where nothing is changed, so that the right to read is enough.
	reads bool
	run   func(ctx context.Context, s *Service, req *agent.Request, argument string) (string, error)
}

// commands are the commands by their names. help is added below: it lists them.
var commands = map[string]*commandInfo{
	"new":       {usage: "/new [message]", help: "starts the session anew", words: true, run: renew},
	"status":    {usage: "/status", help: "tells about the session", reads: true, run: status},
	"model":     {usage: "/model [name | default]", help: "tells or changes the session's model", run: model},
	"think":     {usage: "/think [level | default]", help: "tells or changes how much the model reasons", run: setting("thinkingLevel", thinkingOf)},
	"verbose":   {usage: "/verbose [on | off | full | default]", help: "whether events tell of tools", run: setting("verboseLevel", verboseOf)},
	"reasoning": {usage: "/reasoning [on | off | stream | default]", help: "whether replies show the reasoning", run: setting("reasoningLevel", reasoningOf)},
	"usage":     {usage: "/usage [off | tokens | full]", help: "what replies say about their cost", run: setting("responseUsage", usageOf)},
}

// order is how /help lists them.
var order = []string{"new", "status", "model", "think", "verbose", "reasoning", "usage", "help"}

func init() {
	commands["help"] = &commandInfo{usage: "/help", help: "lists these commands", reads: true, run: help}
	commands["reset"] = commands["new"]
	commands["commands"] = commands["help"]
}

// parseCommand reads a message as a command. Other messages that begin with a
// slash are for the agent. The rest is a message that follows the command.
func parseCommand(text string) (c command, rest string, ok bool) {
	word, argument, _ := strings.Cut(text, " ")
	name, slash := strings.CutPrefix(strings.ToLower(word), "/")
	info := commands[name]
	if !slash || info == nil || strings.ContainsAny(word, "\n") {
		return command{}, "", false
	}
	argument = strings.TrimSpace(argument)
	c = command{name: name, argument: argument, commandInfo: info}
	if info.words {
		return c, argument, true
	}
	return c, "", true
}

func (c command) do(ctx context.Context, s *Service, req *agent.Request) (string, error) {
	return c.run(ctx, s, req, c.argument)
}

// missing names the scope that a command needs and a message's sender does not
// have, or "". Commands do what methods do, and want the same rights.
func (c command) missing(req *agent.Request) string {
	stands := protocol.MethodSessionsPatch
	if c.reads {
		stands = protocol.MethodSessionsList
	}
	if d := protocol.AllowMethod(stands, protocol.GrantOf(protocol.RoleOperator, req.Source.Scopes)); d != nil {
		return d.Scope.String()
	}
	return ""
}

func help(context.Context, *Service, *agent.Request, string) (string, error) {
	var b strings.Builder
	for _, name := range order {
		fmt.Fprintf(&b, "%s: %s\n", commands[name].usage, commands[name].help)
	}
	b.WriteString("/stop: stops what goes on")
	return b.String(), nil
}

func renew(ctx context.Context, s *Service, req *agent.Request, _ string) (string, error) {
	_, err := s.sessions.SessionsReset(ctx, &protocol.SessionsResetParams{Key: protocol.SessionKey(req.Session)})
	return "A new session has begun.", err
}

// entry is the session's record; empty when there is none yet.
func (s *Service) entry(ctx context.Context, key string) (e protocol.SessionEntry, err error) {
	err = s.store.Read(ctx, func(q store.Querier) error {
		sess, err := s.sessions.Get(ctx, q, key)
		if sess != nil {
			e = sess.Entry
		}
		return err
	})
	return e, err
}

func status(ctx context.Context, s *Service, req *agent.Request, _ string) (string, error) {
	e, err := s.entry(ctx, req.Session)
	if err != nil {
		return "", err
	}
	if e.SessionID == "" {
		return "Session " + req.Session + ": nothing was said yet.", nil
	}
	lines := []string{fmt.Sprintf("Session: %s, last used %s ago", req.Session, s.now().Sub(time.UnixMilli(int64(e.UpdatedAt))).Round(time.Second))}
	if e.Model.Set {
		lines = append(lines, "Model: "+e.ModelProvider.V+"/"+e.Model.V)
	}
	if e.TotalTokens.Set && e.ContextTokens.V > 0 {
		lines = append(lines, fmt.Sprintf("Context: %d of %d tokens (%d %%), summarised %d times", e.TotalTokens.V, e.ContextTokens.V, e.TotalTokens.V*100/e.ContextTokens.V, e.CompactionCount.V))
	}
	lines = append(lines, "Thinking: "+orDefault(thinkingOf(&e))+", verbose: "+orDefault(verboseOf(&e))+", usage: "+orDefault(usageOf(&e)))
	return strings.Join(lines, "\n"), nil
}

func orDefault(value string) string {
	if value == "" {
		return "default"
	}
	return value
}

func thinkingOf(e *protocol.SessionEntry) string  { return string(e.ThinkingLevel.V) }
func verboseOf(e *protocol.SessionEntry) string   { return string(e.VerboseLevel.V) }
func reasoningOf(e *protocol.SessionEntry) string { return string(e.ReasoningLevel.V) }
func usageOf(e *protocol.SessionEntry) string     { return string(e.ResponseUsage.V) }

// setting is a command that tells or changes one setting of the session.
func setting(member string, of func(*protocol.SessionEntry) string) func(context.Context, *Service, *agent.Request, string) (string, error) {
	return func(ctx context.Context, s *Service, req *agent.Request, argument string) (string, error) {
		if argument == "" {
			e, err := s.entry(ctx, req.Session)
			return member + " is " + orDefault(of(&e)) + ".", err
		}
		p := &protocol.SessionsPatchParams{Key: protocol.SessionKey(req.Session)}
		set := wire.SomeOrNull(argument)
		if argument == "default" {
			set = wire.ExplicitNull[string]()
		}
		switch member {
		case "thinkingLevel":
			p.ThinkingLevel = set
		case "verboseLevel":
			p.VerboseLevel = set
		case "reasoningLevel":
			p.ReasoningLevel = set
		case "responseUsage":
			p.ResponseUsage = wire.OptNull[protocol.SessionsPatchParamsResponseUsage]{V: protocol.SessionsPatchParamsResponseUsage(set.V), Set: true, IsNil: set.IsNil}
		}
		return patched(s.sessions.SessionsPatch(ctx, p))(member + " is " + argument + " now.")
	}
}

func model(ctx context.Context, s *Service, req *agent.Request, argument string) (string, error) {
	if argument == "" {
		e, err := s.entry(ctx, req.Session)
		chosen := e.ModelOverride.V
		if chosen != "" && e.ProviderOverride.V != "" {
			chosen = e.ProviderOverride.V + "/" + chosen
		}
		return "The model is " + orDefault(chosen) + ".", err
	}
	set := wire.SomeOrNull(argument)
	if argument == "default" {
		set = wire.ExplicitNull[string]()
	}
	return patched(s.sessions.SessionsPatch(ctx, &protocol.SessionsPatchParams{Key: protocol.SessionKey(req.Session), Model: set}))("The model is " + argument + " now.")
}

// patched words the outcome of a change: what is wrong with it is the answer.
func patched(_ *protocol.SessionsPatchResult, err error) func(done string) (string, error) {
	return func(done string) (string, error) {
		var refused *protocol.Error
		if errors.As(err, &refused) && refused.Code == protocol.CodeInvalidRequest {
			return refused.Message, nil
		}
		return done, err
	}
}
