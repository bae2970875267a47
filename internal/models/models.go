// Package models serves the group of that name: which language models there
// are, and who has them. It puts the catalogue together out of what the program
// ships, the configuration, the environment, and what services list themselves.
package models

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/echo"
	"github.com/gatesmith/gatesmith/protocol"
)

// Options are what a Service is made of.
type Options struct {
	Config    *protocol.Config
	Env       func(string) string // os.Getenv; nil: no environment
	Logger    *slog.Logger        // nil: nothing is logged
	Transport http.RoundTripper   // to the services; nil: each has one of its own
}

// Service keeps the catalogue.
type Service struct {
	options  Options
	registry *llm.Registry
	asking   sync.WaitGroup // goroutines that ask services for their models
	end      context.CancelFunc
	ctx      context.Context

	mu       sync.Mutex
	config   *protocol.Config
	sources  []*source
	warnings []string
}

var _ protocol.ModelsHandler = (*Service)(nil)

// New returns a service. It touches no network: services that list their models
// are asked when somebody wants to know. Close it in the end.
func New(o Options) *Service {
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{options: o}
	s.ctx, s.end = context.WithCancel(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.take(o.Config)
	return s
}

// Reconfigure takes over a changed configuration. Answers that are being
// written are finished as they were begun.
func (s *Service) Reconfigure(c *protocol.Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.sources
	s.take(c)
	for _, old := range before {
		old.provider.Close()
	}
}

// Close ends what goes on in the background.
func (s *Service) Close() {
	s.mu.Lock()
	s.end() // under the lock, so that refresh begins nothing that Wait would miss
	s.mu.Unlock()
	s.asking.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, src := range s.sources {
		src.provider.Close()
	}
}

// take makes sources and catalogue anew.
func (s *Service) take(c *protocol.Config) {
	before := s.sources
	s.config = c
	s.sources, s.warnings = sources(c, s.options.Env, choices(c))
	for _, src := range s.sources {
		src.found = &found{}
		for _, old := range before {
			if src.same(old) {
				src.found = old.found
			}
		}
		name := src.name
		src.open(func(id string) (llm.Model, bool) {
			m, err := s.registry.Lookup(name + "/" + id)
			return m, err == nil && m.Provider == name
		}, s.options.Transport)
	}
	s.build()
	for _, w := range s.doubts() {
		s.options.Logger.Warn(w)
	}
}

// build makes the catalogue of the sources as they are by now.
func (s *Service) build() {
	c := llm.Contents{
		Providers: map[string]llm.Provider{echo.Name: echo.New()},
		Aliases:   make(map[string]string),
	}
	for alias, name := range shippedAliases {
		c.Aliases[alias] = name
	}
	for alias, name := range s.config.Models.V.Aliases {
		c.Aliases[alias] = name
	}
	// Of a model that is described twice the later one counts: the
	// configuration knows best, and a service's own list says least.
	for _, src := range s.sources {
		c.Models = append(c.Models, src.found.models...)
	}
	c.Models = append(append(c.Models, echo.Model()), shipped()...)
	for _, src := range s.sources {
		c.Providers[src.name] = src.provider
		c.Models = append(c.Models, src.entries...)
		// Of a model that several have, those that can be asked come first.
		if src.key != "" {
			c.Prefer = append(c.Prefer, src.name)
		}
		// Who may have models that nobody listed takes any name, until it has
		// said what it has.
		if src.api == apiOpenAI && src.found.at.IsZero() && len(src.entries) == 0 && !src.shipsModels() {
			c.Open = append(c.Open, src.name)
		}
	}
	for _, src := range s.sources {
		if src.key == "" {
			c.Prefer = append(c.Prefer, src.name)
		}
	}
	c.Default = s.standard()
	catalogue, err := llm.NewCatalogue(c)
	if err != nil {
		// What the configuration chooses does not exist. Another model in its
		// place would surprise whoever chose it: runs fail, and say why.
		why := err
		var unknown *llm.UnknownModel
		if errors.As(err, &unknown) {
			why = unknown
		}
		c.Providers[missingName], c.Open, c.Default = missing{why}, append(c.Open, missingName), missingName+"/default"
		catalogue, err = llm.NewCatalogue(c)
	}
	if err != nil {
		s.options.Logger.Error("the catalogue of models can't be made", "error", err)
		return
	}
	if s.registry == nil {
		s.registry = llm.NewRegistry(catalogue)
	} else {
		s.registry.Set(catalogue)
	}
}

func (s *source) shipsModels() bool {
	return slices.ContainsFunc(shipped(), func(m llm.Model) bool { return m.Provider == s.name })
}

// standard names the model to take when nobody chose one: what the
// configuration says, else a model of the first service that can be asked, else
// the echo.
func (s *Service) standard() string {
	if d := s.config.Agents.V.Defaults.V.Model; d.V != "" {
		return d.V
	}
	if m := s.config.Agent.V.Model; m.V != "" {
		return m.V
	}
	for _, src := range s.sources {
		if src.key != "" && src.model != "" {
			return src.name + "/" + src.model
		}
	}
	for _, src := range s.sources {
		if len(src.entries) > 0 && !(src.needs && src.key == "") {
			return src.entries[0].Ref()
		}
	}
	return echo.Name + "/" + echo.ModelID
}

// choice is a model that the configuration chooses, and the key that does.
type choice struct{ key, model string }

// choices are all of them.
func choices(c *protocol.Config) (list []choice) {
	add := func(key string, models ...string) {
		for _, m := range models {
			if m != "" {
				list = append(list, choice{key, m})
			}
		}
	}
	d := &c.Agents.V.Defaults.V
	add("agent.model", c.Agent.V.Model.V)
	add("agents.defaults.model", d.Model.V)
	add("agents.defaults.fallbacks", d.Fallbacks...)
	for k := range c.Agents.V.List {
		key := fmt.Sprintf("agents.list[%d]", k)
		add(key+".model", c.Agents.V.List[k].Model.V)
		add(key+".fallbacks", c.Agents.V.List[k].Fallbacks...)
	}
	for _, alias := range slices.Sorted(maps.Keys(c.Models.V.Aliases)) {
		add("models.aliases."+alias, c.Models.V.Aliases[alias])
	}
	return list
}

// Lookup finds a model, as llm.Catalogue.Lookup does. A name that is not there
// makes services be asked again: it may be of a model that is new.
func (s *Service) Lookup(name string) (llm.Model, error) {
	m, err := s.registry.Lookup(name)
	if err != nil {
		s.refresh(listRetry)
	}
	return m, err
}

// List is all models, by provider and then name. The caller must not change it.
func (s *Service) List() []llm.Model { return s.registry.List() }

// Default is the model to take when nobody chose one.
func (s *Service) Default() llm.Model { return s.registry.Default() }

// Provider finds a provider by its name.
func (s *Service) Provider(name string) (llm.Provider, error) { return s.registry.Provider(name) }

// Warnings lists what in the configuration is likely not meant: models that do
// not exist, providers that lack something.
func (s *Service) Warnings() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doubts()
}

func (s *Service) doubts() []string {
	list := slices.Clone(s.warnings)
	for _, c := range choices(s.config) {
		if _, err := s.registry.Lookup(c.model); err != nil {
			list = append(list, c.key+": "+err.Error())
		}
	}
	return list
}

// missingName is the provider of a default model that does not exist.
const missingName = "unknown"

// missing fails every request.
type missing struct{ why error }

// Name is "unknown".
func (missing) Name() string { return missingName }

// Stream says what is wrong with the configuration.
func (m missing) Stream(_ context.Context, r *llm.Request, _ func(llm.Delta)) (*llm.Answer, error) {
	return &llm.Answer{Provider: missingName, Model: r.Model, Stop: llm.StopError},
		&llm.Error{Provider: missingName, Kind: llm.ErrModel, Message: m.why.Error(), Setting: "agents.defaults.model"}
}
