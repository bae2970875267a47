package run

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/asyncapi"
	"github.com/gatesmith/gatesmith/gen/emit/bundle"
	"github.com/gatesmith/gatesmith/gen/emit/golang"
	"github.com/gatesmith/gatesmith/gen/emit/openrpc"
	"github.com/gatesmith/gatesmith/gen/emit/python"
	"github.com/gatesmith/gatesmith/gen/emit/reference"
	"github.com/gatesmith/gatesmith/gen/emit/typescript"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Plan is everything that generation produces, in memory.
type Plan struct {
	project *Project
	targets []target
}

type target struct {
	dir   string // absolute
	files []emit.File
}

// Plan emits the outputs of the configuration: all of them, or those of some
// kinds. What shares a folder with them is emitted, too, or it would be taken
// for what is no longer produced.
func (p *Project) Plan(m *Model, kinds ...Kind) (*Plan, error) {
	plan := &Plan{project: p}
	for _, o := range p.Config.Outputs {
		if len(kinds) > 0 && !slices.ContainsFunc(p.Config.Outputs, func(other Output) bool {
			return p.abs(other.Dir) == p.abs(o.Dir) && slices.Contains(kinds, other.Kind)
		}) {
			continue
		}
		if err := plan.add(m, o); err != nil {
			return nil, err
		}
	}
	if len(plan.targets) == 0 {
		return nil, p.noOutputs(kinds)
	}
	return plan, nil
}

// PlanOutput emits one output, whether or not the configuration has it.
func (p *Project) PlanOutput(m *Model, o Output) (*Plan, error) {
	plan := &Plan{project: p}
	return plan, plan.add(m, o)
}

// PlanFiles plans files that were made elsewhere, for a folder of their own.
func (p *Project) PlanFiles(dir string, files []emit.File) *Plan {
	plan := &Plan{project: p}
	plan.put(dir, files)
	return plan
}

func (plan *Plan) add(m *Model, o Output) error {
	files, err := o.emitter(m.Tree).Emit(m.Protocol)
	if err != nil {
		return fmt.Errorf("cannot generate the output of kind %q: %w", o.Kind, err)
	}
	plan.put(plan.project.abs(o.Dir), files)
	return nil
}

// put adds files to a folder. What lies there is compared as a whole, so a
// folder has one target.
func (plan *Plan) put(dir string, files []emit.File) {
	i := slices.IndexFunc(plan.targets, func(t target) bool { return t.dir == dir })
	if i < 0 {
		i = len(plan.targets)
		plan.targets = append(plan.targets, target{dir: dir})
	}
	plan.targets[i].files = append(plan.targets[i].files, files...)
	emit.Sort(plan.targets[i].files)
}

func (p *Project) noOutputs(kinds []Kind) error {
	switch {
	case p.file == nil:
		return fmt.Errorf("nothing says what to generate from %s: expected a %s in a folder above it that names it and lists outputs", p.Shown(p.SchemaDir()), ConfigFile)
	case len(kinds) > 0:
		return fmt.Errorf("%s lists no output of kind %s", p.file.Shown(), quoted(kinds))
	}
	return fmt.Errorf("%s lists no outputs: nothing to generate", p.file.Shown())
}

// emitter makes the emitter of an output.
func (o Output) emitter(tree *source.Tree) emit.Emitter {
	switch o.Kind {
	case Go:
		return golang.Emitter{Package: o.Package, Import: o.Import, Wire: o.Wire}
	case GoClient:
		return golang.Client{Package: o.Package, Import: o.Import, Protocol: o.Protocol, Wire: o.Wire}
	case TypeScript:
		return typescript.Emitter{Wire: o.Wire, Base: o.Base}
	case Python:
		return python.Emitter{Wire: o.Wire}
	case Reference:
		return reference.Emitter{}
	case AsyncAPI:
		return asyncapi.Emitter{}
	case OpenRPC:
		return openrpc.Emitter{}
	}
	return several{bundle.Source{Tree: tree}, bundle.Old{}}
}

// several puts the files of more than one emitter into one folder.
type several []emit.Emitter

func (s several) Emit(p *ir.Protocol) ([]emit.File, error) {
	var all []emit.File
	for _, e := range s {
		files, err := e.Emit(p)
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	return all, nil
}

// path is where a planned file goes.
func (t target) path(f emit.File) string { return filepath.Join(t.dir, filepath.FromSlash(f.Path)) }
