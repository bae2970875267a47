package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/golang"
	"github.com/gatesmith/gatesmith/gen/emit/python"
	"github.com/gatesmith/gatesmith/gen/emit/site"
	"github.com/gatesmith/gatesmith/gen/emit/typescript"
	"github.com/gatesmith/gatesmith/gen/source"
)

// ParseConfig reads a configuration that is no file of this machine, such as an
// embedded one.
func ParseConfig(text []byte) (Config, error) {
	file, findings := source.Parse(ConfigFile, ConfigFile, text)
	r := &configReader{p: &Project{}}
	if file.Root != nil {
		r.config(file.Root)
	}
	for _, f := range append(findings, r.list...) {
		return Config{}, fmt.Errorf("%s: %s", f.Pos, f.Message)
	}
	return r.p.Config, nil
}

// SiteEmitter is what makes the site of a project, whose files are given: with
// examples in the languages that it generates clients in. Client are the modules
// with which pages call; without them they do not.
func (c Config) SiteEmitter(files fs.FS, client []emit.File) (site.Emitter, error) {
	e := site.Emitter{Command: c.Site.Command, Client: client}
	for _, o := range c.Outputs {
		switch o.Kind {
		case GoClient:
			e.Go = &golang.Client{Package: o.Package, Import: o.Import, Protocol: o.Protocol, Wire: o.Wire}
		case TypeScript:
			if o.Base != "" {
				e.TypeScript = &typescript.Emitter{Wire: o.Wire, Base: o.Base}
			}
		case Python:
			e.Python = &python.Emitter{Wire: o.Wire}
		case Reference:
			e.Reference = o.Dir
		case Go, Bundle, AsyncAPI, OpenRPC: // nothing that a page shows
		}
	}
	for _, path := range c.Site.Guides {
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return e, unread(path, err)
		}
		e.Guides = append(e.Guides, site.Document{Path: path, Text: text})
	}
	if path := c.Site.Changelog; path != "" {
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return e, unread(path, err)
		}
		e.Changelog = &site.Document{Path: path, Text: text}
	}
	return e, nil
}

func unread(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s lists %s for the site, and there is no such file", ConfigFile, path)
	}
	return fmt.Errorf("%s: cannot read: %s", path, Plain(err))
}

// PlanSite plans the reference as a site in a folder.
func (p *Project) PlanSite(m *Model, dir string, client []emit.File) (*Plan, error) {
	e, err := p.Config.SiteEmitter(os.DirFS(p.dir), client)
	if err != nil {
		return nil, err
	}
	files, err := e.Emit(m.Protocol)
	if err != nil {
		return nil, fmt.Errorf("cannot make the site: %w", err)
	}
	return p.PlanFiles(dir, files), nil
}
