package policy

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// Machine is what paths mean where a command is to run.
type Machine struct {
	Home string // what ~ stands for; "": nothing
	// Links follows the symbolic links of a folder; nil: there are none.
	Links func(folder string) (string, error)
	// Skill reports whether a program belongs to an installed skill; nil: none does.
	Skill func(program string) bool
}

// Here is this machine.
func Here() Machine {
	home, _ := os.UserHomeDir() // without one, ~ matches nothing
	return Machine{Home: home, Links: filepath.EvalSymlinks}
}

// maxPattern bounds what a pattern costs.
const maxPattern = 4096

// match finds the entry that covers a program.
func (m Machine) match(list []protocol.ExecAllowlistEntry, program string) *protocol.ExecAllowlistEntry {
	program = m.plain(program)
	for k := range list {
		if m.Covers(list[k].Pattern, program) {
			return &list[k]
		}
	}
	return nil
}

// Covers reports whether a pattern of an allow-list covers a program. A pattern is
// an absolute path, in which ~ at the beginning is the home folder, ? one
// character, * any of a name, and ** any at all. A name alone covers nothing: which
// program it is would depend on the folder.
func (m Machine) Covers(pattern, program string) bool {
	pattern = strings.TrimSpace(pattern)
	if rest, ok := strings.CutPrefix(pattern, "~"); ok && m.Home != "" && (rest == "" || os.IsPathSeparator(rest[0])) {
		pattern = m.Home + rest
	}
	if len(pattern) > maxPattern || !filepath.IsAbs(pattern) || !filepath.IsAbs(program) {
		return false
	}
	return glob(m.fold(m.plain(pattern)), m.fold(m.plain(program)))
}

// plain follows the links of a path's folder: /bin/ls and /usr/bin/ls are one
// program where /bin is a link to /usr/bin. The last name stays as it is, because
// many programs are links to one that goes by the name it is called by. Of a
// pattern, the part before the first sign that stands for others is followed.
func (m Machine) plain(path string) string {
	path = filepath.Clean(path)
	if m.Links == nil {
		return path
	}
	folder, rest := filepath.Split(path)
	if k := strings.IndexAny(folder, "*?"); k >= 0 {
		folder = path[:strings.LastIndexFunc(path[:k], func(r rune) bool { return r < 0x80 && os.IsPathSeparator(uint8(r)) })+1]
		rest = path[len(folder):]
	}
	if real, err := m.Links(folder); err == nil {
		return filepath.Join(real, rest)
	}
	return path
}

// fold makes paths comparable where the system does not tell them apart.
func (m Machine) fold(path string) string {
	if runtime.GOOS == "windows" {
		return strings.ToLower(filepath.ToSlash(path))
	}
	return path
}

// glob matches a whole text. It goes through the text once, with the set of places
// in the pattern that it may be at, so that no pattern takes long.
func glob(pattern, text string) bool {
	p := []rune(pattern)
	at := make([]bool, len(p)+1)
	next := make([]bool, len(p)+1)
	at[0] = true
	star := func(k int) bool { return k < len(p) && p[k] == '*' }
	skip := func(set []bool) {
		for k := range p {
			if set[k] && star(k) {
				set[k+1] = true
			}
		}
	}
	skip(at)
	for _, r := range text {
		clear(next)
		for k := range p {
			switch {
			case !at[k]:
			case star(k):
				// One that has another beside it takes separators too.
				if r != '/' || star(k+1) || k > 0 && star(k-1) {
					next[k] = true
				}
			case p[k] == r, p[k] == '?' && r != '/':
				next[k+1] = true
			}
		}
		skip(next)
		at, next = next, at
	}
	return at[len(p)]
}

// ErrNoProgram is a name that no program has.
var ErrNoProgram = errors.New("there is no such program")

// Resolve finds the program that a command's first word names: an absolute path.
// A name is looked for in the folders of a search path, those of it that are
// absolute; a relative path begins at a folder.
func Resolve(name, folder, searchPath string) (string, error) {
	if name == "" {
		return "", ErrNoProgram
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r < 0x80 && os.IsPathSeparator(uint8(r)) }) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		return executable(name)
	}
	for _, dir := range filepath.SplitList(searchPath) {
		if filepath.IsAbs(dir) {
			if found, err := executable(filepath.Join(dir, name)); err == nil {
				return found, nil
			}
		}
	}
	return "", ErrNoProgram
}

func executable(path string) (string, error) {
	found, err := exec.LookPath(path)
	if err != nil || !filepath.IsAbs(found) {
		return "", ErrNoProgram
	}
	return filepath.Clean(found), nil
}

// carriers run other programs, which a list of programs cannot tell apart.
var carriers = []string{"sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "csh", "tcsh", "busybox", "toybox", "pwsh", "powershell", "cmd",
	"env", "sudo", "doas", "su", "runuser", "pkexec", "nohup", "nice", "ionice", "timeout", "time", "stdbuf", "setsid", "xargs", "parallel", "watch", "script",
	"find", "fd", "ssh", "chroot", "unshare", "nsenter", "systemd-run", "flock", "strace", "ltrace", "gdb", "make", "git", "vi", "vim", "nvim", "emacs", "less", "man",
	"awk", "gawk", "mawk", "nawk", "sed", "gsed", "perl", "ruby", "lua", "node", "nodejs", "deno", "bun", "npm", "npx", "pnpm", "yarn", "tclsh", "expect", "php", "osascript", "java", "go", "uv", "uvx",
	"docker", "podman", "kubectl", "tar", "rsync", "wscript", "cscript", "rundll32", "gateway"}

// Carrier reports whether a program is one of those, such as a shell, that run
// whatever their arguments say. Whoever allows such a command always means that
// command, and would allow everything: it is not put on the list. One who wants it
// there can write it there.
func Carrier(program string) bool {
	name := strings.ToLower(filepath.Base(program))
	name = strings.TrimSuffix(name, ".exe")
	if strings.HasPrefix(name, "python") || strings.HasPrefix(name, "pypy") {
		return true
	}
	bare := strings.TrimRight(name, "0123456789.-")
	return slices.Contains(carriers, name) || slices.Contains(carriers, bare)
}
