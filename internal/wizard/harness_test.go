package wizard

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// setup is a wizard over a file in a folder of its own, and what is said of it.
type setup struct {
	*Service
	t      *testing.T
	dir    string
	path   string // of the configuration
	env    map[string]string
	hidden []string
	seen   []string // all that was answered, as JSON
	needs  bool     // a change needs a restart

	mu       sync.Mutex
	log      strings.Builder
	restarts []string
}

func (s *setup) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

// settings is the file, as a gateway has it that says when it has to restart.
type settings struct {
	FileSettings
	*setup
}

func (s *settings) Swap(ctx context.Context, base, by string, change func(now *config.Loaded) ([]byte, error)) (bool, error) {
	_, err := s.FileSettings.Swap(ctx, base, by, change)
	return s.needs, err
}

func (s *settings) Restart(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restarts = append(s.restarts, reason)
}

// restarted lists what the gateway was restarted for.
func (s *setup) restarted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.restarts
}

func newSetup(t *testing.T, text string, change ...func(*Options)) *setup {
	t.Helper()
	dir := t.TempDir()
	s := &setup{t: t, dir: dir, path: filepath.Join(dir, "gateway.json5"), env: map[string]string{}}
	if text != "" {
		s.write(text)
	}
	env := func(name string) string { return s.env[name] }
	file := config.File{Sources: config.Sources{Path: s.path, Env: env}, History: config.History{Dir: config.HistoryDir(dir)},
		Check: func(next *config.Loaded) error {
			next.UseToken("of the state folder", "token")
			return next.Locate(config.Check(next.Config, false)).Err()
		}}
	o := Options{Settings: &settings{FileSettings{file}, s}, StateDir: dir, Env: env, Logger: slog.New(slog.NewTextHandler(s, nil)),
		Workspace: func(c *protocol.Config) string { return agent.NewRoster(c, dir, dir).Default().Workspace },
		Hide:      func(secrets ...string) { s.hidden = append(s.hidden, secrets...) }}
	for _, f := range change {
		f(&o)
	}
	s.Service = New(o)
	t.Cleanup(s.Close)
	return s
}

// through reaches a fake in memory.
func through(transport http.RoundTripper) func(*Options) {
	return func(o *Options) { o.Transport = transport }
}

func (s *setup) write(text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// text is what the file says; "" where there is none.
func (s *setup) text() string {
	text, _ := os.ReadFile(s.path)
	return string(text)
}

// start starts a wizard.
func (s *setup) start() *protocol.WizardStartResult {
	s.t.Helper()
	res, err := s.WizardStart(s.t.Context(), &protocol.WizardStartParams{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.note(res.AppendJSON(nil))
	return res
}

func (s *setup) note(answer []byte) { s.seen = append(s.seen, string(answer)) }

// next answers a step.
func (s *setup) next(stepID string, value any) *protocol.WizardNextResult {
	s.t.Helper()
	p := &protocol.WizardNextParams{Answer: wire.Some(protocol.WizardAnswer{StepID: stepID})}
	if value != nil {
		raw, err := json.Marshal(value)
		if err != nil {
			s.t.Fatal(err)
		}
		p.Answer.V.Value = raw
	}
	res, err := s.WizardNext(s.t.Context(), p)
	if err != nil {
		s.t.Fatalf("%s: %v", stepID, err)
	}
	s.note(res.AppendJSON(nil))
	return res
}

// answers are what a person answers, by the step's name: one after the other where
// a step comes several times. What is not there is answered as it is preselected.
type answers map[string][]any

// until is an answer at which walk stops.
type until struct{}

// walk answers until the end, and gives the last answer and the names of the steps
// that came.
func (s *setup) walk(a answers) (*protocol.WizardNextResult, []string) {
	s.t.Helper()
	start := s.start()
	res := &protocol.WizardNextResult{Done: start.Done, Step: start.Step, Status: start.Status}
	return s.goOn(res, a)
}

func (s *setup) goOn(res *protocol.WizardNextResult, a answers) (_ *protocol.WizardNextResult, names []string) {
	s.t.Helper()
	for !res.Done {
		step := res.Step.V
		names = append(names, step.Name.V)
		if len(names) > 60 {
			s.t.Fatalf("it does not end: %v", names)
		}
		var value any
		if list := a[step.Name.V]; len(list) > 0 {
			value, a[step.Name.V] = list[0], list[1:]
		} else if step.InitialValue != nil {
			value = json.RawMessage(step.InitialValue)
		}
		if value == (until{}) {
			return res, names
		}
		if f, ok := value.(func(*protocol.WizardStep) any); ok {
			value = f(&step)
		}
		res = s.next(step.ID, value)
	}
	return res, names
}

// happened fails unless the steps came in this order, among others.
func happened(t *testing.T, names []string, want ...string) {
	t.Helper()
	rest := names
	for _, w := range want {
		k := 0
		for k < len(rest) && rest[k] != w {
			k++
		}
		if k == len(rest) {
			t.Fatalf("there is no step %s where it should be in %v", w, names)
		}
		rest = rest[k+1:]
	}
}

// value reads a setting of the file.
func (s *setup) value(key string) string {
	s.t.Helper()
	l, err := config.Load(config.Sources{Path: s.path})
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.text())
	}
	names, err := config.SplitKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	value, _ := l.Show(names, true)
	return string(value)
}
