package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/config"
)

func configValidateCommand() *cobra.Command {
	var plaintext bool
	cmd := remembers(&cobra.Command{
		Use:   "validate [FILE]",
		Short: "Checks a configuration file, and says where it is wrong",
		Args:  takes(0, 1),
	}, func(_ context.Context, s *screen.Screen, file config.File, args []string) error {
		if len(args) == 1 {
			file.Sources.Path, file.Sources.Named = args[0], true
		}
		l, _ := file.Read()
		if len(args) == 1 && !l.Exists {
			return fmt.Errorf("there is no file %s", args[0])
		}
		problems := l.Problems
		if len(problems) == 0 {
			l.UseToken("of the state folder", file.Sources.Path)
			problems = l.Locate(config.Check(l.Config, plaintext))
		}
		if s.JSON {
			if err := s.Value(map[string]any{"path": l.Path, "valid": len(problems) == 0, "problems": append(config.Problems{}, problems...), "warnings": append(config.Problems{}, l.Warnings...)}); err != nil {
				return err
			}
		} else {
			for _, p := range problems {
				s.Line("%s", s.Paint(screen.Bad, p.String()))
			}
			for _, p := range l.Warnings {
				s.Line("%s", s.Paint(screen.Doubt, "warning: "+p.String()))
			}
			if len(problems) == 0 {
				s.Line("%s is valid.", screen.Clean(l.Path))
			}
		}
		if len(problems) > 0 {
			return &failure{code: exitFailed} // said above
		}
		return nil
	})
	cmd.Flags().BoolVar(&plaintext, "plaintext", false, "the gateway is run with that flag")
	return cmd
}

// explanation is what there is to know of a setting.
type explanation struct {
	Key         string   `json:"key"`
	Value       any      `json:"value,omitempty"` // as JSON; absent: none
	From        string   `json:"from"`
	Default     string   `json:"default,omitempty"`
	Type        string   `json:"type"`
	Enum        []string `json:"enum,omitempty"`
	Env         []string `json:"env,omitempty"`
	Reload      string   `json:"reload"`
	Secret      bool     `json:"secret,omitempty"`
	Exec        bool     `json:"exec,omitempty"`
	Description string   `json:"description"`
}

func configExplainCommand() *cobra.Command {
	return remembers(&cobra.Command{
		Use:   "explain KEY",
		Short: "Tells what a setting is for, its value, and where that comes from",
		Long: `Tells what a setting is for, its value, and where that comes from: the file, with the
line, a variable of this shell, or the default. What flags a gateway was started with
is not known here.`,
		Example: examples("gateway config explain gateway.bind"),
		Args:    takes(1, 1),
	}, func(_ context.Context, s *screen.Screen, file config.File, args []string) error {
		names, err := keyOf(args)
		if err != nil {
			return err
		}
		key, known := config.Describe(names)
		if !known {
			return fmt.Errorf("no setting has the name %s: `gateway config get` prints those that are set", args[0])
		}
		l, err := file.Read()
		if l.Hash == "" || l.Parsed() == nil {
			return err
		}
		value, found := l.Show(names, false)
		e := explanation{Key: args[0], From: l.Origin(args[0]).String(), Default: key.Default, Type: key.Type, Enum: key.Enum,
			Env: key.Env, Reload: key.Reload, Secret: key.Secret, Exec: key.Exec, Description: key.Description}
		if found {
			e.Value = rawJSON(value)
		}
		if s.JSON {
			return s.Value(e)
		}
		t := s.Table()
		row := func(name, text string) {
			if text != "" {
				t.Row(screen.Styled(screen.Faint, name), text)
			}
		}
		row("value", cmp.Or(string(value), "none"))
		row("from", strings.Replace(e.From, homeFolder(), "~", 1))
		row("default", e.Default)
		row("type", e.Type)
		row("one of", strings.Join(e.Enum, ", "))
		row("variable", strings.Join(e.Env, ", "))
		row("a change needs", map[string]string{"live": "nothing, it takes effect at once", "drain": "the present runs to end", "restart": "a restart, which the gateway makes by itself"}[e.Reload])
		t.Print()
		s.Line("")
		s.Line("%s", screen.Clean(e.Description))
		return nil
	})
}

// rawJSON is JSON that is part of other JSON.
type rawJSON []byte

func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

// homeFolder is how people's files begin; a word that no path has where there is
// none.
func homeFolder() string {
	home, err := os.UserHomeDir()
	if err != nil || home == "" || home == "/" {
		return "\x00"
	}
	return home
}
