package scaffold

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gatesmith/gatesmith/gen/format"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/schema"
)

func TestProtocolName(t *testing.T) {
	for folder, want := range map[string]string{
		"room": "room", "MyRoom": "my-room", "my_room.v2": "my-room-v2", "2fast": "example", "комната": "example", "": "example", "éclair": "clair", "/": "example",
	} {
		if got := ProtocolName(folder); got != want {
			t.Errorf("folder %q gives %q, want %q", folder, got, want)
		}
	}
}

// TestCanonical: the files of a new project need no gatesmith fmt.
func TestCanonical(t *testing.T) {
	files := map[string][]byte{}
	for name, data := range projectFiles(t) {
		if rest, in := strings.CutPrefix(name, "api/schema/"); in && strings.HasSuffix(name, ".json") && !strings.HasPrefix(rest, "meta/") {
			files[rest] = data
		}
	}
	tree, list := source.New(files, "")
	if len(list) > 0 || len(files) < 8 {
		t.Fatal(len(files), list)
	}
	changed, err := format.Tree(tree)
	if err != nil {
		t.Fatal(err)
	}
	for name := range changed {
		t.Errorf("%s is not in the canonical layout", name)
	}
}

func projectFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := Project{Name: "room", Schema: "api/schema", Import: "example.com/room"}.Files()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		out[f.Path] = f.Data
	}
	return out
}

// TestSchemaFolder: the project names its schema folder rightly everywhere.
func TestSchemaFolder(t *testing.T) {
	files := projectFiles(t)
	for name, want := range map[string]string{
		"gatesmith.json":           `"$schema": "./api/schema/meta/gatesmith.schema.json"`,
		".vscode/settings.json":    `{ "fileMatch": ["/api/schema/methods/**/*.json"], "url": "./api/schema/meta/method.schema.json" }`,
		"api/schema/schema.go":     "\npackage schema\n",
		"api/schema/protocol.json": `"name": "room",`,
	} {
		if !strings.Contains(string(files[name]), want) {
			t.Errorf("%s does not contain %s:\n%s", name, want, files[name])
		}
	}
}

// TestMetaschemas: what gatesmith accepts, editors accept too. The files are
// checked with the metaschemas that the settings bind to them, those of the
// new project and those of this repository's protocol.
func TestMetaschemas(t *testing.T) {
	files := projectFiles(t)
	t.Run("example", func(t *testing.T) { checkBindings(t, files, "api/schema") })
	t.Run("repository", func(t *testing.T) {
		own := map[string][]byte{".vscode/settings.json": files[".vscode/settings.json"]}
		err := fs.WalkDir(schema.Files, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := schema.Files.ReadFile(name)
			own[path.Join("api/schema", name)] = data
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		checkBindings(t, own, "api/schema")
	})
}

// TestOwnSettings: this repository has the settings that init writes.
func TestOwnSettings(t *testing.T) {
	want, err := os.ReadFile("../../../../.vscode/settings.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := (Project{Schema: "schema"}).settings(); !bytes.Equal(got, want) {
		t.Errorf("init writes\n%swant\n%s", got, want)
	}
}

func checkBindings(t *testing.T, files map[string][]byte, folder string) {
	var settings struct {
		Schemas []struct {
			FileMatch []string
			URL       string
		} `json:"json.schemas"`
	}
	if err := json.Unmarshal(files[".vscode/settings.json"], &settings); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	for name, data := range files {
		if path.Dir(name) == folder+"/meta" {
			if err := c.AddResource("file:///"+name, decode(t, name, data)); err != nil {
				t.Fatal(err)
			}
		}
	}
	checked := 0
	for _, s := range settings.Schemas {
		meta, err := c.Compile("file:///" + strings.TrimPrefix(s.URL, "./"))
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range files {
			if !strings.HasSuffix(name, ".json") || !matches(s.FileMatch[0], "/"+name) {
				continue
			}
			checked++
			if err := meta.Validate(decode(t, name, data)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if checked < 8 {
		t.Errorf("only %d files are bound to a metaschema", checked)
	}
}

// matches is the one form of ** that the settings use.
func matches(pattern, name string) bool {
	before, after, deep := strings.Cut(pattern, "/**")
	if !deep {
		ok, _ := path.Match(pattern, name)
		return ok
	}
	ok, _ := path.Match(after, "/"+path.Base(name))
	return ok && strings.HasPrefix(name, before+"/")
}

func decode(t *testing.T, name string, data []byte) any {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}
