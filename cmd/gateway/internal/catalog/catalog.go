// Package catalog reads the embedded schema for the command line: what params
// a method takes, and what of an event is secret.
package catalog

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/schema"
)

// Schema is a schema, or several that hold for one value: the forms of a union
// and the parts that an object is put together from count as one. A nil Schema
// knows nothing and allows everything.
type Schema struct {
	nodes []located
}

// located is a node and the file that its references start from.
type located struct {
	file string
	*node
}

// Method is what the schema says of a method.
type Method struct {
	*protocol.MethodInfo
	Description string
	Scope       string
	Params      *Schema
}

// LookupMethod finds a method by any of its names; nil when the schema has
// none such.
func LookupMethod(name string) *Method {
	id, _ := protocol.LookupMethod(name)
	info := id.Info()
	if info == nil {
		return nil
	}
	file := path.Join("methods", info.Group, info.Name+".json")
	root, err := load(file)
	if err != nil {
		return nil
	}
	m := &Method{MethodInfo: info, Description: root.Description, Scope: root.Scope}
	if params := root.Defs["params"]; params != nil {
		m.Params = newSchema(file, params)
	}
	return m
}

// Methods lists the names of all methods, sorted.
func Methods() []string {
	var names []string
	for id := protocol.MethodID(0); id < protocol.MethodUnknown; id++ {
		names = append(names, id.String())
	}
	slices.Sort(names)
	return names
}

// Events lists the names of all events, sorted.
func Events() []string {
	var names []string
	for id := protocol.EventID(0); id < protocol.EventUnknown; id++ {
		names = append(names, id.String())
	}
	slices.Sort(names)
	return names
}

// Payload is what the schema says of an event's payload; nil when it does not
// know the event.
func Payload(event string) *Schema {
	info := protocol.LookupEvent(event).Info()
	if info == nil {
		return nil
	}
	file := path.Join("events", info.Name+".json")
	root, err := load(file)
	if err != nil {
		return nil
	}
	return newSchema(file, root)
}

// newSchema follows references and takes unions and parts apart.
func newSchema(file string, n *node) *Schema {
	s := &Schema{}
	s.add(located{file, n}, 0)
	return s
}

// maxNesting ends references that lead to themselves; the generator refuses
// those anyway.
const maxNesting = 32

func (s *Schema) add(at located, depth int) {
	if at.node == nil || depth > maxNesting {
		return
	}
	s.nodes = append(s.nodes, at)
	if at.Ref != "" {
		if to, ok := at.follow(); ok {
			s.add(to, depth+1)
		}
	}
	for _, list := range [][]*node{at.AllOf, at.OneOf, at.AnyOf} {
		for _, part := range list {
			s.add(located{at.file, part}, depth+1)
		}
	}
}

// follow resolves the node's reference: a place in a file, a file, or both.
func (l located) follow() (located, bool) {
	other, fragment, _ := strings.Cut(l.Ref, "#")
	file := l.file
	if other != "" {
		file = path.Join(path.Dir(file), other)
	}
	n, err := load(file)
	if err != nil {
		return located{}, false
	}
	if name, ok := strings.CutPrefix(fragment, "/$defs/"); ok {
		n = n.Defs[name]
	}
	return located{file, n}, n != nil
}

// node is what the command line wants to know of a schema.
type node struct {
	Ref         string           `json:"$ref"`
	Defs        map[string]*node `json:"$defs"`
	Description string           `json:"description"`
	Scope       string           `json:"x-scope"`
	Type        oneOrMore        `json:"type"`
	Enum        []any            `json:"enum"`
	Known       []string         `json:"x-known"`
	Const       any              `json:"const"`
	Default     json.RawMessage  `json:"default"`
	Secret      bool             `json:"x-secret"`
	Required    []string         `json:"required"`
	Properties  members          `json:"properties"`
	Additional  further          `json:"additionalProperties"`
	Unevaluated further          `json:"unevaluatedProperties"`
	Items       *node            `json:"items"`
	AllOf       []*node          `json:"allOf"`
	OneOf       []*node          `json:"oneOf"`
	AnyOf       []*node          `json:"anyOf"`
}

// oneOrMore is a string or a list of them.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	if data[0] != '"' {
		return json.Unmarshal(data, (*[]string)(o))
	}
	*o = []string{""}
	return json.Unmarshal(data, &(*o)[0])
}

// further is what holds for members that are not listed: a schema, or that
// there are none.
type further struct {
	*node
	none bool
}

func (f *further) UnmarshalJSON(data []byte) error {
	if data[0] != '{' {
		f.none = string(data) == "false"
		return nil
	}
	f.node = new(node)
	return json.Unmarshal(data, f.node)
}

// members are properties in the order of the file.
type members []member

type member struct {
	name string
	node *node
}

func (m *members) UnmarshalJSON(data []byte) error {
	return eachMember(data, func(name string, value json.RawMessage) error {
		n := new(node)
		*m = append(*m, member{name, n})
		return json.Unmarshal(value, n)
	})
}

var (
	loadMu sync.Mutex
	loaded = map[string]*node{}
)

// load reads a file of the schema folder, once.
func load(file string) (*node, error) {
	loadMu.Lock()
	defer loadMu.Unlock()
	if n := loaded[file]; n != nil {
		return n, nil
	}
	data, err := schema.Files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	n := new(node)
	if err := json.Unmarshal(data, n); err != nil {
		return nil, fmt.Errorf("schema/%s: %w", file, err)
	}
	loaded[file] = n
	return n, nil
}
