package gen_test

import (
	"bytes"
	"os/exec"
	"testing"

	"github.com/gatesmith/gatesmith/gen/run"
)

// The chat room is a second protocol, unlike the first in every name. Its
// generated package is committed, so that what it says can be read and tested
// like any other; the tests stand beside it.
const (
	chatroom        = "testdata/chatroom"
	chatroomPackage = "github.com/gatesmith/gatesmith/gen/testdata/chatroom/room"
)

// TestChatRoomIsUpToDate generates the chat room in memory and compares it with
// the committed files.
func TestChatRoomIsUpToDate(t *testing.T) {
	project := run.Open(chatroom, "")
	model, list := project.Load()
	if len(list) > 0 {
		t.Fatal(list)
	}
	plan, err := project.Plan(model)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if _, err := plan.Write(); err != nil {
			t.Fatal(err)
		}
		tool(t, "run", "../tools/registry", "-schema", chatroom+"/schema", "-import", chatroomPackage, "-out", chatroom+"/room/types_registry_test.go")
		return
	}
	differences, err := plan.Compare()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		t.Errorf("go test ./gen -update rewrites it: %s", d)
	}
}

// TestChatRoom vets the generated package and runs its tests. The go command
// does not find them by itself, because they stand under testdata.
func TestChatRoom(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles and runs a package of its own")
	}
	tool(t, "vet", chatroomPackage)
	tool(t, "test", chatroomPackage)
}

// tool runs the go command.
func tool(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("go %s: %v\n%s", args, err, out.Bytes())
	}
}
