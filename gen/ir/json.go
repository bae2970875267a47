package ir

import (
	"encoding/json"
	"io"

	"github.com/gatesmith/gatesmith/gen/name"
)

// jsonFormat is the version of the JSON form. It is raised when a reader of
// the one before would misread the new one; new members do not raise it.
const jsonFormat = 1

// WriteJSON writes the model as JSON, for programs that make something of it
// which gatesmith does not. Named types stand in the list of types, and all
// else refers to them by name, so that the text has no cycles and the same
// model always gives the same bytes. Places are relative to the schema folder.
func WriteJSON(w io.Writer, p *Protocol) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode((&jsonWriter{p: p}).protocol())
}

type jsonWriter struct {
	p    *Protocol
	open []*Type // types without a name that are being spelled out
}

// The Go names of members are those of the model: a test sees to it that
// nothing of the model is left out unintentionally.

type jsonProtocol struct {
	Format        int            `json:"format"`
	Name          string         `json:"name"`
	Title         string         `json:"title,omitempty"`
	Doc           string         `json:"description,omitempty"`
	Version       int            `json:"version"`
	MinVersion    int            `json:"minVersion"`
	Hash          string         `json:"hash"`
	Dialects      []jsonDeclared `json:"dialects"`
	Roles         []jsonDeclared `json:"roles"`
	Scopes        []jsonDeclared `json:"scopes"`
	Errors        []jsonDeclared `json:"errors"`
	Refused       string         `json:"refused,omitempty"`
	Unavailable   string         `json:"unavailable,omitempty"`
	Groups        []jsonGroup    `json:"groups"`
	Initialisms   []string       `json:"initialisms"`
	Limits        jsonLimits     `json:"limits"`
	UnknownMethod jsonAccess     `json:"unknownMethod"`
	Frames        []jsonFrame    `json:"frames"`
	Methods       []jsonMethod   `json:"methods"`
	Events        []jsonEvent    `json:"events"`
	Configs       []jsonUse      `json:"configs"`
	Types         []jsonType     `json:"types"`
	Samples       []jsonSample   `json:"samples"`
}

// jsonDeclared is an entry of the manifest: a dialect, role, scope or error
// code.
type jsonDeclared struct {
	Name      string   `json:"name"`
	Doc       string   `json:"description,omitempty"`
	Scoped    *bool    `json:"scoped,omitempty"`
	Role      string   `json:"role,omitempty"`
	Implies   []string `json:"implies,omitempty"`
	All       bool     `json:"all,omitempty"`
	Retryable *bool    `json:"retryable,omitempty"`
}

type jsonGroup struct {
	Name    string   `json:"name"`
	Title   string   `json:"title,omitempty"`
	Doc     string   `json:"description,omitempty"`
	Methods []string `json:"methods"`
}

type jsonLimits struct {
	MaxPayloadBytes int `json:"maxPayloadBytes"`
	MaxDepth        int `json:"maxDepth"`
}

type jsonAccess struct {
	Roles []string `json:"roles"`
	Scope string   `json:"scope,omitempty"`
}

// jsonMeta is what every declared thing has. Words are the name before any
// target gave it a form.
type jsonMeta struct {
	Words      []string         `json:"words,omitempty"`
	At         string           `json:"at"`
	Line       int              `json:"line"`
	Col        int              `json:"col"`
	Doc        string           `json:"description,omitempty"`
	Since      int              `json:"since,omitempty"`
	Deprecated *jsonDeprecation `json:"deprecated,omitempty"`
	Secret     bool             `json:"secret,omitempty"`
}

type jsonDeprecation struct {
	Since int    `json:"since,omitempty"`
	Use   string `json:"use,omitempty"`
}

type jsonFrame struct {
	Kind FrameKind `json:"kind"`
	jsonMeta
	Type    *jsonUse     `json:"type"`
	Members []jsonMember `json:"members,omitempty"`
}

type jsonMember struct {
	Part string `json:"part"`
	Wire string `json:"wire"`
}

type jsonSample struct {
	Location string          `json:"at"`
	Use      *jsonUse        `json:"use"`
	JSON     json.RawMessage `json:"value"`
}

func (w *jsonWriter) protocol() jsonProtocol {
	p := w.p
	out := jsonProtocol{
		Format: jsonFormat, Name: p.Name, Title: p.Title, Doc: p.Doc, Version: p.Version, MinVersion: p.MinVersion, Hash: p.Hash,
		Refused: codeName(p.Refused), Unavailable: codeName(p.Unavailable), Initialisms: list(p.Initialisms),
		Limits: jsonLimits(p.Limits), UnknownMethod: w.access(p.UnknownMethod),
	}
	out.Dialects = each(p.Dialects, func(d *Dialect) jsonDeclared { return jsonDeclared{Name: d.Name, Doc: d.Doc} })
	out.Roles = each(p.Roles, func(r *Role) jsonDeclared { return jsonDeclared{Name: r.Name, Doc: r.Doc, Scoped: &r.Scoped} })
	out.Scopes = each(p.Scopes, func(s *Scope) jsonDeclared {
		return jsonDeclared{Name: s.Name, Doc: s.Doc, Role: s.Role.Name, Implies: each(s.Implies, func(o *Scope) string { return o.Name }), All: s.All}
	})
	out.Errors = each(p.Errors, func(e *ErrorCode) jsonDeclared {
		return jsonDeclared{Name: e.Name, Doc: e.Doc, Retryable: &e.Retryable}
	})
	out.Groups = each(p.Groups, func(g *Group) jsonGroup {
		return jsonGroup{Name: g.Name, Title: g.Title, Doc: g.Doc, Methods: each(g.Methods, func(m *Method) string { return m.Wire })}
	})
	out.Frames = each(p.Frames, func(f *Frame) jsonFrame {
		return jsonFrame{Kind: f.Kind, jsonMeta: w.meta(f.Meta), Type: w.typ(f.Type),
			Members: each(f.Members, func(m FrameMember) jsonMember { return jsonMember(m) })}
	})
	out.Methods = each(p.Methods, w.method)
	out.Events = each(p.Events, w.event)
	out.Configs = each(p.Configs, func(t *Type) jsonUse { return *w.typ(t) })
	out.Types = each(p.Types, w.declaration)
	out.Samples = each(p.Samples, func(s Sample) jsonSample {
		return jsonSample{Location: s.Location, Use: w.use(&s.Use), JSON: s.JSON}
	})
	return out
}

func (w *jsonWriter) access(a Access) jsonAccess {
	out := jsonAccess{Roles: each(a.Roles, func(r *Role) string { return r.Name })}
	if a.Scope != nil {
		out.Scope = a.Scope.Name
	}
	return out
}

func (w *jsonWriter) meta(m Meta) jsonMeta {
	out := jsonMeta{Words: words(m.Name), At: m.Location, Line: m.Pos.Line, Col: m.Pos.Col, Doc: m.Doc, Since: m.Since, Secret: m.Secret}
	if m.Deprecated != nil {
		out.Deprecated = (*jsonDeprecation)(m.Deprecated)
	}
	return out
}

func words(n name.Name) []string {
	if n.Empty() {
		return nil
	}
	return n.Words()
}

func codeName(e *ErrorCode) string {
	if e == nil {
		return ""
	}
	return e.Name
}

func dialectName(d *Dialect) string {
	if d == nil {
		return ""
	}
	return d.Name
}

func raw(text []byte) json.RawMessage { return json.RawMessage(text) }

// each maps a list; an empty one stays a list, not null.
func each[T, U any](items []T, f func(T) U) []U {
	out := make([]U, len(items))
	for i, x := range items {
		out[i] = f(x)
	}
	return out
}

func list[T any](items []T) []T { return append([]T{}, items...) }

// typeName is what types refer to each other by.
func (w *jsonWriter) typeName(t *Type) string { return t.Name.Pascal(w.p.Initialisms) }
