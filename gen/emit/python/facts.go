package python

import (
	"fmt"
	"slices"

	"github.com/gatesmith/gatesmith/gen/name"
)

func (g *generator) packageDoc() string {
	title := g.p.Title
	if title == "" {
		title = g.p.Name
	}
	return fmt.Sprintf("The Python form of %s, generated: its types, methods, events and access rules. The schema folder is the source.", title)
}

// packageFile makes every type importable from the package.
func (g *generator) packageFile(m *module) {
	var list []string
	for _, t := range g.declared() {
		list = append(list, g.names.types[t])
		if codec := g.names.codecs[t]; codec != "" {
			list = append(list, codec)
		}
	}
	list = append(list, "CODECS")
	sortNames(list)
	facts := []string{"MAX_DEPTH", "MAX_PAYLOAD_BYTES", "MIN_PROTOCOL_VERSION", "PROTOCOL_NAME", "PROTOCOL_VERSION", "SCHEMA_HASH"}
	all := append(slices.Concat(list, facts), "Calls", "access", "errors", "events", "methods")
	sortNames(all)
	m.imports(
		imported{".", []string{"access", "errors", "events", "methods"}}, imported{".calls", []string{"Calls"}},
		imported{".types", list}, imported{".version", facts})
	m.Block("__all__ = [", func() {
		for _, name := range all {
			m.Linef("%s,", quote(name))
		}
	}, "]")
}

// accessFile writes roles, scopes and what scopes imply.
func (g *generator) accessFile(m *module) {
	m.imports(imported{"typing", []string{"Final", "Literal", "TypeAlias"}})
	m.generated(imported{g.Wire, []string{"Access", "Rights"}})
	g.literals(m, "Role", "A role that a connection has.", g.p.RoleNames())
	g.literals(m, "Scope", "A right of a scoped role.", g.p.ScopeNames())
	m.Block("RIGHTS: Final = Rights(", func() {
		m.Block("scoped={", func() {
			for _, r := range g.p.Roles {
				m.Linef("%s: %s,", quote(r.Name), boolean(r.Scoped))
			}
		}, "},")
		m.Block("implies={", func() {
			for _, s := range g.p.Scopes {
				implied := make([]string, len(s.Implies))
				for k, i := range s.Implies {
					implied[k] = i.Name
				}
				m.Linef("%s: %s,", quote(s.Name), tuple(quoted(implied)))
			}
		}, "},")
	}, ")")
	m.doc("Who may do what: see `Rights.refusal`.")
	m.Blank()
	m.Linef("UNKNOWN_METHOD: Final = %s", access(g.p.UnknownMethod))
	m.doc("Who may call a method that there is not, and so learns that.")
}

func (g *generator) literals(m *module, alias, about string, words []string) {
	if len(words) == 0 {
		return
	}
	m.Block(alias+": TypeAlias = Literal[", func() {
		for _, w := range words {
			m.Linef("%s,", quote(w))
		}
	}, "]")
	m.doc(about)
	m.Blank()
}

// errorsFile writes the error codes.
func (g *generator) errorsFile(m *module) {
	m.imports(imported{"typing", []string{"Final", "Literal", "TypeAlias"}})
	codes := make([]string, len(g.p.Errors))
	var retryable []string
	for k, e := range g.p.Errors {
		codes[k] = e.Name
		m.Linef("%s: Final = %s", constant(name.Split(e.Name)), quote(e.Name))
		m.doc(e.Doc)
		if e.Retryable {
			retryable = append(retryable, constant(name.Split(e.Name)))
		}
	}
	m.Blank()
	g.literals(m, "ErrorCode", "A code of the protocol. Newer peers may have more.", codes)
	text := "frozenset()"
	if len(retryable) > 0 {
		text = "frozenset(" + tuple(retryable) + ")"
	}
	m.Linef("RETRYABLE: Final[frozenset[str]] = %s", text)
	m.doc("The codes of what may succeed when it is repeated.")
}

func (g *generator) versionFile(m *module) {
	m.imports(imported{"typing", []string{"Final"}})
	fact := func(name, value, about string) {
		m.Linef("%s: Final = %s", name, value)
		m.doc(about)
	}
	fact("PROTOCOL_NAME", quote(g.p.Name), "What the schema calls itself.")
	fact("PROTOCOL_VERSION", number(g.p.Version), "The version of the protocol that this code speaks.")
	fact("MIN_PROTOCOL_VERSION", number(g.p.MinVersion), "The oldest version that it still speaks.")
	fact("SCHEMA_HASH", quote(g.p.Hash), "The SHA-256, in hex, of the schema folder that this code was generated from.")
	fact("MAX_PAYLOAD_BYTES", number(g.p.Limits.MaxPayloadBytes), "Bounds a message from a client, unless configured otherwise.")
	fact("MAX_DEPTH", number(g.p.Limits.MaxDepth), "Bounds the nesting of a message.")
}
