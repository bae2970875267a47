package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// smallDisk is a file system of its own, of a few megabytes.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=12m,mode=0700"); err != nil {
		t.Skipf("no file system can be mounted here, so that this is NOT tested: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// faulty is a gateway whose disk fails.
type faulty struct {
	*process
	c *client.Client
}

func onDisk(t *testing.T, dir string) *faulty {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(`{ agents: { maxConcurrent: 3 } }`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := run(t, dir, nil)
	return &faulty{p, p.connect()}
}

// healthy holds health to its answer.
func (f *faulty) healthy(when string) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 5*time.Second)
	defer cancel()
	if h, err := f.c.Health(ctx, &protocol.HealthParams{}); err != nil || h.Status != protocol.HealthSummaryStatusOk {
		f.t.Errorf("%s: health answers %v", when, err)
	}
}

// say gives the agent a message and waits for its end.
func (f *faulty) say(key string) error {
	ctx, cancel := context.WithTimeout(f.t.Context(), 20*time.Second)
	defer cancel()
	if _, err := f.c.ChatSend(ctx, &protocol.ChatSendParams{SessionKey: "main", Message: "hello " + key, IdempotencyKey: protocol.IdempotencyKey(key)}); err != nil {
		return err
	}
	done, err := f.c.AgentWait(ctx, &protocol.AgentWaitParams{RunID: key, TimeoutMs: wire.Some(int64(15_000))})
	if err == nil && done.Status != protocol.AgentWaitResultStatusOk {
		err = errors.New("the run ended with " + string(done.Status))
	}
	return err
}

func (f *faulty) ready() int {
	f.t.Helper()
	u, _ := url.Parse(f.url)
	res, err := http.Get("http://" + u.Host + "/readyz")
	if err != nil {
		f.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.StatusCode
}

// becomes waits until /readyz has an answer: outcomes are good for a second.
func (f *faulty) becomes(status int) {
	f.t.Helper()
	for end := time.Now().Add(15 * time.Second); f.ready() != status; <-time.After(200 * time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatalf("/readyz does not become %d", status)
		}
	}
}

// refusesWrites holds the gateway to what it says while nothing can be written.
func (f *faulty) refusesWrites(when string) {
	f.t.Helper()
	var told *client.Error
	if err := f.say(when); err == nil || errors.As(err, &told) && told.Code != protocol.CodeUnavailable {
		f.t.Errorf("%s, a message: %v", when, err)
	}
	f.refusesConfig(when, filepath.Join(f.dir, "gateway.json5"))
}

func (f *faulty) refusesConfig(when, conf string) {
	f.t.Helper()
	got, err := f.c.ConfigGet(f.t.Context(), nil)
	if err != nil || !got.Valid {
		f.t.Fatalf("%s, config.get: %v", when, err)
	}
	var told *client.Error
	_, err = f.c.ConfigPatch(f.t.Context(), &protocol.ConfigPatchParams{Raw: `{agents:{maxConcurrent:5}}`, BaseHash: got.Hash})
	if !errors.As(err, &told) || told.Code != protocol.CodeUnavailable || !strings.Contains(told.Message, "could not be written and is as it was") {
		f.t.Errorf("%s, config.patch: %v", when, err)
	}
	if text := fileText(f.t, conf); !strings.Contains(text, "maxConcurrent: 3") {
		f.t.Errorf("%s, the configuration is %q", when, text)
	}
	f.healthy(when)
}

// With a full disk the gateway refuses what it could not keep, answers all else, and
// works again when there is room.
func TestDiskFull(t *testing.T) {
	f := onDisk(t, smallDisk(t))
	if err := f.say("before"); err != nil {
		t.Fatal(err)
	}
	filler, err := os.Create(filepath.Join(f.dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = filler.Write(block)
	}
	_ = filler.Close()
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	// What the log and the database had of room is used up.
	for range 50 {
		if f.say("filling"+time.Now().String()) != nil {
			break
		}
	}
	f.becomes(http.StatusServiceUnavailable)
	f.refusesWrites("while the disk is full")
	if err := os.Remove(filler.Name()); err != nil {
		t.Fatal(err)
	}
	f.becomes(http.StatusOK)
	if err := f.say("after"); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
	f.healthy("when there is room again")
}

// Where the configuration's folder is read-only, the gateway says so to who would
// change it, and does all else.
func TestConfigFolderReadOnly(t *testing.T) {
	folder := smallDisk(t)
	conf := filepath.Join(folder, "gateway.json5")
	if err := os.WriteFile(conf, []byte(`{ agents: { maxConcurrent: 3 } }`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", folder, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	p := run(t, t.TempDir(), nil, "--config", conf)
	f := &faulty{p, p.connect()}
	f.refusesConfig("in a read-only folder", conf)
	if err := f.say("hello"); err != nil {
		t.Error(err)
	}
	if f.ready() != http.StatusOK {
		t.Error("it is not ready")
	}
}

// A configuration that is half written, or that nobody may read, stops nothing that
// runs, and is said.
func TestConfigUnreadable(t *testing.T) {
	dir := t.TempDir()
	f := onDisk(t, dir)
	conf := filepath.Join(dir, "gateway.json5")
	for name, spoil := range map[string]func() error{
		"CONFIG_SYNTAX": func() error { return os.WriteFile(conf, []byte(`{ agents: { maxConc`), 0o600) },
		"CONFIG_FILE":   func() error { return errors.Join(os.Remove(conf), os.Mkdir(conf, 0o700)) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		f.waitLog(name)
		for end := time.Now().Add(10 * time.Second); ; <-time.After(50 * time.Millisecond) {
			st, err := f.c.Status(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(st.ConfigFallbacks) == 1 && len(st.ConfigFallbacks[0].Issues) == 1 && st.ConfigFallbacks[0].Issues[0].Rule.V == name {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s: status says %+v", name, st.ConfigFallbacks)
			}
		}
		if err := f.say(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f.healthy(name)
		if err := errors.Join(os.RemoveAll(conf), os.WriteFile(conf, []byte(`{ agents: { maxConcurrent: 3 } }`), 0o600)); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); ; <-time.After(50 * time.Millisecond) {
			if st, err := f.c.Status(t.Context(), nil); err == nil && len(st.ConfigFallbacks) == 0 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s: what is right again is not taken up", name)
			}
		}
	}
}
