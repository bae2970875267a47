package app_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/llm/llmtest"
	"github.com/gatesmith/gatesmith/internal/logging"
)

// setUp answers the steps of a wizard, those that are not given as they are
// preselected, and gives the last answer and all that came as JSON.
func (p *peer) setUp(answers map[string][]any) (last object, seen string) {
	p.t.Helper()
	all := []object{p.call("wizard.start", object{})}
	for {
		res := all[len(all)-1]
		if res["done"] == true {
			text, err := json.Marshal(all)
			if err != nil {
				p.t.Fatal(err)
			}
			return res, string(text)
		}
		step := res["step"].(object)
		answer := object{"stepId": step["id"]}
		name, _ := step["name"].(string)
		if list := answers[name]; len(list) > 0 {
			answer["value"], answers[name] = list[0], list[1:]
		} else if step["initialValue"] != nil {
			answer["value"] = step["initialValue"]
		}
		if len(all) > 60 {
			p.t.Fatalf("it does not end: %v", step)
		}
		all = append(all, p.call("wizard.next", object{"answer": answer}))
	}
}

// A gateway is set up over the protocol: the model answers at once, what needs a
// restart gets one behind the last answer, and no secret comes back from anywhere.
func TestWizard(t *testing.T) {
	fake := llmtest.New(t, llmtest.OpenAI)
	fake.Models = []string{`{"id":"small"}`}
	dir := t.TempDir()
	log, secrets := &syncBuffer{}, new(logging.Secrets)
	restarts := make(chan string, 1)
	level := new(slog.LevelVar)
	level.Set(slog.LevelDebug)
	g := apptest.Start(t, app.Options{StateDir: dir, Secrets: secrets, Logger: logging.New(log, logging.JSON, level, secrets),
		Restart: func(_ time.Duration, reason string) { restarts <- reason }}, filepath.Join(dir, "gateway.json5"), nil)
	token, err := app.ReadToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := dial(t, wsURL(g)+"/v1/connect", nil)
	p.send(connectParams(object{"token": token}))
	hello := p.next()
	for _, method := range []string{"wizard.start", "wizard.next", "wizard.cancel", "wizard.status"} {
		if features := fmt.Sprint(hello["features"]); !strings.Contains(features, method) {
			t.Errorf("%s is not in the features %s", method, features)
		}
	}
	last, seen := p.setUp(map[string][]any{"risk": {true}, "auth": {"password"}, "password": {"c4nary-of-a-password"}, "provider": {"other"}, "provider-name": {"box"},
		"base-url": {fake.URL}, "api-key": {"sk-c4nary-0123456789", llmtest.Key}, "agent-name": {"Ada"}})
	if last["status"] != "done" {
		t.Fatalf("it ended with %v", last)
	}
	if reason := <-restarts; reason != "wizard" {
		t.Errorf("the restart is for %s", reason)
	}
	if name := p.call("agent.identity.get", object{})["name"]; name != "Ada" {
		t.Errorf("it is called %v", name)
	}
	if list := fmt.Sprint(p.call("models.list", object{})); !strings.Contains(list, "small") {
		t.Errorf("the models are %s", list)
	}
	if _, err := os.Stat(filepath.Join(dir, "workspace")); err != nil {
		t.Errorf("the workspace: %v", err)
	}
	for where, text := range map[string]string{"an answer": seen, "the log": log.all()} {
		if strings.Contains(text, "c4nary") || strings.Contains(text, llmtest.Key) {
			t.Errorf("a secret is in %s:\n%s", where, text)
		}
	}
	if text := readConfig(t, dir); !strings.Contains(text, "c4nary-of-a-password") || strings.Contains(text, "sk-c4nary") {
		t.Errorf("the file is %s", text)
	}
}

// The guide's requests work as they are printed, one after the other, in both
// dialects.
func TestGuideWizard(t *testing.T) {
	f, err := os.Open("../../protocol/testdata/guide/guide-frames.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var frames []object
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var line struct {
			Kind  string
			Frame object
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if method, _ := line.Frame["method"].(string); line.Kind == "req" && strings.HasPrefix(method, "wizard.") {
			frames = append(frames, line.Frame)
		}
	}
	if len(frames) != 3 {
		t.Fatalf("the guide has %d", len(frames))
	}
	dir := t.TempDir()
	g, url := gateway(t, dir, nil)
	token, err := app.ReadToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	canonical := dial(t, url+"/v1/connect", nil)
	canonical.send(connectParams(object{"token": token}))
	canonical.next()
	id, err := device.New()
	if err != nil {
		t.Fatal(err)
	}
	params := connectParams(object{"token": token})
	params["scopes"] = []string{"operator.admin"}
	field, _ := fieldHello(t, wsURL(g), id, params, nil)
	for name, p := range map[string]*peer{"canonical": canonical, "field": field} {
		var got []string
		for _, frame := range frames {
			p.send(frame)
			answer := p.answer(frame["id"].(string))
			payload, _ := answer["payload"].(object)
			step, _ := payload["step"].(object)
			got = append(got, fmt.Sprint(answer["ok"], payload["status"], payload["error"], step["id"]))
		}
		if want := "[truerunning<nil>step-1 truerunning<nil>step-2 truecancelledcancelled<nil>]"; strings.ReplaceAll(fmt.Sprint(got), " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s: %v", name, got)
		}
		if _, err := os.Stat(filepath.Join(dir, "gateway.json5")); err == nil {
			t.Errorf("%s: it left a file", name)
		}
	}
}

// Whoever is no admin sets nothing up.
func TestWizardNeedsAdmin(t *testing.T) {
	_, as := configured(t, secretConfig)
	p := as("operator.write")
	for method, params := range map[string]object{"wizard.start": {}, "wizard.next": {}, "wizard.cancel": {}, "wizard.status": {"sessionId": "x"}} {
		if text := p.failure(method, params); text != "missing scope: operator.admin" {
			t.Errorf("%s: %s", method, text)
		}
	}
}
