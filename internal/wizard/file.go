package wizard

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/config"
)

// FileSettings is the configuration where no gateway runs with it: the file alone.
type FileSettings struct{ File config.File }

var _ Settings = (*FileSettings)(nil)

// Read gives the file as it is now.
func (f *FileSettings) Read() *config.Loaded {
	l, _ := f.File.Read()
	return l
}

// Swap changes the file while its hash is base.
func (f *FileSettings) Swap(ctx context.Context, base, by string, change func(now *config.Loaded) ([]byte, error)) (restart bool, err error) {
	_, err = f.File.Write(ctx, config.Write{Base: base, Change: change, Programs: true, By: by})
	return false, err
}

// Restart does nothing: nothing runs.
func (f *FileSettings) Restart(string) {}
