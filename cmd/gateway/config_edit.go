package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/config"
)

func configEditCommand() *cobra.Command {
	settings := &connection.Settings{}
	var configFlag string
	cmd := &cobra.Command{
		Use:   "edit",
		Short: "Opens the file in an editor, and takes it when it is valid",
		Long: `Opens the file in the editor that VISUAL or EDITOR names, and takes it when it is
valid. While it is not, the problems are shown and the editor can be opened again. What
others changed meanwhile is shown, and lost only if you say so. A text that is not taken
is kept, and the command says where.`,
		Example: examples("gateway config edit", "EDITOR='code --wait' gateway config edit"),
		Args:    noArgs,
	}
	settings.Register(cmd.Flags())
	cmd.Flags().StringVar(&configFlag, "config", "", "configuration `file`, whether a gateway runs or not")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := cmd.InOrStdin()
		e := &editing{screen: screenOf(cmd, settings.JSON), in: bufio.NewReader(in), person: screen.IsTerminal(in)}
		e.edit = func(path string) error { return runEditor(path, in, cmd.OutOrStdout(), cmd.ErrOrStderr()) }
		// An editor may be open for hours: each look at the gateway is a connection
		// of its own.
		with := func(do func(ctx context.Context, s *settingsFile) error) error {
			ctx, cancel := settings.Bound(context.WithoutCancel(cmd.Context()))
			defer cancel()
			s := &settingsFile{screen: e.screen, in: in}
			if err := s.open(ctx, settings, configFlag); err != nil {
				return err
			}
			if s.gateway != nil {
				c := conversation{gateway: s.gateway}
				defer c.close()
			}
			return do(ctx, s)
		}
		e.read = func() (now *config.Loaded, err error) {
			err = with(func(ctx context.Context, s *settingsFile) error {
				now, _, err = s.read(ctx)
				return err
			})
			return now, err
		}
		e.write = func(base string, text []byte) error {
			return with(func(ctx context.Context, s *settingsFile) error { return s.write(ctx, base, text, "config-edit") })
		}
		return e.run()
	}
	return cmd
}

// editing is one use of the editor, with what it works on.
type editing struct {
	screen *screen.Screen
	in     *bufio.Reader
	person bool // there is one to ask
	edit   func(path string) error
	read   func() (*config.Loaded, error)
	write  func(base string, text []byte) error
}

// emptyFile is what is edited where there is no file yet.
const emptyFile = "{\n  // gateway config explain KEY tells what there is to set.\n}\n"

func (e *editing) run() (err error) {
	now, err := e.read()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "gateway-config-") // for its owner alone
	if err != nil {
		return err
	}
	path, was := filepath.Join(folder, "gateway.json5"), now.Text
	if len(was) == 0 {
		was = []byte(emptyFile)
	}
	if err := os.WriteFile(path, was, 0o600); err != nil {
		return errors.Join(err, os.RemoveAll(folder))
	}
	text := was
	defer func() {
		if err == nil || bytes.Equal(text, was) {
			_ = os.RemoveAll(folder) // the system takes it away at some time
			return
		}
		err = fmt.Errorf("%w\nnothing was changed; what you wrote is kept in %s", err, path)
	}()
	for {
		if err := e.edit(path); err != nil {
			text, _ = os.ReadFile(path)
			return err
		}
		if text, err = os.ReadFile(path); err != nil {
			return err
		}
		if bytes.Equal(text, was) {
			return e.said(now.Path, "Nothing was changed")
		}
		err := e.write(now.Hash, text)
		if outrun(err) {
			now, err = e.overtaken(now, text, err)
		}
		if err == nil {
			return e.said(now.Path, "Changed the configuration")
		}
		report(e.screen.Err, err, false)
		if !e.agrees("Edit it again?", true) {
			return errors.New("the text was not taken")
		}
	}
}

// overtaken shows what others changed meanwhile, and asks whether the text is to
// take its place all the same.
func (e *editing) overtaken(base *config.Loaded, text []byte, conflict error) (*config.Loaded, error) {
	now, err := e.read()
	if err != nil {
		return base, err
	}
	fmt.Fprintln(e.screen.Err, "The configuration was changed meanwhile:")
	if list, err := config.Compare(base.Text, now.Text); err == nil {
		showDifferences(screen.New(e.screen.Err, e.screen.Err, false, os.Getenv), list)
	}
	if !e.agrees("Put your text in its place, so that this is lost?", false) {
		return base, conflict
	}
	return now, e.write(now.Hash, text)
}

// agrees asks a person; without one the answer is no.
func (e *editing) agrees(question string, byDefault bool) bool {
	if !e.person {
		return false
	}
	choice := "[y/N]"
	if byDefault {
		choice = "[Y/n]"
	}
	fmt.Fprintf(e.screen.Err, "%s %s ", question, choice)
	answer, err := e.in.ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	if answer == "" && err == nil {
		return byDefault
	}
	return answer == "y" || answer == "yes"
}

func (e *editing) said(path, text string) error {
	if e.screen.JSON {
		return e.screen.Value(map[string]any{"ok": true, "path": path})
	}
	e.screen.Line("%s.", text)
	return nil
}

// runEditor opens a file in the editor that the environment names, which may be a
// command with arguments, and waits for its end.
func runEditor(path string, in io.Reader, out, errs io.Writer) error {
	editor := cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"))
	var cmd *exec.Cmd
	switch {
	case runtime.GOOS == "windows":
		words := strings.Fields(cmp.Or(editor, "notepad"))
		cmd = exec.Command(words[0], append(words[1:], path)...)
	default:
		cmd = exec.Command("sh", "-c", cmp.Or(editor, "vi")+` "$1"`, "sh", path)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the editor %q failed: %w: VISUAL or EDITOR names another", cmp.Or(editor, cmd.Args[0]), err)
	}
	return nil
}
