package nodehost

import (
	"context"
	"path/filepath"
	"strings"

	"os/exec"
)

// maxBins is how many programs can be looked for at a time.
const maxBins = 512

// which finds programs. That needs no approval: it runs nothing.
func (h *Host) which(_ context.Context, r *request) (any, *Failure) {
	var p struct {
		Bins []string `json:"bins"`
	}
	if f := decode(r, &p); f != nil {
		return nil, f
	}
	if len(p.Bins) > maxBins {
		return nil, invalid("bins are too many: at most 512 at a time")
	}
	found := map[string]string{}
	for _, name := range p.Bins {
		name = strings.TrimSpace(name)
		if name == "" || strings.ContainsAny(name, `/\`) {
			continue // a name, not a place: nobody is to look around here
		}
		for _, dir := range filepath.SplitList(h.variable("PATH")) {
			if !filepath.IsAbs(dir) {
				continue
			}
			if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				found[name] = path
				break
			}
		}
	}
	return map[string]any{"bins": found}, nil
}
