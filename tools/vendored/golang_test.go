package vendored

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	repository "github.com/gatesmith/gatesmith"
	"github.com/gatesmith/gatesmith/gen/vendor"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/schema"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

// program is somebody's own program: it imports nothing but its own tree.
const program = `package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"example.com/app/internal/gateway/client"
	"example.com/app/internal/gateway/device"
	"example.com/app/internal/gateway/protocol"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	id, err := device.New()
	if err != nil {
		return err
	}
	c, err := client.New(os.Args[1], client.Options{Token: os.Args[2], Device: id})
	if err != nil {
		return err
	}
	healths := make(chan *protocol.HealthSummary, 16)
	stop := c.OnHealth(func(h *protocol.HealthSummary) {
		select {
		case healths <- h:
		default:
		}
	})
	defer stop()
	if err := c.Connect(ctx); err != nil {
		return err
	}
	defer c.Close(ctx)
	health, err := c.Health(ctx, &protocol.HealthParams{})
	if err != nil {
		return err
	}
	_, refused := c.CallRaw(ctx, "no.such.method", []byte("{}"))
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"version": c.Hello().Server.Version, "schema": protocol.SchemaHash, "health": health, "refused": refused.Error(),
	})
}
`

// scratch makes a module outside this repository that requires the one module
// that the client needs, and writes a client into it.
func scratch(t *testing.T, groups ...string) string {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "go.mod"), goMod(t))
	put(t, filepath.Join(dir, "go.sum"), goSum(t))
	s, err := oracle.Load(schema.Files)
	if err != nil {
		t.Fatal(err)
	}
	files, err := vendor.Files(s.Model, repository.Sources, vendor.Options{Language: "go", Package: "example.com/app/internal/gateway", Groups: groups})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.Contains(string(f.Data), `"github.com/gatesmith/`) {
			t.Errorf("%s still imports this repository", f.Path)
		}
		put(t, filepath.Join(dir, "internal/gateway", f.Path), string(f.Data))
	}
	return dir
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const websocket = "github.com/coder/websocket"

// goMod requires the version of the WebSocket library that this module does.
func goMod(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range mod.Require {
		if r.Mod.Path == websocket {
			return "module example.com/app\n\ngo " + mod.Go.Version + "\n\nrequire " + websocket + " " + r.Mod.Version + "\n"
		}
	}
	t.Fatal("this module does not require " + websocket)
	return ""
}

func goSum(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, websocket+" ") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// tool runs the go command in a module, without a network.
func tool(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly -trimpath", "GOWORK=off", "GOTOOLCHAIN=local", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// TestGo: a vendored client is complete. Built in a module of its own, it
// connects to a real gateway with a device of its own, calls, and is refused as
// the protocol says.
func TestGo(t *testing.T) {
	url, token := gateway(t)
	dir := scratch(t)
	put(t, filepath.Join(dir, "main.go"), program)
	tool(t, dir, "build", "-o", "app", ".")
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "app"), url, token)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version, Schema, Refused string
		Health                   map[string]any
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got.Version != "v1.2.3" || got.Schema != protocol.SchemaHash || len(got.Health) == 0 || !strings.Contains(got.Refused, "no.such.method") {
		t.Errorf("got %s", out)
	}
}

// TestGoGroups: with a few groups only there is less, and it compiles; each
// group does.
func TestGoGroups(t *testing.T) {
	s, err := oracle.Load(schema.Files)
	if err != nil {
		t.Fatal(err)
	}
	groups := []string{"chat"}
	if os.Getenv("GATESMITH_SOAK") == "1" {
		groups = nil
		for _, g := range s.Model.Groups {
			groups = append(groups, g.Name)
		}
	}
	for _, g := range groups {
		dir := scratch(t, g)
		tool(t, dir, "vet", "./...")
		calls, err := os.ReadFile(filepath.Join(dir, "internal/gateway/client/calls.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range s.Model.Methods {
			has := strings.Contains(string(calls), "func (c *Client) "+m.Name.Pascal(s.Model.Initialisms)+"(")
			if has != (m.Group.Name == g && !m.Runtime) {
				t.Errorf("group %s: has %s: %v", g, m.Wire, has)
			}
		}
	}
}
