package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/filelock"
)

func fileIn(dir string) File {
	return File{Sources: Sources{Path: filepath.Join(dir, "conf", "gateway.json5")}, History: History{Dir: filepath.Join(dir, "history")}}
}

// textOf gives a text whatever there is.
func textOf(text string) func(*Loaded) ([]byte, error) {
	return func(*Loaded) ([]byte, error) { return []byte(text), nil }
}

// TestStaleBaseNeverWrites has writers with right and wrong bases, and hands, come
// in any order: the file is always what the last one wrote who was up to date.
func TestStaleBaseNeverWrites(t *testing.T) {
	dir := t.TempDir()
	count := 0
	rapid.Check(t, func(t *rapid.T) {
		count++
		f := fileIn(filepath.Join(dir, fmt.Sprint(count)))
		want, exists := "", false
		known := []string{"", Hash(nil)} // bases that somebody may have read
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			text := fmt.Sprintf("{ n: %d } // %d", rapid.IntRange(0, 3).Draw(t, "n"), rapid.IntRange(0, 3).Draw(t, "m"))
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0: // a hand
				if !exists {
					continue
				}
				if err := os.WriteFile(f.Sources.Path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				want = text
			case 1: // a text that is not valid
				if _, err := f.Write(t.Context(), Write{Base: Hash([]byte(want)), Change: textOf(`{gateway:{port:"x"}}`)}); err == nil {
					t.Fatal("a text that is not valid was written")
				}
			default:
				base := rapid.SampledFrom(known).Draw(t, "base")
				_, err := f.Write(t.Context(), Write{Base: base, Change: textOf(text)})
				right := !exists || base == Hash([]byte(want))
				if _, conflict := errors.AsType[Conflict](err); right != (err == nil) || err != nil && !conflict {
					t.Fatalf("base %s of %s: %v", base, want, err)
				}
				if right {
					want, exists = text, true
				}
			}
			known = append(known, Hash([]byte(want)))
			if got, _ := os.ReadFile(f.Sources.Path); string(got) != want {
				t.Fatalf("the file is %q, want %q", got, want)
			}
		}
		if versions, err := f.History.Versions(); err != nil || exists && len(versions) == 0 {
			t.Fatalf("history %v %v", versions, err)
		}
	})
}

// Writers that don't know of each other change one text: nothing is lost.
func TestWritersLoseNothing(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	const writers, rounds = 8, 10
	for w := range writers {
		wg.Go(func() {
			f := fileIn(dir) // its own, as in a process of its own
			for k := range rounds {
				for {
					now, err := f.Read()
					if err != nil {
						t.Error(err)
						return
					}
					text, err := Merge(now.Text, PatchOf([]string{fmt.Sprintf("w%d_%d", w, k)}, []byte("1")))
					if err != nil {
						t.Error(err)
						return
					}
					_, err = f.Write(t.Context(), Write{Base: now.Hash, Change: func(*Loaded) ([]byte, error) { return text, nil }})
					if err == nil {
						break
					}
					if c, ok := errors.AsType[Conflict](err); !ok || c == HashUnavailable {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	got, err := os.ReadFile(fileIn(dir).Sources.Path)
	if err != nil {
		t.Fatal(err)
	}
	for w := range writers {
		for k := range rounds {
			if !bytes.Contains(got, fmt.Appendf(nil, "w%d_%d", w, k)) {
				t.Errorf("w%d_%d was lost", w, k)
			}
		}
	}
	versions, err := fileIn(dir).History.Versions()
	if err != nil || len(versions) != historyLength {
		t.Errorf("%d versions are kept, %v", len(versions), err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "conf", ".*.partial"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// What cannot be written leaves the file as it is, and says what to look after.
func TestUnwritable(t *testing.T) {
	dir := t.TempDir()
	f := fileIn(dir)
	if _, err := f.Write(t.Context(), Write{Change: textOf("{}")}); err != nil {
		t.Fatal(err)
	}
	// A history that cannot be kept: nothing may be written over.
	history := f
	history.History.Dir = filepath.Join(f.Sources.Path, "below a file")
	_, err := history.Write(t.Context(), Write{Base: Hash([]byte("{}")), Change: textOf("{a:1}")})
	if _, ok := errors.AsType[*UnwritableError](err); !ok || !strings.Contains(err.Error(), "could not be written and is as it was") {
		t.Errorf("a history in the way: %v", err)
	}
	// Somebody who holds the lock for ever.
	lock, err := filelock.Wait(t.Context(), filepath.Join(dir, "conf", ".gateway.json5.lock"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.Write(ctx, Write{Base: Hash([]byte("{}")), Change: textOf("{a:1}")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a lock that is held: %v", err)
	}
	_ = lock.Close()
	below := File{Sources: Sources{Path: filepath.Join(f.Sources.Path, "x", "gateway.json5")}}
	if _, err := below.Write(t.Context(), Write{Change: textOf("{}")}); err == nil {
		t.Error("a folder below a file")
	}
	if got, _ := os.ReadFile(f.Sources.Path); string(got) != "{}" {
		t.Errorf("the file is %q", got)
	}
}

// A link stays one: what it points to is written.
func TestLinkStays(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "real.json5")
	if err := os.WriteFile(target, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	f := File{Sources: Sources{Path: filepath.Join(dir, "link.json5")}}
	if err := os.Symlink(target, f.Sources.Path); err != nil {
		t.Skip(err)
	}
	if _, err := f.Write(t.Context(), Write{Base: Hash([]byte("{}")), Change: textOf("{a:1}")}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(target)
	info, _ := os.Stat(target)
	if link, _ := os.Readlink(f.Sources.Path); link != target || string(got) != "{a:1}" || err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s -> %q %v %v", link, got, info.Mode(), err)
	}
}

func TestSplitKey(t *testing.T) {
	for key, want := range map[string][]string{
		"a":             {"a"},
		"gateway.port":  {"gateway", "port"},
		`a["b.c"].d`:    {"a", "b.c", "d"},
		`["x y"]["\""]`: {"x y", `"`},
	} {
		got, err := SplitKey(key)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q %v", key, got, err)
		}
		name := ""
		for _, n := range got {
			name = childKey(name, n)
		}
		if name != key {
			t.Errorf("%s is called %s", key, name)
		}
	}
	for _, key := range []string{"", ".", "a.", ".a", "a..b", `a["b`, `a[b]`, `a["b"]c`, `a.["b"]`} {
		if got, err := SplitKey(key); err == nil {
			t.Errorf("%s: %q", key, got)
		}
	}
}

func TestValueOf(t *testing.T) {
	for _, c := range []struct{ key, word, want string }{
		{"gateway.port", "0x10", "16"},
		{"gateway.port", "many", `"many"`},
		{"gateway.auth.token", "123", `"123"`},
		{"gateway.auth.token", "'x'", `"x"`},
		{"gateway.auth.token", `{"$secret":true}`, `{"$secret":true}`},
		{"gateway.origins", "['a']", `["a"]`},
		{"models.providers.x.apiKey", "true", `"true"`},
		{"nobody.knows", "true", "true"},
		{"nobody.knows", "{a:1,a:2}", `"{a:1,a:2}"`},
	} {
		names, err := SplitKey(c.key)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(ValueOf(names, c.word)); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.key, c.word, got, c.want)
		}
	}
}
