package llm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// Catalogue is the models there are to choose from, and the providers that
// have them. It never changes; a Registry replaces it whole.
type Catalogue struct {
	models    []Model // by provider, then name
	byRef     map[string]int
	byID      map[string]int   // lower case; a model id that several providers have leads to the first
	aliases   map[string]Model // lower case
	providers map[string]Provider
	open      map[string]bool
	standard  Model
}

// Contents is what a Catalogue is made of.
type Contents struct {
	Models    []Model             // of two with the same provider and id the later one counts
	Aliases   map[string]string   // other names, to names as Lookup finds them; those that lead nowhere are left out
	Providers map[string]Provider // by name
	Open      []string            // providers that may have models nobody listed: "provider/anything" is one
	Prefer    []string            // providers, most preferred first: whose model a bare id means when several have it
	Default   string              // the model to take when nobody chose one, as Lookup finds it
}

// maxID bounds the id of a model that nobody listed, in bytes.
const maxID = 200

// NewCatalogue makes a catalogue. Default has to be among the models.
func NewCatalogue(c Contents) (*Catalogue, error) {
	out := &Catalogue{byRef: make(map[string]int, len(c.Models)), byID: make(map[string]int, len(c.Models)),
		providers: c.Providers, open: make(map[string]bool, len(c.Open))}
	for _, name := range c.Open {
		out.open[name] = true
	}
	unique := make(map[string]Model, len(c.Models))
	for _, m := range c.Models {
		unique[m.Ref()] = m
	}
	for _, m := range unique {
		out.models = append(out.models, m)
	}
	slices.SortFunc(out.models, func(a, b Model) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	rank := func(provider string) int {
		if k := slices.Index(c.Prefer, provider); k >= 0 {
			return k
		}
		return len(c.Prefer)
	}
	for k := range out.models {
		m := &out.models[k]
		out.byRef[m.Ref()] = k
		id := strings.ToLower(m.ID)
		if first, ok := out.byID[id]; !ok || rank(m.Provider) < rank(out.models[first].Provider) {
			out.byID[id] = k
		}
	}
	// An alias may not lead to another one, so that none leads in a circle.
	aliases := make(map[string]Model, len(c.Aliases))
	for alias, name := range c.Aliases {
		if m, err := out.Lookup(name); err == nil {
			aliases[strings.ToLower(alias)] = m
		}
	}
	out.aliases = aliases
	var err error
	if out.standard, err = out.Lookup(c.Default); err != nil {
		return nil, fmt.Errorf("the default model: %w", err)
	}
	return out, nil
}

// List is all models, by provider and then name. The caller must not change it.
func (c *Catalogue) List() []Model { return c.models }

// Default is the model to take when nobody chose one.
func (c *Catalogue) Default() Model { return c.standard }

// Lookup finds a model by "provider/id", by its id alone or by an alias; upper
// and lower case are the same. Else the error is an *UnknownModel.
func (c *Catalogue) Lookup(name string) (Model, error) {
	name = strings.TrimSpace(name)
	if k, ok := c.byRef[name]; ok {
		return c.models[k], nil
	}
	lower := strings.ToLower(name)
	if m, ok := c.aliases[lower]; ok {
		return m, nil
	}
	if k, ok := c.byID[lower]; ok {
		return c.models[k], nil
	}
	for k := range c.models {
		if strings.EqualFold(c.models[k].Ref(), name) {
			return c.models[k], nil
		}
	}
	if provider, id, _ := strings.Cut(name, "/"); id != "" && len(id) <= maxID && c.open[provider] {
		return Model{ID: id, Name: id, Provider: provider}, nil
	}
	return Model{}, &UnknownModel{Name: name, Near: c.near(lower)}
}

// Provider finds a provider by its name.
func (c *Catalogue) Provider(name string) (Provider, error) {
	if p, ok := c.providers[name]; ok {
		return p, nil
	}
	names := make([]string, 0, len(c.providers))
	for n := range c.providers {
		names = append(names, n)
	}
	slices.Sort(names)
	return nil, fmt.Errorf("there is no model provider %q: expected one of %s, or one that is set in models.providers", name, strings.Join(names, ", "))
}

// Registry holds the catalogue in force. Its zero value is not ready: make one
// with NewRegistry. Each method asks the catalogue that is in force at the
// time of the call; who needs several answers out of one catalogue takes it
// with Catalogue.
type Registry struct{ current atomic.Pointer[Catalogue] }

// NewRegistry returns a registry that holds c.
func NewRegistry(c *Catalogue) *Registry {
	r := &Registry{}
	r.Set(c)
	return r
}

// Set puts another catalogue in force.
func (r *Registry) Set(c *Catalogue) { r.current.Store(c) }

// Catalogue is the one in force.
func (r *Registry) Catalogue() *Catalogue { return r.current.Load() }

// List is as that of Catalogue.
func (r *Registry) List() []Model { return r.Catalogue().List() }

// Default is as that of Catalogue.
func (r *Registry) Default() Model { return r.Catalogue().Default() }

// Lookup is as that of Catalogue.
func (r *Registry) Lookup(name string) (Model, error) { return r.Catalogue().Lookup(name) }

// Provider is as that of Catalogue.
func (r *Registry) Provider(name string) (Provider, error) { return r.Catalogue().Provider(name) }
