package system_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/internal/system"
)

// Notes wait over restarts, until an agent was told of them.
func TestNotesOutliveTheProcess(t *testing.T) {
	for name, options := range map[string]func(t *testing.T) store.Options{
		"SQLite":     func(t *testing.T) store.Options { return store.Options{Dir: t.TempDir()} },
		"PostgreSQL": func(t *testing.T) store.Options { return store.Options{URL: postgrestest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			begin := func(waiting ...string) (*system.Service, []system.Note, func()) {
				t.Helper()
				st, err := store.Open(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				s := system.New(system.Facts{}, household{}, &listener{})
				some, err := s.Keep(t.Context(), st, slog.New(slog.DiscardHandler))
				if err != nil || some != (len(waiting) > 0) {
					t.Errorf("some %v, %v", some, err)
				}
				notes := s.Take()
				var texts []string
				for _, n := range notes {
					texts = append(texts, n.AgentID+":"+n.Text)
				}
				if !slices.Equal(texts, waiting) {
					t.Errorf("waiting %q, want %q", texts, waiting)
				}
				return s, notes, func() {
					if err := st.Close(); err != nil {
						t.Error(err)
					}
				}
			}
			s, _, end := begin()
			leave := func(n system.Note) {
				t.Helper()
				if err := s.Leave(n); err != nil {
					t.Fatal(err)
				}
			}
			leave(system.Note{Text: "one"})
			leave(system.Note{Key: "k", AgentID: "work", Text: "two"})
			leave(system.Note{Key: "k", AgentID: "work", Text: "two again"})
			leave(system.Note{Text: "one"})
			if n := len(s.Take()); n != 3 {
				t.Errorf("%d notes wait", n)
			}
			end()
			// They were taken, and nobody was told of them.
			s, notes, end := begin(":one", "work:two", ":one")
			s.Done(notes[1:])
			s.Return(notes[:1])
			if n := len(s.Take()); n != 1 {
				t.Errorf("%d notes wait", n)
			}
			for k := range 25 {
				leave(system.Note{Text: fmt.Sprint(k)})
			}
			end()
			var last []string
			for k := range 20 {
				last = append(last, fmt.Sprintf(":%d", k+5))
			}
			_, notes, end = begin(append([]string{":one"}, last...)...)
			if len(notes) != 21 {
				t.Errorf("%d notes", len(notes))
			}
			end()
			// What cannot be written down is not acknowledged.
			if err := s.Leave(system.Note{Text: "lost"}); err == nil {
				t.Error("a note is taken that nobody keeps")
			}
		})
	}
}
