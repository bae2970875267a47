package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPlaces(t *testing.T) {
	working, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, flag    string
		env           []string
		config, state string // path and source
	}{
		{"usual", "", []string{"HOME", "/home/ada"}, "/home/ada/.config/gatesmith/gateway.json5 ", "/home/ada/.gatesmith "},
		{"xdg", "", []string{"HOME", "/home/ada", "XDG_CONFIG_HOME", "/cfg"}, "/cfg/gatesmith/gateway.json5 ", "/home/ada/.gatesmith "},
		{"relative xdg", "", []string{"HOME", "/home/ada", "XDG_CONFIG_HOME", "cfg"}, "/home/ada/.config/gatesmith/gateway.json5 ", "/home/ada/.gatesmith "},
		{"variables", "", []string{"GATEWAY_CONFIG", "/c/g.json", "GATEWAY_STATE_DIR", "/s", "STATE_DIRECTORY", "/var/lib/x"}, "/c/g.json GATEWAY_CONFIG", "/s GATEWAY_STATE_DIR"},
		{"systemd", "", []string{"HOME", "/home/ada", "STATE_DIRECTORY", "/var/lib/g:/var/lib/h"}, "/home/ada/.config/gatesmith/gateway.json5 ", "/var/lib/g STATE_DIRECTORY"},
		{"flags", "/x/../f", []string{"GATEWAY_CONFIG", "/c", "GATEWAY_STATE_DIR", "/s", "STATE_DIRECTORY", "/v"}, "/f --config", "/f --state-dir"},
		{"home", "~/f", []string{"HOME", "/home/ada"}, "/home/ada/f --config", "/home/ada/f --state-dir"},
		{"home itself", "~", []string{"HOME", "/home/ada"}, "/home/ada --config", "/home/ada --state-dir"},
		{"relative", "f", nil, filepath.Join(working, "f") + " --config", filepath.Join(working, "f") + " --state-dir"},
		{"no home", "", nil, "where is the configuration file? this user has no home folder (HOME is not set): set --config or GATEWAY_CONFIG",
			"where is the state folder? this user has no home folder (HOME is not set): set --state-dir or GATEWAY_STATE_DIR"},
		{"no home for ~", "~/f", nil, "--config is ~/f: this user has no home folder (HOME is not set)", "--state-dir is ~/f: this user has no home folder (HOME is not set)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, f := range []struct {
				find func(string, func(string) string) (Place, error)
				want string
			}{{ConfigPlace, c.config}, {StatePlace, c.state}} {
				p, err := f.find(c.flag, env(c.env...))
				got := p.Path + " " + p.From
				if err != nil {
					got = err.Error()
				}
				if got != f.want {
					t.Errorf("got %q, want %q", got, f.want)
				}
			}
		})
	}
}

func TestMakeState(t *testing.T) {
	dir := t.TempDir()
	made := Place{Path: filepath.Join(dir, "a", "state")}
	for range 2 {
		if warning, err := MakeState(made); warning != "" || err != nil {
			t.Fatal(warning, err)
		}
	}
	info, err := os.Stat(made.Path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Error(err, info.Mode())
	}
	if left, err := os.ReadDir(made.Path); err != nil || len(left) > 0 {
		t.Error(err, left)
	}
	if err := os.Chmod(made.Path, 0o755); err != nil {
		t.Fatal(err)
	}
	warning, err := MakeState(Place{made.Path, "STATE_DIRECTORY"})
	want := "state folder " + made.Path + " (from STATE_DIRECTORY): other users can look into it (0755): chmod 700 " + made.Path
	if warning != want || err != nil {
		t.Errorf("%s, %v", warning, err)
	}

	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		file:                         "there is a file in its place: choose another folder with --state-dir",
		filepath.Join(file, "state"): "not a directory: check who owns the folders above it, or choose another with --state-dir",
		"/proc/none/state":           "no such file or directory: make it by hand, owned by the user that runs the gateway, or choose another with --state-dir",
	} {
		_, err := MakeState(Place{path, "--state-dir"})
		if err == nil || err.Error() != "state folder "+path+" (from --state-dir): "+want {
			t.Errorf("%v", err)
		}
	}
	if os.Geteuid() != 0 {
		if err := os.Chmod(made.Path, 0o500); err != nil {
			t.Fatal(err)
		}
		if _, err := MakeState(made); err == nil || !strings.HasSuffix(err.Error(), "permission denied: it has to be writable for the user that runs the gateway") {
			t.Error(err)
		}
	}
}
