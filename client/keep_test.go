package client_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/device"
)

func TestDeviceIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "device.json")
	ids := make([]*device.Identity, 8)
	var wg sync.WaitGroup
	for k := range ids {
		wg.Go(func() {
			id, err := client.LoadOrCreateDevice(path)
			if err != nil {
				t.Error(err)
			}
			ids[k] = id
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id.ID() != ids[0].ID() || id.PublicKey() != ids[0].PublicKey() {
			t.Fatalf("identities differ: %v and %v", ids[0], id)
		}
	}
	private(t, path)
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// private checks that only the owner can read a file.
func private(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode of %s is %04o", path, info.Mode().Perm())
	}
}

func TestFaultyDeviceFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "device.json")
	if _, err := client.LoadOrCreateDevice(path); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(good, &members); err != nil {
		t.Fatal(err)
	}
	seed := members["seed"].(string)
	for want, text := range map[string]string{
		"unexpected end of JSON":   "{",
		"version is 2: expected 1": strings.Replace(string(good), `"version": 1`, `"version": 2`, 1),
		"does not belong":          strings.Replace(string(good), `"deviceId": "`, `"deviceId": "0`, 1),
		"has 3 bytes: expected 32": strings.Replace(string(good), seed, "AAAA", 1),
		"not base64url":            strings.Replace(string(good), seed, "!"+seed[1:], 1),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := client.LoadOrCreateDevice(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), seed[1:]) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := client.LoadOrCreateDevice(path); err == nil || !strings.Contains(err.Error(), "mode is 0640: expected 0600") {
		t.Errorf("a key that others can read: %v", err)
	}
}

func TestFileTokens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	s := client.FileTokens(path)
	if got, err := s.Load("d", "operator"); err != nil || got.Token != "" {
		t.Errorf("no file: %+v, %v", got, err)
	}
	if err := s.Delete("d", "operator"); err != nil {
		t.Errorf("delete from no file: %v", err)
	}
	for _, save := range []struct{ device, role, token string }{
		{"d", "operator", "one"}, {"d", "node", "two"}, {"e", "operator", "three"}, {"d", "operator", "four"}, {"d", "operator", "four"},
	} {
		if err := s.Save(save.device, save.role, client.DeviceToken{Token: save.token, Scopes: []string{"operator.read"}}); err != nil {
			t.Fatal(err)
		}
	}
	private(t, path)
	again := client.FileTokens(path)
	if err := again.Delete("d", "node"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct{ device, role, token string }{
		{"d", "operator", "four"}, {"d", "node", ""}, {"e", "operator", "three"}, {"e", "node", ""},
	} {
		if got, err := again.Load(want.device, want.role); err != nil || got.Token != want.token {
			t.Errorf("%s as %s: %+v, %v", want.device, want.role, got, err)
		}
	}
	for want, text := range map[string]string{"invalid character": "}", "version is 9: expected 1": `{"version":9}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Load("d", "operator"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
