package app_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
)

// Whoever stops a gateway that is being stopped waits for its end, too.
func TestStopsAtOnceFromTwoSides(t *testing.T) {
	dir := t.TempDir()
	g := apptest.Start(t, app.Options{StateDir: dir}, filepath.Join(dir, "gateway.json5"), nil)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { apptest.Stop(t, g) })
	}
	both.Wait()
}
