package models

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/anthropic"
	"github.com/gatesmith/gatesmith/internal/llm/echo"
	"github.com/gatesmith/gatesmith/internal/llm/exchange"
	"github.com/gatesmith/gatesmith/internal/llm/openai"
	"github.com/gatesmith/gatesmith/protocol"
)

// source is a service as it is set up, by what is known of it, the environment
// and the configuration.
type source struct {
	preset
	key      string
	headers  map[string]string
	entries  []llm.Model // out of the configuration
	settings protocol.ModelProviderConfig
	inUse    bool // somebody set it up, or chose a model of it
	discover bool // it is asked for its models

	provider provider
	found    *found // what it said of its models
}

// provider is what this package makes, and ends.
type provider interface {
	llm.Provider
	Close()
}

// sources lists all services: those that are known, whether or not they are
// set up, then the others of the configuration by their names. chosen is what
// models the configuration chooses.
func sources(c *protocol.Config, env func(string) string, chosen []choice) (list []*source, warnings []string) {
	set := c.Models.V.Providers
	for _, p := range presets {
		s := &source{preset: p, settings: set[p.name]}
		_, s.inUse = set[p.name]
		list = append(list, s)
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		settings := set[name]
		switch {
		case slices.ContainsFunc(presets, func(p preset) bool { return p.name == name }):
			continue
		case name == echo.Name:
			warnings = append(warnings, "models.providers.echo: echo is built in and can't be set: choose another name")
			continue
		case !settings.BaseURL.Set:
			warnings = append(warnings, "models.providers."+name+": no service is known by this name: set its baseUrl")
			continue
		case strings.ContainsAny(name, "/ ") || name == "":
			warnings = append(warnings, "models.providers."+name+": the name of a provider must be a word without a slash")
			continue
		}
		variable := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name)) + "_API_KEY"
		list = append(list, &source{preset: preset{name: name, api: apiOpenAI, keys: []string{variable}, local: true}, settings: settings, inUse: true})
	}
	for _, s := range list {
		s.complete(env, chosen)
		if s.settings.Discover.V && s.api != apiOpenAI {
			warnings = append(warnings, "models.providers."+s.name+".discover: only services with OpenAI's API are asked for their models: set models instead")
		}
	}
	return list, warnings
}

// complete takes in environment and configuration.
func (s *source) complete(env func(string) string, chosen []choice) {
	if address := env(s.address); s.address != "" && address != "" {
		s.baseURL, s.inUse, s.needs = addressOf(s.name, address), true, false
	}
	if s.settings.BaseURL.V != "" {
		// Behind another address is another service, such as a proxy with a
		// key of its own.
		s.baseURL, s.needs = s.settings.BaseURL.V, false
	}
	if s.settings.API.Set {
		s.api = string(s.settings.API.V)
	}
	s.key = strings.TrimSpace(s.settings.APIKey.V)
	for _, name := range s.keys {
		if s.key == "" {
			s.key = strings.TrimSpace(env(name))
		}
	}
	s.inUse = s.inUse || s.key != "" || slices.ContainsFunc(chosen, func(c choice) bool { return strings.HasPrefix(c.model, s.name+"/") })
	s.headers = s.settings.Headers
	for k := range s.settings.Models {
		s.entries = append(s.entries, s.entry(&s.settings.Models[k]))
	}
	known := len(s.entries) > 0 || slices.ContainsFunc(shipped(), func(m llm.Model) bool { return m.Provider == s.name })
	s.discover = s.settings.Discover.Or(s.api == apiOpenAI && !known) && s.api == apiOpenAI && s.inUse && !(s.needs && s.key == "")
}

// addressOf makes a base URL of what stands in the environment. Ollama's
// variable holds a host, a port or both.
func addressOf(name, address string) string {
	if name != "ollama" {
		return address
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	scheme, host, _ := strings.Cut(address, "://")
	host = strings.TrimRight(host, "/")
	if strings.HasPrefix(host, ":") {
		host = "127.0.0.1" + host
	}
	host = strings.Replace(host, "0.0.0.0", "127.0.0.1", 1) // where it listens is not where it is
	if !strings.Contains(host, ":") {
		host += ":11434"
	}
	return scheme + "://" + host + "/v1"
}

func (s *source) entry(c *protocol.ModelConfig) llm.Model {
	m := llm.Model{
		ID: c.ID, Name: cmp.Or(c.Name.V, c.ID), Provider: s.name,
		ContextWindow: c.ContextWindow.V, MaxOutput: c.MaxTokens.V, Reasoning: c.Reasoning.V,
	}
	for _, input := range c.Input {
		m.Input = append(m.Input, string(input))
	}
	p := c.Cost.V
	m.Price = llm.Price{Input: p.Input.V, Output: p.Output.V, CacheRead: p.CacheRead.V, CacheWrite: p.CacheWrite.V}
	return m
}

// open makes the provider. models tells what is known of a model of it.
func (s *source) open(models func(id string) (llm.Model, bool), transport http.RoundTripper) {
	o := exchange.Options{
		Provider: s.name, BaseURL: s.baseURL, Key: s.key, NeedsKey: s.needs, Headers: s.headers, Transport: transport,
		First:      time.Duration(s.settings.TimeoutSeconds.V) * time.Second,
		Idle:       time.Duration(s.settings.IdleTimeoutSeconds.V) * time.Second,
		Retries:    int(s.settings.Retries.V),
		KeySetting: s.keySetting(),
		URLSetting: "models.providers." + s.name + ".baseUrl",
	}
	if s.settings.Retries.Set && o.Retries == 0 {
		o.Retries = -1
	}
	if s.api == apiAnthropic {
		s.provider = anthropic.New(anthropic.Options{Options: o, Models: models})
	} else {
		s.provider = openai.New(openai.Options{Options: o, Models: models})
	}
}

// keySetting is what to set when the key is not right.
func (s *source) keySetting() string { return s.keys[0] + " or models.providers." + s.name + ".apiKey" }

// same reports whether what other found of its models holds for s too.
func (s *source) same(other *source) bool {
	return s.name == other.name && s.baseURL == other.baseURL && s.key == other.key && maps.Equal(s.headers, other.headers)
}
