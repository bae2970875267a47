// Package logs serves the method group of that name: the gateway's own log, as it
// stands in a file.
package logs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// Path is where the log of a gateway is, by its state folder.
func Path(stateDir string) string { return filepath.Join(stateDir, "logs", "gateway.log") }

// Service reads a log file.
type Service struct{ path string }

var _ protocol.LogsHandler = (*Service)(nil)

// New returns a service that reads a file, which need not be there.
func New(path string) *Service { return &Service{path} }

// What is read where a caller does not say it.
const (
	defaultLimit = 500
	defaultBytes = 250_000
)

// LogsTail gives the last lines of the log, or those after a cursor.
func (s *Service) LogsTail(_ context.Context, p *protocol.LogsTailParams) (*protocol.LogsTailResult, error) {
	limit, most := int64(defaultLimit), int64(defaultBytes)
	if p.Limit.Set {
		limit = p.Limit.V
	}
	if p.MaxBytes.Set {
		most = p.MaxBytes.V
	}
	r := &protocol.LogsTailResult{File: s.path, Lines: []string{}}
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, failed(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, failed(err)
	}
	r.Size = info.Size()
	r.Cursor = r.Size
	start := max(0, r.Size-most)
	switch {
	case !p.Cursor.Set:
		r.Truncated = start > 0
	case p.Cursor.V > r.Size:
		r.Truncated, r.Reset = start > 0, true // another file than that of the cursor
	case r.Size-p.Cursor.V > most:
		r.Truncated, r.Reset = true, true
	default:
		start = p.Cursor.V
	}
	text, err := between(f, start, r.Size)
	if err != nil {
		return nil, failed(err)
	}
	if text != "" {
		r.Lines = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	}
	if over := int64(len(r.Lines)) - limit; over > 0 {
		r.Lines = r.Lines[over:]
	}
	return r, nil
}

func failed(err error) error {
	return protocol.Errorf(protocol.CodeUnavailable, "log read failed: %v", err)
}

// between gives the lines that begin between two places in a file.
func between(f io.ReaderAt, start, end int64) (string, error) {
	from := max(start-1, 0) // with the byte before, which tells whether a line begins
	text := make([]byte, end-from)
	n, err := f.ReadAt(text, from)
	if err != nil && !errors.Is(err, io.EOF) { // it may have been cut meanwhile
		return "", err
	}
	lines := strings.ToValidUTF8(string(text[:n]), "\uFFFD")
	if start > 0 {
		_, lines, _ = strings.Cut(lines, "\n")
	}
	return lines, nil
}
