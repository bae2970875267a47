package app_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
)

// A broken section is told by status and /readyz for as long as it is broken, the
// others are in force, and the gateway answers.
func TestBrokenSectionIsTold(t *testing.T) {
	dir := t.TempDir()
	writeConfig(t, dir, `{ gateway: { hosts: ["one.example"] } }`)
	log := &syncBuffer{}
	g := apptest.Start(t, app.Options{StateDir: dir, Logger: slog.New(slog.NewTextHandler(log, nil))}, filepath.Join(dir, "gateway.json5"), map[string][]string{"token": {configToken}})
	p := dial(t, wsURL(g)+"/v1/connect", nil)
	p.send(connectParams(object{"token": configToken}))
	p.next()
	says := func(section, text string) { // text "": nothing is wrong
		t.Helper()
		status := fmt.Sprint(p.call("status", object{})["configFallbacks"])
		if text == "" && status != "<nil>" || text != "" && (!strings.Contains(status, "section:"+section) || !strings.Contains(status, text)) {
			t.Errorf("status has %s", status)
		}
		res, body := get(t, "GET", httpURL(wsURL(g))+"/readyz", nil)
		var ready struct {
			Ready  bool
			Checks []app.Check
		}
		if err := json.Unmarshal([]byte(body), &ready); err != nil || res.StatusCode != http.StatusOK || !ready.Ready || len(ready.Checks) < 1 {
			t.Fatalf("%d %s: %v", res.StatusCode, body, err)
		}
		config := ready.Checks[1:]
		if text == "" && len(config) > 0 || text != "" && (len(config) != 1 || config[0].OK || config[0].Name != "config" || !strings.Contains(config[0].Error, text)) {
			t.Errorf("readyz has %+v", config)
		}
		if h := p.call("health", object{}); h["ok"] != true {
			t.Errorf("health: %v", h)
		}
	}
	says("", "")
	writeConfig(t, dir, `{ gateway: { hosts: ["a:1"], auth: { token: "c4nary-in-broken-section" } }, models: { providers: { box: { baseUrl: "http://127.0.0.1:1/v1", models: [{ id: "tiny" }] } } } }`)
	log.wait(t, "a part of the configuration is wrong", "gateway.hosts[0]")
	says("gateway", "gateway.hosts[0]")
	if list := fmt.Sprint(p.call("models.list", object{})); !strings.Contains(list, "tiny") {
		t.Errorf("the section beside it is not in force: %s", list)
	}
	writeConfig(t, dir, `{ gateway: { hosts: ["one.example"`)
	log.wait(t, "was not reloaded")
	says("", "CONFIG_SYNTAX")
	writeConfig(t, dir, `{ gateway: { hosts: ["two.example"] } }`)
	log.wait(t, "configuration reloaded", "gateway.hosts")
	says("", "")
	if strings.Contains(log.text.String(), "c4nary") {
		t.Error("the log has a secret")
	}
}
