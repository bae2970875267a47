package wizard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/protocol"
)

// mainAgent is the agent that is there without any configuration.
const mainAgent = "main"

var listKey = []string{"agents", "list"}

// standard finds the agent that calls mean which name none: -1 where none is
// configured.
func standard(list []protocol.AgentEntryConfig) int {
	if len(list) == 0 {
		return -1
	}
	return max(0, slices.IndexFunc(list, func(e protocol.AgentEntryConfig) bool { return e.Default.V }))
}

// entry is the default agent as it is configured; without any it is empty.
func (x *script) entry() protocol.AgentEntryConfig {
	list := x.now.Config.Agents.V.List
	if k := standard(list); k >= 0 {
		return list[k]
	}
	return protocol.AgentEntryConfig{ID: mainAgent}
}

// agent asks who the assistant is.
func (x *script) agent(ctx context.Context) error {
	is := x.entry().Identity.V
	if x.keep && is.Name.V != "" {
		return nil
	}
	questions := []struct {
		member, was string
		Question
	}{
		{"name", is.Name.V, Question{Name: "agent-name", Title: "The assistant", Text: "What is it called?", Sample: "Assistant"}},
		{"theme", is.Theme.V, Question{Name: "agent-theme", Text: "What is it like, in a few words? It is told so. May be empty.", Sample: "a calm librarian"}},
		{"emoji", is.Emoji.V, Question{Name: "agent-emoji", Text: "An emoji that stands for it. May be empty.", Sample: "🦉"}},
	}
	for _, q := range questions {
		q.Initial = q.was
		q.Check = func(text string) string { return x.wrongIdentity(q.member, text) }
		text, err := x.ask.Line(ctx, q.Question)
		if err != nil {
			return err
		}
		key := identityKey(q.member)
		if text == q.was {
			x.draft.drop(key)
			continue
		}
		x.draft.put(edit{key: key, value: text, apply: entryEdit("identity", q.member, text)})
		if text == "" {
			x.draft.put(edit{key: key, value: "removed", apply: entryEdit("identity", q.member, nil)})
		}
	}
	return nil
}

func identityKey(member string) string { return "agents.list[].identity." + member }

// wrongIdentity says what is wrong with a part of the identity.
func (x *script) wrongIdentity(member, text string) string {
	if member == "emoji" && len([]rune(text)) > 8 {
		return "One emoji is expected."
	}
	tried, err := entryEdit("identity", member, text)(x.text)
	if err != nil {
		return err.Error()
	}
	next, _ := x.understood(tried)
	for _, p := range next.Problems {
		if strings.HasSuffix(p.Key, ".identity."+member) {
			return p.Message
		}
	}
	return ""
}

// entryEdit changes the default agent's entry in whatever a text says of agents;
// nil takes the member away. The list is replaced by one that is the same but for
// that.
func entryEdit(section, member string, value any) func(text []byte) ([]byte, error) {
	return func(text []byte) ([]byte, error) {
		list, err := entries(text)
		if err != nil {
			return nil, err
		}
		var agents []protocol.AgentEntryConfig
		for _, raw := range list {
			var e protocol.AgentEntryConfig
			if err := json.Unmarshal(raw, &e); err != nil {
				return nil, fmt.Errorf("agents.list: %w", err)
			}
			agents = append(agents, e)
		}
		k := standard(agents)
		if k < 0 {
			id, _ := json.Marshal(mainAgent)
			list, k = []json.RawMessage{[]byte(`{"id":` + string(id) + `}`)}, 0
		}
		written, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		names := []string{section, member}
		if section == "" {
			names = names[1:]
		}
		if list[k], err = config.Merge(list[k], config.PatchOf(names, written)); err != nil {
			return nil, err
		}
		whole, err := json.Marshal(list)
		if err != nil {
			return nil, err
		}
		return config.Merge(text, config.PatchOf(listKey, whole))
	}
}

// entries are the agents that a text lists, as JSON.
func entries(text []byte) ([]json.RawMessage, error) {
	if len(text) == 0 {
		return nil, nil // there is no file yet
	}
	l, _ := config.Load(config.Sources{Text: text}) // as far as it can be read
	var of struct {
		Agents struct{ List []json.RawMessage }
	}
	if parsed := l.Parsed(); parsed == nil {
		return nil, errors.New("the configuration is not JSON5 any more")
	} else if err := json.Unmarshal(parsed, &of); err != nil {
		return nil, fmt.Errorf("agents.list: %w", err)
	}
	return of.Agents.List, nil
}

var workspaceKey = []string{"agents", "defaults", "workspace"}

// place asks for the folder that the assistant works in. It is made at the end.
func (x *script) place(ctx context.Context) error {
	was := x.o.Workspace(x.now.Config)
	own := x.entry().Workspace.Set
	folder := x.workspace
	if folder == "" {
		if x.quick || x.has(workspaceKey...) || x.keep && own {
			return nil
		}
		var err error
		folder, err = x.ask.Line(ctx, x.askPlace(was, ""))
		if err != nil {
			return err
		}
	} else if wrong := wrongFolder(folder); wrong != "" {
		var err error
		if folder, err = x.ask.Line(ctx, x.askPlace(was, wrong)); err != nil {
			return err
		}
	}
	x.workspace = ""
	x.settle(folder, was, own)
	return nil
}

func (x *script) askPlace(was, wrong string) Question {
	return Question{Name: "workspace", Title: "Workspace", Text: "Folder that the assistant works in, with its notes", Initial: was, Check: wrongFolder, Wrong: wrong}
}

// settle notes the folder: with the agent where it has one of its own, else for
// all.
func (x *script) settle(folder, was string, own bool) {
	key := config.JoinKey(workspaceKey)
	switch {
	case folder == was:
		x.draft.drop(key)
	case own:
		x.draft.put(edit{key: key, value: folder, apply: entryEdit("", "workspace", folder)})
	default:
		x.draft.set(Setting{Key: workspaceKey, Value: folder})
	}
}

func wrongFolder(text string) string {
	if !filepath.IsAbs(text) && text != "~" && !strings.HasPrefix(text, "~/") {
		return "The whole path of a folder is expected, from / or ~ on."
	}
	return ""
}
