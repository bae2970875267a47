package breaking

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// Addition is a change that breaks nobody, for those who want to use it.
type Addition struct {
	Subject    string `json:"subject"`
	Message    string `json:"message"`
	Deprecated bool   `json:"deprecated,omitempty"` // it is one more thing to move away from
}

// adder collects additions.
type adder struct {
	*comparison
	list []Addition
}

func (a *adder) add(s spot, format string, args ...any) {
	a.list = append(a.list, Addition{Subject: a.subject(s), Message: fmt.Sprintf(format, args...)})
}

// additions lists what the later version has and the earlier one had not.
func additions(c *comparison) []Addition {
	a := &adder{comparison: c}
	a.declared()
	a.methodsAdded()
	a.eventsAdded()
	for _, v := range c.values {
		a.members(v)
		a.choices(v)
	}
	for _, p := range c.places {
		a.loosened(p)
	}
	slices.SortStableFunc(a.list, func(x, y Addition) int { return cmp.Compare(x.Subject, y.Subject) })
	return unique(a.list)
}

// unique drops repeats: a type that travels both ways is met twice.
func unique(list []Addition) []Addition {
	var out []Addition
	for _, x := range list {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// declared looks at the manifest.
func (a *adder) declared() {
	for _, n := range a.new.Protocol.Roles {
		if a.old.Protocol.Role(n.Name) == nil {
			a.add(manifest(""), "New role `%s`.%s", n.Name, brief(n.Doc))
		}
	}
	for _, n := range a.new.Protocol.Scopes {
		if a.old.Protocol.Scope(n.Name) == nil {
			a.add(manifest(""), "New scope `%s`.%s", n.Name, brief(n.Doc))
		}
	}
	for _, n := range a.new.Protocol.Errors {
		if a.old.Protocol.ErrorCode(n.Name) == nil {
			a.add(manifest(""), "New error code `%s`.%s", n.Name, brief(n.Doc))
		}
	}
}

func (a *adder) methodsAdded() {
	for _, n := range a.new.Protocol.Methods {
		i := slices.IndexFunc(a.methods, func(m methodPair) bool { return m.new == n })
		if i < 0 {
			a.add(at(n.Location), "New method, for %s.%s", spellAccess(n.Access), brief(n.Doc))
			continue
		}
		old := a.methods[i].old
		if called(a.old.Protocol, n.Wire) == nil {
			a.add(at(n.Location), "The method `%s` is called `%s` now; the old name is still accepted.", old.Wire, n.Wire)
		}
		for _, alias := range n.Aliases {
			if called(a.old.Protocol, alias.Name) == nil {
				a.add(at(n.Location), "New alias `%s`.", alias.Name)
			}
		}
		a.deprecated(at(n.Location), "The method", old.Meta, n.Meta)
	}
}

func (a *adder) eventsAdded() {
	for _, n := range a.new.Protocol.Events {
		i := slices.IndexFunc(a.events, func(e eventPair) bool { return e.new == n })
		if i < 0 {
			a.add(at(n.Location), "New event, for %s.%s", spellAccess(n.Access), brief(n.Doc))
			continue
		}
		a.deprecated(at(n.Location), "The event", a.events[i].old.Meta, n.Meta)
	}
}

func (a *adder) deprecated(s spot, what string, old, new ir.Meta) {
	if old.Deprecated != nil || new.Deprecated == nil {
		return
	}
	use := ""
	if new.Deprecated.Use != "" {
		use = ": use `" + new.Deprecated.Use + "`"
	}
	a.add(s, "%s is deprecated%s.", what, use)
	a.list[len(a.list)-1].Deprecated = true
}

// members looks for new members and for those that were deprecated.
func (a *adder) members(v valuePair) {
	for _, n := range v.new.Fields {
		o := v.old.Field(n.Wire)
		switch {
		case !v.structs() || v.unknown:
		case o != nil:
			a.deprecated(at(n.Location), "`"+v.what+"."+n.Wire+"`", o.Meta, n.Meta)
		case v.dir == inbound && n.Required: // a finding
		case v.dir == inbound:
			a.add(at(n.Location), "New optional member `%s.%s`.%s", v.what, n.Wire, brief(n.Doc))
		default:
			a.add(at(n.Location), "New member `%s.%s`.%s", v.what, n.Wire, brief(n.Doc))
		}
	}
}

// choices looks for new values and branches.
func (a *adder) choices(v valuePair) {
	if v.new.Enum != nil && v.old.Enum != nil {
		var added []string
		for _, n := range v.new.Enum.Values {
			if !slices.ContainsFunc(v.old.Enum.Values, func(o *ir.EnumValue) bool { return o.Value.JSON == n.Value.JSON }) {
				added = append(added, "`"+n.Value.JSON+"`")
			}
		}
		if len(added) > 0 {
			a.add(v.at("enum"), "`%s` can be %s.", v.what, strings.Join(added, ", "))
		}
	}
	if tagged(v.old) && tagged(v.new) {
		for _, n := range v.new.Union.Variants {
			if branch(v.old.Union, n.Tag) == nil {
				a.add(v.at("oneOf"), "`%s` can be of `%s` `%s`.", v.what, v.new.Union.Tag, n.Tag)
			}
		}
	}
}

// loosened looks for what clients may leave out or null now.
func (a *adder) loosened(p placePair) {
	if p.dir != inbound {
		return
	}
	if p.oldField != nil && p.oldField.Required && !p.newField.Required {
		a.add(p.at(), "`%s` is optional.", p.what)
	}
	if takesNull(p.new) && !takesNull(p.old) {
		a.add(p.at(), "`%s` may be null.", p.what)
	}
}

// brief is the first sentence of a description, to stand behind another.
func brief(doc string) string {
	first, _, more := strings.Cut(doc, ". ")
	if first == "" {
		return ""
	}
	if more {
		first += "."
	}
	return " " + first
}
