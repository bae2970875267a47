package wizard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/echo"
	"github.com/gatesmith/gatesmith/internal/models"
	"github.com/gatesmith/gatesmith/protocol"
)

// How long a model may take to prove that it answers, and its service to list its
// models. Together they are shorter than a client waits for an answer.
const (
	tryTime   = 20 * time.Second
	offerTime = 6 * time.Second
)

// modelKey is the setting with the model of all agents that have none.
var modelKey = []string{"agents", "defaults", "model"}

// otherService is the choice of a service that is not known by name.
const otherService = "other"

// stage is a question about the model. What its answer leads to is the next stage,
// and what is wrong there.
type stage int

const (
	atService stage = iota
	atAddress
	atKey
	atModel
	atTry
	settled
)

// model asks for the language model, and has it answer once. What does not work is
// asked for again.
func (x *script) model(ctx context.Context) error {
	if x.has(modelKey...) || x.has("agent", "model") {
		return nil
	}
	c := &choice{script: x}
	questions := [...]func(ctx context.Context, wrong string) (next stage, then string, err error){
		atService: c.askService, atAddress: c.askAddress, atKey: c.askKey, atModel: c.askModel, atTry: c.try}
	for at, wrong := atService, ""; at != settled; {
		var err error
		if at, wrong, err = questions[at](ctx, wrong); err != nil {
			return err
		}
	}
	return nil
}

// choice is a service and what was told of it.
type choice struct {
	*script
	models.Known
	model string // its id
}

func (c *choice) setting(names ...string) []string {
	return append([]string{"models", "providers", c.Name}, names...)
}

// askService asks who is to answer.
func (c *choice) askService(ctx context.Context, wrong string) (next stage, then string, err error) {
	for _, name := range []string{"baseUrl", "apiKey"} {
		c.draft.drop(c.setting(name)...) // of a service that was given up
	}
	c.model = ""
	q := Question{Name: "provider", Title: "Language model", Text: "Whose language model is to answer?", Initial: c.present(), Wrong: wrong}
	known := models.KnownServices()
	for _, k := range known {
		hint := "needs an API key"
		for _, variable := range k.Keys {
			if c.o.Env(variable) != "" {
				hint = "has the key in " + variable
			}
		}
		if k.Local {
			hint = k.BaseURL
		}
		q.Options = append(q.Options, Option{k.Name, k.Title, hint})
	}
	q.Options = append(q.Options,
		Option{otherService, "Another service", "with OpenAI's API, by its address"},
		Option{echo.Name, "None for now", "the built-in echo says back what it is told"})
	name, err := c.ask.Choose(ctx, q)
	if err != nil {
		return atService, "", err
	}
	if name == echo.Name {
		c.draft.set(Setting{Key: modelKey, Value: echo.Name + "/" + echo.ModelID})
		return settled, "", nil
	}
	k := slices.IndexFunc(known, func(k models.Known) bool { return k.Name == name })
	if k >= 0 {
		c.Known = known[k]
		if !c.Local {
			return atKey, "", nil
		}
		return atAddress, "", nil
	}
	return atAddress, "", c.askName(ctx)
}

// present is the service whose model is in use.
func (c *choice) present() string {
	model := c.now.Config.Agents.V.Defaults.V.Model.V
	if model == "" {
		model = c.now.Config.Agent.V.Model.V
	}
	service, _, _ := strings.Cut(model, "/")
	switch {
	case service == echo.Name:
		return service
	case slices.ContainsFunc(models.KnownServices(), func(k models.Known) bool { return k.Name == service }):
		return service
	case service != "" && c.now.Has([]string{"models", "providers", service}):
		return otherService
	}
	return models.KnownServices()[0].Name
}

// askName asks what a service that is not known is to be called.
func (c *choice) askName(ctx context.Context) error {
	name, err := c.ask.Line(ctx, Question{Name: "provider-name", Text: "A name for it, which stands before its models: NAME/MODEL", Initial: "local", Check: func(text string) string {
		switch {
		case text == "" || strings.ContainsAny(text, "/ .[]\"'"):
			return "A word is expected, without slashes, dots and quotes."
		case text == echo.Name || slices.ContainsFunc(models.KnownServices(), func(k models.Known) bool { return k.Name == text }):
			return "A service is known by that name: choose another."
		}
		return ""
	}})
	c.Known = models.Known{Name: name, Title: name, Local: true}
	return err
}

// askAddress asks where a service is that may be anywhere.
func (c *choice) askAddress(ctx context.Context, wrong string) (next stage, then string, err error) {
	initial := c.BaseURL
	if set := c.now.Config.Models.V.Providers[c.Name].BaseURL.V; set != "" {
		initial = set
	}
	sample := ""
	if initial == "" {
		sample = "http://127.0.0.1:8080/v1"
	}
	key := c.setting("baseUrl")
	address, err := c.ask.Line(ctx, Question{Name: "base-url", Text: "Address of its API: what stands before /chat/completions", Initial: initial, Sample: sample, Wrong: wrong,
		Check: func(text string) string { return c.wrong(Setting{Key: key, Value: text}) }})
	if err != nil {
		return atAddress, "", err
	}
	c.draft.drop(key...)
	if address != c.BaseURL || c.now.Has(key) {
		c.draft.set(Setting{Key: key, Value: address})
	}
	return atKey, "", nil
}

// askKey asks for the API key. One that is there already may stay, and a local
// service may need none.
func (c *choice) askKey(ctx context.Context, wrong string) (next stage, then string, err error) {
	key := c.setting("apiKey")
	q := Question{Name: "api-key", Title: c.Title, Text: "API key", Secret: true, Wrong: wrong}
	there := wrong == "" // one that was refused is none
	switch variable := c.variable(); {
	case there && c.now.Has(key):
		q.Text += "; leave it empty to keep the one in the file"
	case there && variable != "":
		q.Text += "; leave it empty to use the one in " + variable
	case !c.NeedsKey:
		q.Text += "; leave it empty where it wants none"
	default:
		q.Check = func(text string) string {
			if text == "" {
				return "A key is needed: " + c.Title + " answers nobody without one."
			}
			return ""
		}
	}
	secret, err := c.ask.Line(ctx, q)
	if err != nil {
		return atKey, "", err
	}
	c.draft.drop(key...)
	if secret != "" {
		c.draft.set(Setting{Key: key, Value: secret, Secret: true})
	}
	if c.model != "" {
		return atTry, "", nil // it is chosen, and only the key was wrong
	}
	return atModel, "", nil
}

// variable is the one that has the key, or "".
func (c *choice) variable() string {
	for _, name := range c.Keys {
		if strings.TrimSpace(c.o.Env(name)) != "" {
			return name
		}
	}
	return ""
}

// catalogue is the models as they would be with the answers so far. Nothing is
// repeated: a person waits. Close it.
func (c *choice) catalogue() (*models.Service, error) {
	next, err := c.drafted()
	if err != nil {
		return nil, err
	}
	cfg := next.Config
	provider := cfg.Models.V.Providers[c.Name]
	provider.Retries.Set, provider.Retries.V = true, 0
	if cfg.Models.V.Providers == nil {
		cfg.Models.V.Providers = make(map[string]protocol.ModelProviderConfig)
	}
	cfg.Models.Set = true
	cfg.Models.V.Providers[c.Name] = provider
	return models.New(models.Options{Config: cfg, Env: c.o.Env, Transport: c.o.Transport}), nil
}

// Bounds of the list of models that is shown.
const (
	maxOffered = 60
	otherModel = ":other"
)

// askModel asks which model to take, of those that are known.
func (c *choice) askModel(ctx context.Context, wrong string) (next stage, then string, err error) {
	catalogue, err := c.catalogue()
	if err != nil {
		return settled, "", err
	}
	defer catalogue.Close()
	limited, cancel := context.WithTimeout(ctx, offerTime)
	offered, err := catalogue.Offer(limited, c.Name)
	cancel()
	if ctx.Err() != nil {
		return settled, "", context.Cause(ctx)
	}
	if e, ok := errors.AsType[*llm.Error](err); ok {
		return atKey, c.said(e), nil
	}
	q := Question{Name: "model", Title: c.Title, Text: "Which of its models?", Wrong: wrong, Initial: c.Model, Open: true}
	if id, ok := strings.CutPrefix(c.now.Config.Agents.V.Defaults.V.Model.V, c.Name+"/"); ok {
		q.Initial = id
	}
	slices.SortStableFunc(offered, func(a, b llm.Model) int { return rank(a.ID == q.Initial) - rank(b.ID == q.Initial) })
	for _, m := range offered[:min(len(offered), maxOffered)] {
		hint := ""
		if m.ContextWindow > 0 {
			hint = fmt.Sprintf("%dk tokens", m.ContextWindow/1000)
		}
		q.Options = append(q.Options, Option{m.ID, m.Name, hint})
	}
	id := otherModel
	if len(q.Options) > 0 {
		if !q.offers(q.Initial) {
			q.Initial = q.Options[0].Value
		}
		q.Options = append(q.Options, Option{otherModel, "Another one", "by its id"})
		if id, err = c.ask.Choose(ctx, q); err != nil {
			return settled, "", err
		}
		q.Wrong = ""
	}
	if id == otherModel {
		id, err = c.ask.Line(ctx, Question{Name: "model-id", Title: c.Title, Text: "Id of the model, as the service knows it", Wrong: q.Wrong, Check: func(text string) string {
			if text == "" {
				return "The id of a model is expected, such as llama3.2."
			}
			return ""
		}})
		if err != nil {
			return settled, "", err
		}
	}
	c.model = id
	c.draft.set(Setting{Key: modelKey, Value: c.Name + "/" + id})
	return atTry, "", nil
}

func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}
