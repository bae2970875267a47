package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/config"
)

// edits is an editing of a real file, by a person who writes texts one after the
// other and gives answers.
func edits(t *testing.T, start, answers string, texts ...string) (e *editing, path string, out *bytes.Buffer) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	path = filepath.Join(dir, "gateway.json5")
	if start != "" {
		if err := os.WriteFile(path, []byte(start), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out = new(bytes.Buffer)
	s := &settingsFile{file: config.File{Sources: config.Sources{Path: path}, History: config.History{Dir: config.HistoryDir(dir)}}}
	e = &editing{screen: screen.New(out, out, false, func(string) string { return "" }), in: bufio.NewReader(strings.NewReader(answers)), person: answers != ""}
	e.read = func() (*config.Loaded, error) {
		now, _, err := s.read(t.Context())
		return now, err
	}
	e.write = func(base string, text []byte) error { return s.write(context.Background(), base, text, "config-edit") }
	e.edit = func(path string) error {
		if len(texts) == 0 {
			return errors.New("the editor was opened once more")
		}
		text := texts[0]
		texts = texts[1:]
		if text == "" {
			return nil
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("what is edited: %v %v", info, err)
		}
		return os.WriteFile(path, []byte(text), 0o600)
	}
	return e, path, out
}

func fileText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestConfigEdit(t *testing.T) {
	const start = "{ log: { level: 'warn' } } // mine\n"
	const next = "{ log: { level: 'error' } } // mine too\n"
	const wrong = "{ log: { level: 'loud' } }\n"
	for _, c := range []struct {
		name, answers string
		texts         []string
		is, says      string
		err           string
	}{
		{"valid", "", []string{next}, next, "Changed the configuration.", ""},
		{"nothing", "", []string{""}, start, "Nothing was changed.", ""},
		{"wrong without a person", "", []string{wrong}, start, `log.level is "loud"`, "the text was not taken"},
		{"wrong, then right", "\n", []string{wrong, next}, next, `log.level is "loud"`, ""},
		{"wrong, then given up", "n\n", []string{wrong}, start, "Edit it again? [Y/n]", "the text was not taken"},
		{"wrong, then as before", "y\n", []string{wrong, start}, start, "Nothing was changed.", ""},
		{"no text", "y\nn\n", []string{"{", "{"}, start, "CONFIG_SYNTAX", "the text was not taken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, path, out := edits(t, start, c.answers, c.texts...)
			err := e.run()
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v", err)
			}
			if got := fileText(t, path); got != c.is {
				t.Errorf("the file is %q", got)
			}
			if !strings.Contains(out.String(), c.says) {
				t.Errorf("it says\n%s", out)
			}
			keptIs(t, err, c.texts[len(c.texts)-1])
		})
	}
}

// keptIs holds a failure to where it says that the text is, and a success to
// leaving nothing behind.
func keptIs(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil {
		if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
			t.Errorf("%v was left behind", left)
		}
		return
	}
	at := regexp.MustCompile(`is kept in (\S+)`).FindStringSubmatch(err.Error())
	if at == nil {
		t.Fatalf("the error does not say where the text is: %v", err)
	}
	if got := fileText(t, at[1]); got != text {
		t.Errorf("kept is %q", got)
	}
}

func TestConfigEditOfNoFile(t *testing.T) {
	e, path, _ := edits(t, "", "", "{ log: { level: 'debug' } }")
	if err := e.run(); err != nil || fileText(t, path) != "{ log: { level: 'debug' } }" {
		t.Error(err)
	}
	e, path, out := edits(t, "", "", "")
	if err := e.run(); err != nil || !strings.Contains(out.String(), "Nothing was changed") {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was made that nobody wrote")
	}
}

// What others write while the editor is open is shown, and lost only on purpose.
func TestConfigEditOvertaken(t *testing.T) {
	const mine, theirs = "{ log: { level: 'error' } }", "{ log: { level: 'warn' }, agent: { model: 'a/b' } }"
	for _, c := range []struct {
		answers, is string
		ok          bool
	}{{"", theirs, false}, {"\nn\n", theirs, false}, {"y\n", mine, true}} {
		e, path, out := edits(t, "{ log: { level: 'warn' } }", c.answers, mine)
		edit := e.edit
		e.edit = func(at string) error {
			if err := os.WriteFile(path, []byte(theirs), 0o600); err != nil {
				t.Fatal(err)
			}
			return edit(at)
		}
		err := e.run()
		if (err == nil) != c.ok || fileText(t, path) != c.is || !strings.Contains(out.String(), `+ agent: {"model":"a/b"}`) {
			t.Errorf("answers %q: %v, the file is %q, it says\n%s", c.answers, err, fileText(t, path), out)
		}
		keptIs(t, err, mine)
		if versions, _ := (config.History{Dir: config.HistoryDir(filepath.Dir(path))}).Versions(); c.ok && len(versions) != 2 {
			t.Errorf("%d versions are kept", len(versions))
		}
	}
}
