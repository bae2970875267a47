package config

import (
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// ConfigGet gives the file as it is, and what the gateway makes of it.
func (s *Service) ConfigGet(ctx context.Context, _ *protocol.ConfigGetParams) (*protocol.ConfigGetResult, error) {
	l, _ := s.o.File.Read() // what is wrong with it is part of the answer
	admin := byAdmin(ctx)
	show := func(n *node) wire.Raw {
		if n == nil {
			return wire.Raw("{}")
		}
		if !admin {
			n = spot{n, "", schemaSettings()}.masked()
		}
		return n.appendJSON(nil, nil)
	}
	s.mu.Lock()
	good := s.good
	s.mu.Unlock()
	if len(l.Problems) == 0 {
		good = l
	}
	res := &protocol.ConfigGetResult{
		Path: l.Path, Exists: l.Exists, Valid: len(l.Problems) == 0,
		Parsed: show(l.file), Config: show(good.inForce()),
		Issues: issues(l.Problems), Warnings: issues(l.Warnings), LegacyIssues: []protocol.ConfigIssue{},
	}
	if l.Hash != "" {
		res.Hash = wire.Some(l.Hash)
	}
	if l.Exists && admin && l.Hash != "" {
		res.Raw = wire.Value(string(l.Text))
	}
	return res, nil
}

// inForce is the configuration with its defaults filled in. Where flags and the
// environment win over the file, it has their values.
func (l *Loaded) inForce() *node {
	all := l.inUse()
	if all == nil {
		all = &node{kind: objectKind}
	}
	all = all.canonical()
	for _, o := range l.overrides {
		all = all.set(o.value, strings.Split(o.key, ".")...)
	}
	return spot{all, "", schemaSettings()}.filled()
}

// filled is the value with the defaults of the schema. Sections that nothing is
// said of have those of theirs.
func (p spot) filled() *node {
	n := p.node
	switch {
	case p.setting == nil:
	case n.kind == listKind:
		list := *n
		list.items = make([]*node, len(n.items))
		for k := range n.items {
			list.items[k] = p.item(k).filled()
		}
		return &list
	case n.kind == objectKind:
		object := &node{kind: objectKind, at: n.at, end: n.end}
		for _, m := range n.members {
			object.members = append(object.members, member{name: m.name, at: m.at, value: p.member(m.name).filled()})
		}
		for _, m := range p.setting.members {
			if n.get(m.name) != nil {
				continue
			}
			value := m.fill()
			if value != nil {
				object.members = append(object.members, member{name: m.name, value: value})
			}
		}
		return object
	}
	return n
}

// fill is the default of a setting, or nil where there is none.
func (s *setting) fill() *node {
	if len(s.members) > 0 {
		object := spot{&node{kind: objectKind}, s.Path, s}.filled()
		if len(object.members) == 0 {
			return nil
		}
		return object
	}
	if s.Default == "" {
		return nil
	}
	n, _, err := readText([]byte(s.Default))
	if err != nil {
		return nil
	}
	return n
}
