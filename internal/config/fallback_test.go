package config

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// kept is a file with earlier versions, the oldest first.
func kept(t *testing.T, text string, versions ...string) (Sources, History) {
	t.Helper()
	dir := t.TempDir()
	s := Sources{Path: filepath.Join(dir, "gateway.json5")}
	if err := os.WriteFile(s.Path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h := History{Dir: HistoryDir(dir)}
	for k, v := range versions {
		if err := h.keep([]byte(v), "", time.Unix(int64(1000+k), 0)); err != nil {
			t.Fatal(err)
		}
	}
	return s, h
}

func TestFallBack(t *testing.T) {
	for _, c := range []struct {
		name, text string
		versions   []string
		fallen     string // sections
		port       int64
		level      string
		model      string
	}{
		{"good", `{gateway:{port:1}}`, []string{`{gateway:{port:2}}`}, "", 1, "info", ""},
		{"one section", `{gateway:{port:"x"},log:{level:"warn"},agent:{model:"a"}}`, []string{`{gateway:{port:2},log:{level:"debug"}}`}, "gateway", 2, "warn", "a"},
		{"the newest that is good", `{gateway:{port:"x"},log:{level:"warn"}}`, []string{`{gateway:{port:2}}`, `{gateway:{port:3},log:{level:7}}`, `{gateway:{port:-1}}`, `{gateway:{`}, "gateway", 3, "warn", ""},
		{"two sections from two versions", `{gateway:{port:"x"},log:{level:7},agent:{model:"a"}}`, []string{`{gateway:{port:2},log:{level:"debug"}}`, `{gateway:{port:3},log:{level:8}}`}, "gateway log", 3, "debug", "a"},
		{"section that was not there", `{gateway:{port:1},log:{level:7}}`, []string{`{gateway:{port:2}}`}, "log", 1, "info", ""},
		{"key that stands twice", `{gateway:{port:1},log:{level:"warn",level:"error"}}`, []string{`{log:{level:"debug"}}`}, "log", 1, "debug", ""},
		{"unsafe", `{gateway:{port:1,bind:"lan"},log:{level:"warn"}}`, []string{`{gateway:{port:2}}`}, "gateway", 2, "warn", ""},
		{"wrong, and what it falls back to unsafe", `{gateway:{port:"x"},log:{level:"warn"}}`, []string{`{gateway:{port:2},log:{level:"debug"}}`, `{gateway:{port:3,bind:"lan"}}`}, "*", 2, "debug", ""},
		{"reference to nothing", `{models:{providers:{anthropic:{apiKey:{$env:"NONE"}}}},log:{level:"warn"}}`, []string{`{gateway:{port:2}}`}, "models", 18789, "warn", ""},
		{"no text", `{gateway:{port:1},log:{`, []string{`{gateway:{port:2},log:{level:"debug"}}`, `{gateway:{port:3},log:{level:7}}`}, "*", 2, "debug", ""},
		{"no object", `[]`, []string{`{gateway:{port:2}}`}, "*", 2, "info", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, h := kept(t, c.text, c.versions...)
			s.Env = func(string) string { return "" }
			l, err := LoadGood(s, h, false)
			if err != nil {
				t.Fatal(err)
			}
			var fallen []string
			for _, f := range l.Fallbacks() {
				if f.Section == "" {
					f.Section = "*"
				}
				fallen = append(fallen, f.Section)
				if len(f.Problems) == 0 || !strings.HasPrefix(f.From, "the version ") {
					t.Errorf("%+v", f)
				}
			}
			if got := strings.Join(fallen, " "); got != c.fallen {
				t.Errorf("fell back: %q", got)
			}
			if l.Config.Gateway.V.Port.V != c.port || string(l.Config.Log.V.Level.V) != c.level || l.Config.Agent.V.Model.V != c.model {
				t.Errorf("port %d, level %s, model %q", l.Config.Gateway.V.Port.V, l.Config.Log.V.Level.V, l.Config.Agent.V.Model.V)
			}
			if string(l.Text) != c.text || l.Hash != Hash([]byte(c.text)) {
				t.Error("the text is another one")
			}
			if shown, _ := l.Show([]string{"log", "level"}, false); string(shown) != `"`+c.level+`"` {
				t.Errorf("shows %s", shown)
			}
			if strings.Contains(c.fallen, "gateway") {
				if o := l.Origin("gateway.port"); o.Kind != FromEarlier || !strings.HasPrefix(o.String(), "the version ") {
					t.Errorf("the port is from %v", o)
				}
			}
		})
	}
}

// Where nothing earlier helps, and where a flag is wrong, the file's problems are
// the error.
func TestNothingToFallBackTo(t *testing.T) {
	for _, c := range []struct {
		name, text string
		versions   []string
		flags      map[string][]string
		want       string
	}{
		{"no versions", `{gateway:{port:"x"}}`, nil, nil, "gateway.port"},
		{"none is good", `{gateway:{port:"x"}}`, []string{`{gateway:{port:-1}}`, `{`}, nil, "gateway.port"},
		{"flag", `{gateway:{port:1}}`, []string{`{gateway:{port:2}}`}, map[string][]string{"port": {"x"}}, "--port"},
		{"flag and file", `{log:{level:7}}`, []string{`{gateway:{port:2}}`}, map[string][]string{"port": {"x"}}, "--port"},
		{"unsafe by a flag", `{gateway:{port:1}}`, []string{`{gateway:{port:2}}`}, map[string][]string{"bind": {"lan"}}, "gateway.bind"},
		{"no text", `{`, nil, nil, "CONFIG_SYNTAX"},
	} {
		s, h := kept(t, c.text, c.versions...)
		s.Flags = c.flags
		l, err := LoadGood(s, h, false)
		if err == nil || !strings.Contains(err.Error(), c.want) || l.Fallbacks() != nil {
			t.Errorf("%s: %v, fell back %v", c.name, err, l.Fallbacks())
		}
	}
}

// A secret of a section that is not used is one all the same.
func TestSecretsOfWhatIsNotUsed(t *testing.T) {
	s, h := kept(t, `{gateway:{port:"x",auth:{token:"c4nary-new-token"}}}`, `{gateway:{auth:{token:"c4nary-old-token"}}}`)
	l, err := LoadGood(s, h, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(l.Secrets(), " "); !strings.Contains(got, "c4nary-new-token") || !strings.Contains(got, "c4nary-old-token") {
		t.Errorf("secrets %q", got)
	}
	if l.Config.Gateway.V.Auth.V.Token.V != "c4nary-old-token" {
		t.Error("the token is not that of before")
	}
}

// follower is a service whose gateway takes all up at once.
func follower(t *testing.T, text string) (s *Service, write func(string), inForce func() *Loaded) {
	t.Helper()
	sources, h := kept(t, text)
	var last *Loaded
	l, err := Load(sources)
	if err != nil {
		t.Fatal(err)
	}
	s = New(Options{File: File{Sources: sources, History: h, Check: func(l *Loaded) error { return l.Startable(false) }}, Loaded: l, Logger: slog.New(slog.DiscardHandler),
		Reload: func(next *Loaded) (bool, error) {
			if err := next.Startable(false); err != nil {
				return false, err
			}
			last = next
			return false, nil
		}})
	last = l
	return s, func(text string) {
		t.Helper()
		if err := os.WriteFile(sources.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.look()
	}, func() *Loaded { return last }
}

// While the gateway runs, a broken section stays as it was, and the others follow.
func TestFallBackWhileRunning(t *testing.T) {
	s, write, inForce := follower(t, `{gateway:{port:1},log:{level:"warn"}}`)
	says := func(sections ...string) {
		t.Helper()
		var got []string
		for _, f := range s.Fallbacks() {
			got = append(got, f.Section)
		}
		if strings.Join(got, " ") != strings.Join(sections, " ") {
			t.Errorf("fell back %q, want %q", got, sections)
		}
	}
	is := func(port int64, level string) {
		t.Helper()
		if c := inForce().Config; c.Gateway.V.Port.V != port || string(c.Log.V.Level.V) != level {
			t.Errorf("port %d and level %s, want %d and %s", c.Gateway.V.Port.V, c.Log.V.Level.V, port, level)
		}
	}
	write(`{gateway:{port:"x"},log:{level:"error"}}`)
	is(1, "error")
	says("gateway")
	write(`{gateway:{port:"y"},log:{level:7}}`)
	is(1, "error")
	if n := len(s.Fallbacks()); n != 2 {
		t.Errorf("%d sections fell back", n)
	}
	write(`{gateway:{`)
	is(1, "error")
	says("")
	if f := s.Fallbacks()[0]; !strings.Contains(f.String(), "the whole file is wrong, and what was in force before is in force in its place: ") {
		t.Error(f.String())
	}
	write(`{gateway:{port:5,bind:"lan"},log:{level:"debug"}}`)
	is(1, "debug")
	says("gateway")
	write(`{gateway:{port:6}}`)
	is(6, "info")
	says()
	if err := os.Remove(s.o.File.Sources.Path); err != nil {
		t.Fatal(err)
	}
	s.look()
	is(6, "info")
	says("")
	write(`{gateway:{port:6}}`)
	says()
	// What it ran with is there to fall back to at the next start.
	versions, err := s.o.File.History.Versions()
	if err != nil || len(versions) == 0 || versions[0].Hash != Hash([]byte(`{gateway:{port:6}}`)) {
		t.Errorf("%v %v", versions, err)
	}
}
