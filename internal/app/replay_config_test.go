package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/config"
)

// configured starts the gateway with the configuration of the recording, and has
// it start anew when it wants to.
func (r *replay) configured(dir string) {
	for _, l := range readReplay(r.t, r.name) {
		if payload, ok := l.Frame["payload"].(object); ok && payload["raw"] != nil {
			writeConfig(r.t, dir, spelt(payload["raw"].(string)))
			break
		}
	}
	r.again = make(chan string, 1)
	var restarting sync.WaitGroup
	var start func() string
	start = func() string {
		var once sync.Once
		restart := func(after time.Duration, reason string) {
			restarting.Go(func() {
				<-time.After(after)
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				defer cancel()
				if err := r.gateway.Stop(ctx, 1500*time.Millisecond); err != nil {
					r.t.Errorf("stop for %s: %v", reason, err)
				}
				r.again <- start()
			})
		}
		g, err := apptest.TryStart(r.t, app.Options{StateDir: dir, Restart: func(after time.Duration, reason string) {
			once.Do(func() { restart(after, reason) })
		}}, filepath.Join(dir, "gateway.json5"), map[string][]string{"token": {replayToken}})
		if err != nil {
			r.t.Error(err)
			return ""
		}
		r.gateway = g
		return wsURL(g)
	}
	r.url = start()
	r.t.Cleanup(func() {
		restarting.Wait()
		apptest.Stop(r.t, r.gateway)
	})
}

// learnHash notes what the present configuration's hash is here. Where a change
// was refused in the field and is made here, it is another one than before.
func (r *replay) learnHash(recorded, m object) {
	payload, _ := m["payload"].(object)
	was, _ := recorded["payload"].(object)
	if hash, ok := was["hash"].(string); ok {
		r.hash = hash
		r.names[hash], _ = payload["hash"].(string)
	}
	if path, ok := payload["path"].(string); ok && payload["hash"] == nil && payload["config"] != nil {
		text, err := os.ReadFile(path)
		if err != nil {
			r.t.Fatal(err)
		}
		r.names[r.hash] = config.Hash(text)
	}
}

// spelt is a configuration of the field as ours has it: a model is a name, and
// the token is the one of the replay.
func spelt(raw string) string {
	raw = regexp.MustCompile(`\{\s*"primary":\s*("[^"]*")\s*\}`).ReplaceAllString(raw, "$1")
	return strings.ReplaceAll(raw, "<TOKEN>", fmt.Sprint(replayToken))
}
