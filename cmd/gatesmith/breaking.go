package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/gen/baseline"
	"github.com/gatesmith/gatesmith/gen/breaking"
	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/run"
	"github.com/gatesmith/gatesmith/gen/source"
)

func (t *tool) breakingCommand() *cobra.Command {
	var against string
	var strict, rules bool
	format := choice{value: "text", allowed: []string{"text", "json", "markdown"}}
	cmd := &cobra.Command{
		Use:   "breaking --against REF|FOLDER|BUNDLE",
		Short: "Tells which changes since an earlier version clients have to follow",
		Long: `Compares the schema folder with an earlier version of it and names every change
that somebody has to follow: clients in the field (WIRE), who may do and see what
(SECURITY), and code written against generated types (SOURCE).

The earlier version is a git revision, a folder, or a bundle that gatesmith export
bundle wrote. Changes of the categories WIRE and SECURITY need a new version of
the protocol: raise "version" in protocol.json. With it they are listed, and the
exit status is 0.

--format markdown writes a changelog for people who write clients: what breaks,
what is deprecated, and what is new.`,
		Args: noArgs,
		RunE: does(func([]string) error {
			if rules {
				return t.breakingRules()
			}
			return t.breaking(against, format.value, strict)
		}),
	}
	cmd.Flags().StringVar(&against, "against", "", "the earlier `version`: a git revision, a folder or a bundle file")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with 1 for changes of the category SOURCE, too")
	cmd.Flags().BoolVar(&rules, "rules", false, "list the rules instead")
	cmd.Flags().Var(&format, "format", "how findings are printed: text, json or markdown")
	return cmd
}

func (t *tool) breakingRules() error {
	for _, c := range breaking.Categories {
		for _, r := range breaking.Rules {
			if r.Category == c {
				if _, err := fmt.Fprintf(t.stdout, "%-8s %-28s %s\n", r.Category, r.ID, r.Purpose); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (t *tool) breaking(against, format string, strict bool) error {
	if against == "" {
		return usagef("--against is missing: expected a git revision, a folder or a bundle file")
	}
	t.format.value = "text" // findings in the schema itself are no changes
	p := t.open()
	model, err := t.load(p)
	if err != nil {
		return err
	}
	old, err := t.earlier(p, against)
	if err != nil {
		return err
	}
	report := breaking.Compare(old, breaking.Version{Protocol: model.Protocol, Tree: model.Tree})
	switch format {
	case "json":
		err = report.WriteJSON(t.stdout)
	case "markdown":
		err = report.WriteMarkdown(t.stdout, against)
	default:
		err = report.WriteText(t.stderr, p.Text(model.Tree))
	}
	if err != nil {
		return err
	}
	t.say("%s", report.Verdict())
	if report.Unannounced() || strict && report.Count(breaking.Source) > 0 {
		return errFound
	}
	return nil
}

// earlier reads the version to compare with. It need not keep the rules of
// lint, but it has to compile.
func (t *tool) earlier(p *run.Project, against string) (breaking.Version, error) {
	tree, list, err := baseline.Read(baseline.Place{Dir: t.wd, Schema: p.SchemaDir()}, against)
	if errors.Is(err, baseline.ErrUnknown) {
		return breaking.Version{}, usageError{fmt.Errorf("--against %w", err)}
	}
	if err != nil {
		return breaking.Version{}, err
	}
	protocol, more := lower.Lower(tree)
	list = slices.DeleteFunc(append(list, more...), func(d diag.Diagnostic) bool { return d.Rule == diag.DocRequired })
	if len(list) == 0 {
		return breaking.Version{Protocol: protocol, Tree: tree}, nil
	}
	list.Sort()
	if err := diag.WriteText(t.stderr, list, sourceText(tree)); err != nil {
		return breaking.Version{}, err
	}
	return breaking.Version{}, fmt.Errorf("%s cannot be compared with: this gatesmith finds %s in it", against, count(len(list), "fault"))
}

func sourceText(tree *source.Tree) func(string) []byte {
	return func(shown string) []byte {
		if strings.HasPrefix(shown, tree.Prefix()) {
			return tree.Text(shown)
		}
		return nil
	}
}
