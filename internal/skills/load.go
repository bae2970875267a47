package skills

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

//go:embed bundled
var bundled embed.FS

// Where skills come from, as answers have it.
const (
	fromBundled   = "gatesmith-bundled"
	fromManaged   = "gatesmith-managed"
	fromWorkspace = "gatesmith-workspace"
)

// maxSkills is how many folders of one place are looked at.
const maxSkills = 200

// folderName is the folder of skills in a workspace, and fileName the file that
// makes a folder one.
const (
	folderName = "skills"
	fileName   = "SKILL.md"
)

// skill is one that was found.
type skill struct {
	*header
	Source string
	Dir    string // its folder, as answers have it
	folder string // the folder's name
}

func (s *skill) file() string {
	if s.Source == fromBundled {
		return path.Join(s.Dir, fileName)
	}
	return filepath.Join(s.Dir, fileName)
}

// find lists the skills of a workspace by name. Of two with the same name the
// workspace's wins over the managed one, and both over the bundled one.
func (s *Service) find(workspace string) []*skill {
	found := make(map[string]*skill)
	for _, source := range []string{fromBundled, fromManaged, fromWorkspace} {
		p, err := s.open(source, workspace)
		switch {
		case err == nil:
			s.collect(found, p, source)
			p.close()
		case !errors.Is(err, fs.ErrNotExist):
			s.warn(s.dir(source, workspace), err)
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b *skill) int { return cmp.Compare(a.Name, b.Name) })
}

// place is a folder of skills that is open. No link leads out of it.
type place struct {
	fs.FS
	root *os.Root // nil: bundled
	dir  string   // as answers have it
}

func (p *place) close() {
	if p.root != nil {
		p.root.Close()
	}
}

func (s *Service) dir(source, workspace string) string {
	switch source {
	case fromManaged:
		return s.o.Managed
	case fromWorkspace:
		return filepath.Join(workspace, folderName)
	}
	return "bundled:"
}

// open opens a folder of skills. That of a workspace has to lie in it: an agent
// may write there, and a link would show it other places.
func (s *Service) open(source, workspace string) (p *place, err error) {
	p = &place{dir: s.dir(source, workspace)}
	switch source {
	case fromManaged:
		p.root, err = os.OpenRoot(s.o.Managed)
	case fromWorkspace:
		var outer *os.Root
		if outer, err = os.OpenRoot(workspace); err == nil {
			p.root, err = outer.OpenRoot(folderName)
			outer.Close()
		}
	default:
		p.FS, err = fs.Sub(bundled, "bundled")
		return p, err
	}
	if err != nil {
		return nil, err
	}
	p.FS = p.root.FS()
	return p, nil
}

func (s *Service) collect(found map[string]*skill, p *place, source string) {
	entries, err := readDir(p)
	if err != nil {
		s.warn(p.dir, err)
		return
	}
	if len(entries) > maxSkills {
		s.warn(p.dir, fmt.Errorf("it has more than %d entries: the others are not looked at", maxSkills))
		entries = entries[:maxSkills]
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	here := make(map[string]bool)
	for _, e := range entries {
		dir := filepath.Join(p.dir, e.Name())
		if source == fromBundled {
			dir = p.dir + e.Name()
		}
		text, err := readStart(p, path.Join(e.Name(), fileName))
		if errors.Is(err, fs.ErrNotExist) || err != nil && e.Type().IsRegular() {
			continue // something else that lies there
		}
		var h *header
		if err == nil {
			h, err = readHeader(text, e.Name())
		}
		if err == nil && here[h.Name] {
			err = fmt.Errorf("another folder beside it has the skill %q", h.Name)
		}
		if err != nil {
			s.warn(dir, err)
			continue
		}
		here[h.Name] = true
		found[h.Name] = &skill{header: h, Source: source, Dir: dir, folder: e.Name()}
	}
}

// readDir gives no more entries of a folder than tell that there are too many.
func readDir(files fs.FS) ([]fs.DirEntry, error) {
	f, err := files.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, errors.New("it is no folder")
	}
	entries, err := d.ReadDir(maxSkills + 1)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return entries, err
}

// readStart reads the part of a file that has to hold the header.
func readStart(files fs.FS, name string) ([]byte, error) {
	f, err := openFile(files, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxHeader))
}

// openFile opens a regular file: opening a pipe would wait for its other end.
func openFile(files fs.FS, name string) (fs.File, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path.Base(name))
	}
	return files.Open(name)
}
