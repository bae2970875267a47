package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/mod/modfile"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in testdata/script")

// TestScripts runs the scripts in testdata/script, which are documentation as
// well: each shows what a command does. Besides the commands of testscript
// there are:
//
//	[!] gatesmith ARG...  runs gatesmith in the script's folder, within the test
//	status N              checks the exit status of the last gatesmith
//	files DIR             prints the files below a folder
//	checkout FILE         makes a go.mod require this repository and what it requires
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup:         goEnvironment(t),
		Condition:     condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"gatesmith": runGatesmith, "status": checkStatus, "files": listFiles, "checkout": useCheckout,
		},
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
	})
}

// goEnvironment lets scripts call the go command: with the caches of the test
// itself, and without a network.
func goEnvironment(t *testing.T) func(*testscript.Env) error {
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	values := strings.Split(strings.TrimSpace(string(out)), "\n")
	return func(env *testscript.Env) error {
		env.Setenv("GOCACHE", strings.TrimSpace(values[0]))
		env.Setenv("GOMODCACHE", strings.TrimSpace(values[1]))
		env.Setenv("GOPROXY", "off")
		env.Setenv("GOFLAGS", "")
		env.Setenv("GOTOOLCHAIN", "local")
		env.Setenv("CGO_ENABLED", "0")
		env.Setenv("HOME", env.WorkDir)
		return nil
	}
}

func condition(name string) (bool, error) {
	if name == "root" {
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

func runGatesmith(ts *testscript.TestScript, neg bool, args []string) {
	status := execute(args, strings.NewReader(""), ts.Stdout(), ts.Stderr(), ts.MkAbs("."))
	ts.Setenv("status", strconv.Itoa(status))
	if (status != 0) != neg {
		ts.Fatalf("gatesmith %s: exit status %d", strings.Join(args, " "), status)
	}
}

func checkStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: status N")
	}
	if got := ts.Getenv("status"); got != args[0] {
		ts.Fatalf("exit status is %s, want %s", got, args[0])
	}
}

func listFiles(ts *testscript.TestScript, _ bool, args []string) {
	for _, dir := range args {
		root := ts.MkAbs(dir)
		ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				rel, _ := filepath.Rel(root, path)
				fmt.Fprintln(ts.Stdout(), filepath.ToSlash(rel))
			}
			return err
		}))
	}
}

// useCheckout does what go mod tidy would do, without looking for the modules
// that only the tests of others need.
func useCheckout(ts *testscript.TestScript, _ bool, args []string) {
	repository, err := filepath.Abs("../..")
	ts.Check(err)
	own, err := os.ReadFile(filepath.Join(repository, "go.mod"))
	ts.Check(err)
	ours, err := modfile.Parse("go.mod", own, nil)
	ts.Check(err)
	path := ts.MkAbs(args[0])
	theirs, err := modfile.Parse(path, []byte(ts.ReadFile(args[0])), nil)
	ts.Check(err)
	ts.Check(theirs.AddRequire(gatesmith, "v0.0.0"))
	ts.Check(theirs.AddReplace(gatesmith, "", repository, ""))
	for _, r := range ours.Require {
		theirs.AddNewRequire(r.Mod.Path, r.Mod.Version, true)
	}
	text, err := theirs.Format()
	ts.Check(err)
	ts.Check(os.WriteFile(path, text, 0o644))
	sums, err := os.ReadFile(filepath.Join(repository, "go.sum"))
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(filepath.Dir(path), "go.sum"), sums, 0o644))
}

// TestRepository: in this repository no flag is needed, from any folder.
func TestRepository(t *testing.T) {
	for _, wd := range []string{"../..", "../../schema/types", "."} {
		abs, err := filepath.Abs(wd)
		if err != nil {
			t.Fatal(err)
		}
		var out, messages strings.Builder
		if status := execute([]string{"lint"}, strings.NewReader(""), &out, &messages, abs); status != 0 || out.Len() > 0 {
			t.Errorf("in %s lint ends with %d:\n%s%s", wd, status, out.String(), messages.String())
		}
	}
}

// TestLanguage: a new module cannot say less than the one it requires.
func TestLanguage(t *testing.T) {
	data, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if mod.Go.Version != language || mod.Module.Mod.Path != gatesmith {
		t.Errorf("this module is %s, go %s: init says %s, go %s", mod.Module.Mod.Path, mod.Go.Version, gatesmith, language)
	}
}

// broken is a stdout that cannot be written to.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// TestStdout: data that could not be written is not a success.
func TestStdout(t *testing.T) {
	wd, err := filepath.Abs("internal/scaffold")
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	for _, args := range [][]string{{"version"}, {"ir", "--json"}, {"export", "bundle"}, {"export", "bundle", "--draft", "7"}, {"lint", "--format", "json"}} {
		args = slices.Concat(args, []string{"--schema", filepath.Join(wd, "schema")})
		if slices.Contains(args, "ir") || slices.Contains(args, "export") {
			// The example has findings without the configuration that allows them.
			if status := execute([]string{"init", "room"}, nil, &strings.Builder{}, &strings.Builder{}, other); status == 2 {
				t.Fatal("init failed")
			}
			args[len(args)-1] = filepath.Join(other, "room/schema")
		}
		var messages strings.Builder
		if status := execute(args, nil, broken{}, &messages, other); status != 1 || !strings.Contains(messages.String(), "gatesmith: disk full") {
			t.Errorf("%v ends with %d: %s", args, status, messages.String())
		}
	}
}
