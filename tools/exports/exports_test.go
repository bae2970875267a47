package exports

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/emit/asyncapi"
	"github.com/gatesmith/gatesmith/gen/emit/openrpc"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

// ready makes sure that node and the published schemas are there. Without them
// the tests say so and are left out, but for CI, where that is a failure.
func ready(t *testing.T) {
	t.Helper()
	absent := func(what string) {
		if os.Getenv("CI") == "true" {
			t.Fatal(what)
		}
		t.Skip("NOT CHECKED: " + what)
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			absent(program + " is not installed")
		}
	}
	// npm notes what it installed in this file.
	lock, err1 := os.Stat("package-lock.json")
	done, err2 := os.Stat("node_modules/.package-lock.json")
	if err1 == nil && err2 == nil && !done.ModTime().Before(lock.ModTime()) {
		return
	}
	if out, err := exec.Command("npm", "ci").CombinedOutput(); err != nil {
		absent("npm ci: " + err.Error() + "\n" + string(out))
	}
}

func validate(t *testing.T, kind, file string) (string, bool) {
	t.Helper()
	out, err := exec.Command("node", "validate.mjs", kind, file).CombinedOutput()
	return string(out), err == nil
}

var forms = map[string]func(*ir.Protocol) ([]byte, error){"asyncapi": asyncapi.Document, "openrpc": openrpc.Document}

// TestValid: the committed descriptions, and those of the protocol that
// gatesmith init starts with and of the chat room, are valid; their references
// lead somewhere, and their examples are valid against the schemas in them.
func TestValid(t *testing.T) {
	ready(t)
	checked := regexp.MustCompile(`(\d+) references, (\d+) examples, 0 faults`)
	for kind, document := range forms {
		files := []string{"../../docs/schema/gateway." + kind + ".json"}
		for name, folder := range map[string]string{"room": "../../cmd/gatesmith/internal/scaffold/schema", "chat": "../../gen/testdata/chatroom/schema"} {
			schema, err := oracle.Load(os.DirFS(folder))
			if err != nil {
				t.Fatal(err)
			}
			data, err := document(schema.Model)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, filepath.Join(t.TempDir(), name+".json"))
			if err := os.WriteFile(files[len(files)-1], data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, file := range files {
			out, ok := validate(t, kind, file)
			if found := checked.FindStringSubmatch(out); !ok || found == nil || found[1] == "0" || found[2] == "0" {
				t.Errorf("%s:\n%s", file, out)
			}
		}
	}
}

// TestFaults: the check finds what is wrong, or its silence would say nothing.
func TestFaults(t *testing.T) {
	ready(t)
	for _, c := range []struct{ kind, old, new, want string }{
		{"asyncapi", `"action": "receive"`, `"action": "recieve"`, "must be equal to one of the allowed values"},
		{"asyncapi", `"#/components/schemas/ChatSendParams"`, `"#/components/schemas/ChatSend"`, "leads nowhere"},
		{"asyncapi", `"address": null`, `"adress": null`, "must NOT have additional properties"},
		{"asyncapi", `"method": "chat.send"`, `"method": "chat.sent"`, "call.chat.send:"},
		{"openrpc", `"paramStructure": "by-name"`, `"paramStructure": "by-value"`, "must be equal to one of the allowed values"},
		{"openrpc", `"#/components/schemas/SessionKey"`, `"#/components/schemas/Session"`, "leads nowhere"},
	} {
		data, err := os.ReadFile("../../docs/schema/gateway." + c.kind + ".json")
		if err != nil {
			t.Fatal(err)
		}
		damaged := bytes.ReplaceAll(data, []byte(c.old), []byte(c.new))
		if bytes.Equal(damaged, data) {
			t.Fatalf("%s has no %s", c.kind, c.old)
		}
		file := filepath.Join(t.TempDir(), "damaged.json")
		if err := os.WriteFile(file, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, ok := validate(t, c.kind, file); ok || !strings.Contains(out, c.want) {
			t.Errorf("%s with %s: want %q in:\n%s", c.kind, c.new, c.want, out)
		}
	}
}
