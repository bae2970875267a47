package typescript_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/device"
)

// TestDeviceFilesAreShared: the Go client and the TypeScript client keep an
// identity in the same form, and sign alike: Ed25519 gives one signature a text.
func TestDeviceFilesAreShared(t *testing.T) {
	program := node(t)
	s := device.Signed{Device: "d", Client: "c", Mode: "m", Role: "operator", SignedAt: 1, Nonce: "n"}
	ask := func(folder string) (is struct{ ID, PublicKey, Signature string }) {
		out, err := exec.Command(program, "test/device.js", folder, s.Text()).Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &is); err != nil {
			t.Fatal(err)
		}
		return is
	}
	// One made by Go is read by TypeScript, then the other way round.
	for k, first := range []func(string){
		func(folder string) {
			if _, err := client.LoadOrCreateDevice(filepath.Join(folder, "device.json")); err != nil {
				t.Fatal(err)
			}
		},
		func(folder string) { ask(folder) },
	} {
		folder := t.TempDir()
		first(folder)
		theirs := ask(folder)
		ours, err := client.LoadOrCreateDevice(filepath.Join(folder, "device.json"))
		if err != nil {
			t.Fatal(err)
		}
		if theirs.ID != ours.ID() || theirs.PublicKey != ours.PublicKey() || theirs.Signature != ours.Sign(s) {
			t.Errorf("case %d: Go is %s, TypeScript is %+v", k, ours.ID(), theirs)
		}
	}
}
