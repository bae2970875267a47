package skills

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/protocol"
)

// maxRead is how much of a file an agent is given.
const maxRead = 128 << 10

// Read gives a file of a skill that the agents of a workspace can use: its
// SKILL.md, or another one in its folder.
func (s *Service) Read(ctx context.Context, workspace, name, file string) (string, error) {
	found := s.find(workspace)
	i := slices.IndexFunc(found, func(k *skill) bool { return k.Name == name })
	if i < 0 {
		return "", protocol.Errorf(protocol.CodeInvalidRequest, "there is no skill %q", clip(line(name), maxName))
	}
	k := found[i]
	if st := s.status(ctx, k); !st.Eligible {
		return "", protocol.Errorf(protocol.CodeInvalidRequest, "the skill %q can't be used: it is switched off, or something that it needs is missing", k.Name)
	}
	if file == "" {
		file = fileName
	}
	if !fs.ValidPath(file) || strings.Contains(file, `\`) {
		return "", protocol.Errorf(protocol.CodeInvalidRequest, "%q is no path below the folder of the skill: expected one such as reference/api.md", clip(line(file), 200))
	}
	text, err := s.readFile(k, workspace, file)
	switch {
	case err != nil:
		return "", protocol.Errorf(protocol.CodeInvalidRequest, "the file %q of the skill %q can't be read: is it there, and a regular file within the folder?", clip(line(file), 200), k.Name)
	case !utf8.ValidString(text):
		return "", protocol.Errorf(protocol.CodeInvalidRequest, "the file %q of the skill %q is no text", clip(line(file), 200), k.Name)
	}
	return text, nil
}

func (s *Service) readFile(k *skill, workspace, file string) (string, error) {
	p, err := s.open(k.Source, workspace)
	if err != nil {
		return "", err
	}
	defer p.close()
	files, err := fs.Sub(p, k.folder)
	if p.root != nil {
		// One skill's links don't lead to another's files.
		own, err := p.root.OpenRoot(k.folder)
		if err != nil {
			return "", err
		}
		defer own.Close()
		files = own.FS()
	} else if err != nil {
		return "", err
	}
	f, err := openFile(files, file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxRead+1))
	if len(text) > maxRead {
		return strings.ToValidUTF8(string(text[:maxRead]), "") + fmt.Sprintf("\n\n[only the first %d bytes of the file]", maxRead), err
	}
	return string(text), err
}
