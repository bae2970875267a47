package app_test

import (
	"testing"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/config"
)

// Models are listed without any key, in the guide's shape.
func TestModelsList(t *testing.T) {
	dir := t.TempDir()
	_, url := gateway(t, dir, nil)
	token, err := app.ReadToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": token}))
	p.send(object{"type": "req", "id": "req-16", "method": "models.list", "params": object{}})
	if hello := p.next(); hello["type"] != "hello-ok" {
		t.Fatalf("hello: %v", hello)
	}
	v := p.answer("req-16")
	if v["ok"] != true {
		t.Fatalf("models.list: %v", v)
	}
	want := object{"id": "gpt-4o", "name": "GPT-4o", "provider": "openai", "contextWindow": 128000.0, "reasoning": false}
	found := false
	for _, m := range v["payload"].(object)["models"].([]any) {
		m := m.(object)
		if m["id"] != want["id"] {
			continue
		}
		found = true
		for name, value := range want {
			if m[name] != value {
				t.Errorf("%s is %v, want %v", name, m[name], value)
			}
		}
	}
	if !found {
		t.Error("the guide's gpt-4o is not listed")
	}
}

// A model of a service that the configuration names later is there after a
// reload.
func TestModelsReload(t *testing.T) {
	dir := t.TempDir()
	g, url := gateway(t, dir, nil)
	token, err := app.ReadToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": token}))
	p.next()
	listed := func() bool {
		for _, m := range p.call("models.list", object{})["models"].([]any) {
			if m.(object)["provider"] == "box" {
				return true
			}
		}
		return false
	}
	if listed() {
		t.Fatal("it is there before")
	}
	loaded, err := config.Load(config.Sources{Text: []byte(`{models:{providers:{box:{baseUrl:'http://127.0.0.1:1/v1',models:[{id:'small'}]}}}}`), Flags: map[string][]string{"port": {"0"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Follow(g, loaded); err != nil {
		t.Fatal(err)
	}
	if !listed() {
		t.Error("it is not there after the reload")
	}
}
