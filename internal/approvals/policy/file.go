package policy

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/filelock"
	"github.com/gatesmith/gatesmith/internal/fsync"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// FileName is what the file is called in a state folder.
const FileName = "exec-approvals.json"

// maxText bounds what is read of a file.
const maxText = 1 << 20

// patience is how long a writer waits for the others.
const patience = 10 * time.Second

// usedEvery is how often an entry's last use is written down, at most.
const usedEvery = time.Minute

// File is an exec-approvals file. People may edit it by hand, and several
// processes may have it open; it is read anew each time.
type File struct{ path string }

// Open names a file, which need not be there.
func Open(path string) *File { return &File{path} }

// Conflict is a write that is based on another text than the present one, or on
// an unknown one.
type Conflict uint8

// The conflicts.
const (
	HashUnavailable Conflict = iota // the present text can't be read
	HashRequired                    // no base was given
	HashChanged                     // somebody else was faster
)

// Error gives the text that clients know by heart.
func (c Conflict) Error() string {
	return [...]string{"exec approvals base hash unavailable", "exec approvals base hash required", "exec approvals changed since last load"}[c] +
		"; re-run exec.approvals.get and retry"
}

// BrokenError is a file that is not what it should be. Until it is mended nothing
// that needs its leave may run.
type BrokenError struct {
	Path string
	Err  error
}

// Error says what is wrong and what to do.
func (e *BrokenError) Error() string {
	return fmt.Sprintf("the exec-approvals file %s cannot be used: %v: mend it or remove it; until then nothing runs that it would have to allow", e.Path, e.Err)
}

func (e *BrokenError) Unwrap() error { return e.Err }

// text is a file as it is on the disk.
type text struct {
	exists bool
	hash   string
	file   protocol.ExecApprovalsFile
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (f *File) read() (*text, error) {
	data, err := f.bytes()
	if errors.Is(err, fs.ErrNotExist) {
		return &text{hash: hashOf(nil)}, nil
	}
	if err != nil {
		return nil, &BrokenError{f.path, err}
	}
	t := &text{exists: true, hash: hashOf(data)}
	if err := t.file.DecodeAlias(data, wire.Strict); err != nil {
		return nil, &BrokenError{f.path, err}
	}
	return t, nil
}

func (f *File) bytes() ([]byte, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxText+1))
	if err == nil && len(data) > maxText {
		err = fmt.Errorf("it is larger than %d bytes", maxText)
	}
	return data, err
}

// Rules gives the rules of an agent as the file has them now; those of an empty
// file where there is none.
func (f *File) Rules(agent string) (Rules, error) {
	t, err := f.read()
	if err != nil {
		return Rules{}, err
	}
	return RulesFor(&t.file, agent), nil
}

// Snapshot gives the file as clients may see it. It is made when it is missing.
func (f *File) Snapshot(ctx context.Context) (*protocol.ExecApprovalsSnapshot, error) {
	t, err := f.read()
	if err == nil && !t.exists {
		t, err = f.change(ctx, func(*text) (bool, error) { return true, nil })
	}
	if err != nil {
		return nil, err
	}
	return f.shown(t), nil
}

// Set replaces the content, if base is the hash of the present text. What the new
// one leaves out of the socket is kept, and entries get names.
func (f *File) Set(ctx context.Context, next *protocol.ExecApprovalsFile, base string) (*protocol.ExecApprovalsSnapshot, error) {
	next = next.Clone()
	t, err := f.change(ctx, func(now *text) (bool, error) {
		switch {
		case !now.exists:
		case base == "":
			return false, HashRequired
		case base != now.hash:
			return false, HashChanged
		}
		if old := now.file.Socket; old.Set {
			if !next.Socket.V.Path.Set {
				next.Socket.V.Path = old.V.Path
			}
			if !next.Socket.V.Token.Set {
				next.Socket.V.Token = old.V.Token
			}
			next.Socket.Set = next.Socket.V.Path.Set || next.Socket.V.Token.Set
		}
		now.file = *next
		return true, nil
	})
	if broken := (*BrokenError)(nil); errors.As(err, &broken) {
		return nil, fmt.Errorf("%w (%v)", HashUnavailable, broken)
	}
	if err != nil {
		return nil, err
	}
	return f.shown(t), nil
}

// ErrCarrier refuses to remember a program that runs whatever it is told to.
var ErrCarrier = errors.New("it runs other programs, so that allowing it would allow everything")

// Remember puts a program on an agent's allow-list, if nothing there covers it.
// Programs that run others are not put there.
func (f *File) Remember(ctx context.Context, agent, program string, m Machine) error {
	if !filepath.IsAbs(program) {
		return fmt.Errorf("%q is no absolute path, so that it says of no program which one it is", program)
	}
	if err := Rememberable(program); err != nil {
		return err
	}
	_, err := f.change(ctx, func(now *text) (bool, error) {
		r := RulesFor(&now.file, agent)
		if m.match(r.Allowlist, program) != nil {
			return false, nil
		}
		a := now.file.Agents[r.Agent]
		a.Allowlist = append(slices.Clone(a.Allowlist), protocol.ExecAllowlistEntry{Pattern: program})
		if now.file.Agents == nil {
			now.file.Agents = map[string]protocol.ExecApprovalsAgent{}
		}
		now.file.Agents[r.Agent] = a
		return true, nil
	})
	return err
}

// Rememberable tells why a program would not be put on an allow-list; nil: it would.
func Rememberable(program string) error {
	switch {
	case Carrier(program):
		return fmt.Errorf("%s is not put on the allow-list: %w", program, ErrCarrier)
	case strings.ContainsAny(program, "*?"):
		return fmt.Errorf("%s is not put on the allow-list: its name has signs that stand for others there", program)
	}
	return nil
}

// Used writes down that an entry let a command through. It is not worth a write
// each time.
func (f *File) Used(ctx context.Context, agent string, e *protocol.ExecAllowlistEntry, command, program string, now time.Time) error {
	if e == nil || now.Sub(time.UnixMilli(e.LastUsedAt.V)) < usedEvery {
		return nil
	}
	_, err := f.change(ctx, func(t *text) (bool, error) {
		for _, name := range []string{RulesFor(&t.file, agent).Agent, EveryAgent} {
			list := t.file.Agents[name].Allowlist
			for k := range list {
				if list[k].ID == e.ID && list[k].Pattern == e.Pattern {
					list[k].LastUsedAt = wire.Some(now.UnixMilli())
					list[k].LastUsedCommand, list[k].LastResolvedPath = wire.Some(command), wire.Some(program)
					return true, nil
				}
			}
		}
		return false, nil
	})
	return err
}

// shown is a file without what is secret.
func (f *File) shown(t *text) *protocol.ExecApprovalsSnapshot {
	s := &protocol.ExecApprovalsSnapshot{Path: f.path, Exists: t.exists, Hash: t.hash, File: *t.file.Clone()}
	s.File.Socket.V.Token = wire.Opt[string]{}
	return s
}

// change rewrites the file while nobody else does; it is replaced as a whole or
// not at all. The function changes what is there and says whether to write it.
func (f *File) change(ctx context.Context, change func(now *text) (bool, error)) (*text, error) {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lock, err := filelock.Wait(ctx, filepath.Join(filepath.Dir(f.path), "."+filepath.Base(f.path)+".lock"))
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	t, err := f.read()
	if err != nil {
		return nil, err
	}
	write, err := change(t)
	if err != nil || !write {
		return t, err
	}
	name(&t.file)
	var b bytes.Buffer
	if err := json.Indent(&b, t.file.AppendJSON(nil), "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	if b.Len() > maxText {
		return nil, fmt.Errorf("the exec-approvals file would be larger than %d bytes: remove entries", maxText)
	}
	path := f.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link stays one
	}
	if err := fsync.Replace(path, b.Bytes()); err != nil {
		return nil, err
	}
	return &text{exists: true, hash: hashOf(b.Bytes()), file: t.file}, nil
}

// name gives entries that have no id one.
func name(file *protocol.ExecApprovalsFile) {
	for _, a := range file.Agents {
		for k := range a.Allowlist {
			if !a.Allowlist[k].ID.Set {
				a.Allowlist[k].ID = wire.Some(NewID())
			}
		}
	}
}

// NewID makes a random UUID.
func NewID() string {
	var b [16]byte
	rand.Read(b[:])         // never fails
	b[6] = b[6]&0x0f | 0x40 // version 4
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
