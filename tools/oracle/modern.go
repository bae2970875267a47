package oracle

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Modern judges by the schema files themselves: 2020-12 with formats asserted,
// by santhosh-tekuri/jsonschema.
type Modern struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	parts    map[string]*jsonschema.Schema
}

const base = "https://gatesmith.test/schema/"

// NewModern prepares the schema files. Parts are compiled as they are needed.
func NewModern(s *Schema) (*Modern, error) {
	m := newModern()
	for _, f := range s.Tree.Files {
		if err := m.add(base+f.Path, f.Data); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return m, nil
}

func newModern() *Modern {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.RegisterFormat(&jsonschema.Format{Name: "base64", Validate: func(v any) error {
		if s, isString := v.(string); isString && !isBase64(s) {
			return errors.New("not base64")
		}
		return nil
	}})
	return &Modern{compiler: c, parts: map[string]*jsonschema.Schema{}}
}

func (m *Modern) add(address string, text []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return m.compiler.AddResource(address, doc)
}

// isBase64 is RFC 4648 §4: padded, canonical, no line breaks.
func isBase64(s string) bool {
	_, err := base64.StdEncoding.Strict().DecodeString(s)
	return err == nil && !strings.ContainsAny(s, "\r\n")
}

// Judge gives the verdict on a text as a value of a named type.
func (m *Modern) Judge(t *ir.Type, text []byte) (Verdict, error) {
	return m.JudgeAt(t.Location, text)
}

// JudgeAt gives the verdict by the schema at a place: path#pointer.
func (m *Modern) JudgeAt(location string, text []byte) (Verdict, error) {
	path, pointer := cutLocation(location)
	return m.judge(base+path+"#"+fragment(pointer), text)
}

func (m *Modern) judge(address string, text []byte) (Verdict, error) {
	m.mu.Lock()
	part := m.parts[address]
	if part == nil {
		var err error
		if part, err = m.compiler.Compile(address); err != nil {
			m.mu.Unlock()
			return Verdict{}, err
		}
		m.parts[address] = part
	}
	m.mu.Unlock()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return Verdict{}, err
	}
	failure := part.Validate(value)
	if failure == nil {
		return Verdict{Valid: true}, nil
	}
	var detail *jsonschema.ValidationError
	if !errors.As(failure, &detail) {
		return Verdict{}, failure
	}
	var v Verdict
	v.collect(detail)
	return v, nil
}

// collect flattens the tree of failures.
func (v *Verdict) collect(e *jsonschema.ValidationError) {
	at := pointerOf(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
	case *kind.Not:
		v.add(at, "not")
	case *kind.AnyOf, *kind.OneOf:
		v.Branches = true
		v.add(at, e.ErrorKind.KeywordPath()[0])
	case *kind.Required:
		for range k.Missing {
			v.add(at, "required")
		}
	case *kind.AdditionalProperties:
		for range k.Properties {
			v.add(at, "additionalProperties")
		}
	case *kind.FalseSchema:
		// unevaluatedProperties: false, the only one in the dialect. A member
		// of a fragment that failed counts as not evaluated, by the standard.
		v.Branches = true
		v.add(parentOf(at), "additionalProperties")
	default:
		v.add(at, e.ErrorKind.KeywordPath()[0])
	}
	for _, cause := range e.Causes {
		v.collect(cause)
	}
}

func (v *Verdict) add(path, rule string) { v.Faults = append(v.Faults, Fault{path, rule}) }

func pointerOf(tokens []string) string {
	var b strings.Builder
	for _, token := range tokens {
		b.WriteByte('/')
		b.WriteString(source.EscapePointer(token))
	}
	return b.String()
}

func parentOf(pointer string) string {
	return pointer[:max(0, strings.LastIndexByte(pointer, '/'))]
}

// cutLocation splits path#pointer.
func cutLocation(location string) (path, pointer string) {
	path, pointer, _ = strings.Cut(location, "#")
	return path, pointer
}

// fragment escapes a pointer for use in a URL.
func fragment(pointer string) string {
	u := url.URL{Fragment: pointer}
	return u.EscapedFragment()
}

// Formatted reports whether a string is of a format, by the same validator.
func Formatted(format, s string) bool {
	m := newModern()
	address := base + "format.json"
	schema, _ := json.Marshal(map[string]string{"format": format})
	text, _ := json.Marshal(s)
	if err := m.add(address, schema); err != nil {
		panic(err) // the schema above is well formed
	}
	v, err := m.judge(address, text)
	return err == nil && v.Valid
}
