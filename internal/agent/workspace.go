package agent

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// folder completes the name of a folder: ~ is the home folder, and what is
// relative begins at base.
func folder(name, base string) string {
	if name == "" {
		return ""
	}
	if rest, ok := strings.CutPrefix(name, "~"); ok && (rest == "" || rest[0] == '/' || rest[0] == filepath.Separator) {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(base, name)
}

// promptFiles are the files of a workspace that become part of the system
// prompt, in this order.
var promptFiles = []string{"AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md", "TOOLS.md", "MEMORY.md"}

// maxPromptFile bounds what one of them adds, so that a log that somebody
// called MEMORY.md does not fill the model's window.
const maxPromptFile = 64 << 10

// maxAvatar is the largest picture that is put into an answer.
const maxAvatar = 2 << 20

// promptParts reads the workspace's files; those that are not there or cannot
// be read add nothing, and the fault is returned for the log.
func promptParts(dir string) (parts []string, err error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var faults []error
	for _, name := range promptFiles {
		text, err := readCapped(root, name, maxPromptFile)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				faults = append(faults, err)
			}
			continue
		}
		if text := strings.TrimSpace(string(text)); text != "" {
			parts = append(parts, "## "+name+"\n\n"+text)
		}
	}
	return parts, errors.Join(faults...)
}

// readCapped reads the beginning of a file inside a folder; links may not lead
// out of it.
func readCapped(root *os.Root, name string, most int64) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is not a file", name))
	}
	return io.ReadAll(io.LimitReader(f, most))
}

// avatarURL is a picture as an address that a client can show; "" when there
// is none: texts are no pictures, and files must be images of the workspace.
func avatarURL(avatar, workspace string) string {
	avatar = strings.TrimSpace(avatar)
	switch {
	case avatar == "":
		return ""
	case strings.HasPrefix(avatar, "https://"), strings.HasPrefix(avatar, "http://"), strings.HasPrefix(avatar, "data:image/"):
		return avatar
	case len([]rune(avatar)) <= 4 || filepath.IsAbs(avatar):
		return ""
	}
	root, err := os.OpenRoot(workspace)
	if err != nil {
		return ""
	}
	defer root.Close()
	data, err := readCapped(root, avatar, maxAvatar+1)
	if err != nil || len(data) > maxAvatar {
		return ""
	}
	kind := http.DetectContentType(data)
	if !strings.HasPrefix(kind, "image/") {
		return ""
	}
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)
}
