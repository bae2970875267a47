package skills

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/gatesmith/gatesmith/internal/skills/installer"
)

// maxHeader is how much of a SKILL.md may be header.
const maxHeader = 64 << 10

// Bounds of what a header says.
const (
	maxName        = 64   // bytes
	maxDescription = 1024 // bytes
	maxNames       = 64   // entries of a list
	maxInstalls    = 16
)

// header is what the top of a SKILL.md says.
type header struct {
	Name        string
	Description string
	Homepage    string
	Emoji       string
	Key         string // of its settings
	PrimaryEnv  string
	Always      bool
	Requires    requirements
	Install     []Installer
}

type requirements struct {
	Bins    []string `yaml:"bins"`
	AnyBins []string `yaml:"anyBins"`
	Env     []string `yaml:"env"`
	Config  []string `yaml:"config"`
	OS      []string `yaml:"os"`
}

// Installer is a way to install what a skill needs.
type Installer struct {
	ID      string   `yaml:"id"`
	Kind    string   `yaml:"kind"`
	Label   string   `yaml:"label"`
	Bins    []string `yaml:"bins"`
	OS      []string `yaml:"os"`
	Formula string   `yaml:"formula"` // brew
	Package string   `yaml:"package"` // node, uv
	Module  string   `yaml:"module"`  // go

	// download
	URL             string `yaml:"url"`
	SHA256          string `yaml:"sha256"`
	Archive         string `yaml:"archive"` // tar.gz, zip or none; absent: as url ends
	Extract         *bool  `yaml:"extract"` // false: archive none
	StripComponents int    `yaml:"stripComponents"`
	TargetDir       string `yaml:"targetDir"`
}

// metadata is the part of a header that is meant for a gateway.
type metadata struct {
	Emoji      string       `yaml:"emoji"`
	Homepage   string       `yaml:"homepage"`
	SkillKey   string       `yaml:"skillKey"`
	PrimaryEnv string       `yaml:"primaryEnv"`
	Always     bool         `yaml:"always"`
	OS         []string     `yaml:"os"`
	Requires   requirements `yaml:"requires"`
	Install    []Installer  `yaml:"install"`
}

// readHeader reads the header of a SKILL.md, of which the beginning is enough.
// The folder's name stands in for a name that is not given.
func readHeader(text []byte, folder string) (*header, error) {
	block, err := frontMatter(text)
	if err != nil {
		return nil, err
	}
	var top struct {
		Name        string    `yaml:"name"`
		Description string    `yaml:"description"`
		Homepage    string    `yaml:"homepage"`
		Metadata    yaml.Node `yaml:"metadata"`
	}
	if err := decode(block, &top); err != nil {
		return nil, err
	}
	m, err := readMetadata(&top.Metadata)
	if err != nil {
		return nil, err
	}
	h := &header{
		Name: line(cmp.Or(strings.TrimSpace(top.Name), folder)), Description: line(top.Description), Homepage: line(cmp.Or(top.Homepage, m.Homepage)),
		Emoji: line(m.Emoji), PrimaryEnv: line(m.PrimaryEnv), Always: m.Always, Requires: m.Requires, Install: m.Install,
	}
	h.Key = cmp.Or(line(m.SkillKey), h.Name)
	h.Requires.OS = append(m.OS, m.Requires.OS...)
	return h, h.check()
}

// readMetadata takes the part that is for a gateway. It may also be written as
// JSON in a string.
func readMetadata(n *yaml.Node) (m metadata, err error) {
	if n.IsZero() {
		return m, nil
	}
	var parts struct {
		Own   *metadata `yaml:"gatesmith"`
		Known *metadata `yaml:"clawdbot"` // as the skills of others have it
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		err = decode([]byte(n.Value), &parts)
	} else {
		err = tolerate(n.Decode(&parts))
	}
	switch {
	case err != nil:
		return m, fmt.Errorf("metadata: %w", err)
	case parts.Own != nil:
		return *parts.Own, nil
	case parts.Known != nil:
		return *parts.Known, nil
	}
	return m, nil
}

// frontMatter is what stands between a first line --- and the next one.
func frontMatter(text []byte) ([]byte, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	if string(bytes.TrimRight(first, " \t\r")) != "---" {
		return nil, errors.New("it has no header: the first line has to be ---, and the header is to say name and description")
	}
	for at := 0; at < len(rest); {
		l, _, more := bytes.Cut(rest[at:], []byte("\n"))
		if string(bytes.TrimRight(l, " \t\r")) == "---" {
			return rest[:at], nil
		}
		if at += len(l) + 1; !more {
			break
		}
	}
	return nil, fmt.Errorf("its header does not end within %d bytes: a line --- has to end it", maxHeader)
}

// decode reads YAML. The library bounds what aliases can blow up.
func decode(text []byte, into any) error { return tolerate(yaml.Unmarshal(text, into)) }

// tolerate words the library's errors shortly: they repeat what they found.
func tolerate(err error) error {
	if err == nil {
		return nil
	}
	if several, ok := errors.AsType[*yaml.TypeError](err); ok && len(several.Errors) > 0 {
		return errors.New("its header is not as expected: " + clip(line(several.Errors[0]), 200))
	}
	return errors.New("its header is no YAML: " + clip(line(strings.TrimPrefix(err.Error(), "yaml: ")), 200))
}

// check refuses what can't be used, and bounds the rest.
func (h *header) check() error {
	switch {
	case h.Description == "":
		return errors.New("it has no description, by which an agent would know when to use it")
	case len(h.Name) > maxName || len(h.Key) > maxName:
		return fmt.Errorf("its name or key has more than %d bytes", maxName)
	case strings.ContainsAny(h.Name, `/\`):
		return fmt.Errorf("its name %q has a slash in it", h.Name)
	case len(h.Install) > maxInstalls:
		return fmt.Errorf("it has %d ways to install: at most %d are taken", len(h.Install), maxInstalls)
	}
	h.Description = clip(h.Description, maxDescription)
	r := &h.Requires
	bins := [][]string{r.Bins, r.AnyBins}
	for k := range h.Install {
		i := &h.Install[k]
		if !installer.Known(i.Kind) {
			return fmt.Errorf("install[%d].kind is %q: expected one of %s", k, clip(i.Kind, maxName), strings.Join(installer.Kinds, ", "))
		}
		i.ID = cmp.Or(line(i.ID), fmt.Sprintf("%s-%d", i.Kind, k))
		bins = append(bins, i.Bins)
	}
	for _, list := range append(bins, r.Env, r.Config, r.OS) {
		if len(list) > maxNames {
			return fmt.Errorf("a list has %d entries: at most %d are taken", len(list), maxNames)
		}
		for k := range list {
			if list[k] = line(list[k]); list[k] == "" {
				return errors.New("a list of what it needs has an empty entry")
			}
		}
	}
	for _, list := range bins {
		for _, name := range list {
			// A path would make the folder that the gateway was started in count.
			if strings.ContainsAny(name, `/\`) {
				return fmt.Errorf("the program %q is a path: expected a name that is looked for in PATH", clip(name, maxName))
			}
		}
	}
	return nil
}

// line makes one line of a text, for prompts and terminals.
func line(text string) string {
	clean := func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}
	return strings.Join(strings.Fields(strings.Map(clean, text)), " ")
}

// clip shortens a text at a letter's end.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len("…")], "") + "…"
}
