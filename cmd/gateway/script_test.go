package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/server"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in testdata")

// TestScripts runs the scripts in testdata, which are documentation as well:
// each starts real gateways on free ports and shows what commands do. Besides
// the commands of testscript there are:
//
//	status N PROGRAM ARG...  runs a program that has to end with exit status N
//	tidy FILE REGEXP TEXT    replaces what differs from run to run
//	env-from FILE            sets the variable in a file, NAME=value
//	seed FILE                puts what was said and used into the state, before a gateway runs
//	device NAME              connects to the gateway of the script with the secret
//	                         and a key of its own, from another machine, and prints the outcome
func TestScripts(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the scripts end gateways by signals")
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			for name, value := range map[string]string{"HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": "", "NO_COLOR": "", "TERM": "xterm",
				"GATEWAY_PORT": "0", "GATEWAY_TOKEN": "", "GATEWAY_PASSWORD": "", "GATEWAY_URL": "", "GATEWAY_CONFIG": "", "GATEWAY_STATE_DIR": "", "STATE_DIRECTORY": ""} {
				env.Setenv(name, value)
			}
			return os.MkdirAll(home, 0o700)
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": expectStatus, "await": await, "tidy": tidy, "env-from": envFrom, "device": connectDevice, "seed": seed,
		},
		RequireUniqueNames: true,
	})
}

// expectStatus runs a program whose exit status matters.
func expectStatus(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || err != nil || len(args) < 2 {
		ts.Fatalf("usage: status N PROGRAM ARG...")
	}
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status is %d, want %d", got, want)
	}
}

// await runs a program again and again until its output has what is waited for: a
// gateway takes up a file when it hears of it.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: await REGEXP PROGRAM ARG...")
	}
	want := regexp.MustCompile(args[0])
	for end := time.Now().Add(20 * time.Second); ; <-time.After(50 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		out := ts.ReadFile("stdout")
		switch {
		case err == nil && want.MatchString(out):
			return
		case time.Now().After(end):
			ts.Fatalf("the output never has %s, but\n%s", want, out)
		}
	}
}

func tidy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: tidy FILE REGEXP TEXT")
	}
	text := regexp.MustCompile(args[1]).ReplaceAllString(ts.ReadFile(args[0]), args[2])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

func envFrom(ts *testscript.TestScript, neg bool, args []string) {
	name, value, ok := strings.Cut(strings.TrimSpace(ts.ReadFile(args[0])), "=")
	if neg || !ok {
		ts.Fatalf("%s does not hold NAME=value", args[0])
	}
	ts.Setenv(name, value)
}

// connectDevice comes from another machine as far as the gateway can tell:
// over a proxy that it does not know.
func connectDevice(ts *testscript.TestScript, neg bool, args []string) {
	state := filepath.Join(ts.Getenv("HOME"), ".gatesmith")
	address, err := app.ReadAddress(state)
	ts.Check(err)
	key, err := client.LoadOrCreateDevice(ts.MkAbs(args[0] + "/device.json"))
	ts.Check(err)
	c, err := client.Dial(context.Background(), strings.TrimSuffix(address.URL, server.GuidePath), client.Options{
		TokenFile: app.TokenPath(state), Device: key, Tokens: client.FileTokens(ts.MkAbs(args[0] + "/tokens.json")),
		ID: args[0], DisplayName: args[0], Platform: "android", Scopes: []string{"operator.read"},
		Header: http.Header{"X-Forwarded-For": {"203.0.113.7"}}, Reconnect: client.Reconnect{Off: true}})
	if (err != nil) != neg {
		ts.Fatalf("the connection ended with %v", err)
	}
	if err != nil {
		fmt.Fprintln(ts.Stdout(), err)
		return
	}
	fmt.Fprintln(ts.Stdout(), "connected with", c.Hello().Auth.V.Scopes)
	ts.Check(c.Close(context.Background()))
}
