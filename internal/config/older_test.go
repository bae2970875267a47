package config

import (
	"slices"
	"strings"
	"testing"
)

// A model as the field's files have it is read, and left as it is written.
func TestModelObject(t *testing.T) {
	const text = `{ agents: { defaults: { model: { primary: "a/one", fallbacks: ["b/two"] } }, list: [{ id: "x", model: { primary: "c/three" } }, { id: "y", model: "d/four" }] } }`
	l, err := Load(from(text))
	if err != nil || len(l.Warnings) > 0 {
		t.Fatal(err, l.Warnings)
	}
	a := &l.Config.Agents.V
	if a.Defaults.V.Model.V != "a/one" || !slices.Equal(a.Defaults.V.Fallbacks, []string{"b/two"}) || a.List[0].Model.V != "c/three" || a.List[1].Model.V != "d/four" {
		t.Errorf("%s", l.Config.AppendJSON(nil))
	}
	if shown, _ := l.Show([]string{"agents", "defaults", "model"}, false); string(shown) != `"a/one"` {
		t.Errorf("shows %s", shown)
	}
	if !strings.Contains(string(l.Parsed()), `"primary":"a/one"`) {
		t.Errorf("the file says %s", l.Parsed())
	}
	// What stands beside it, and what a variable gives, wins.
	s := from(`{ agents: { defaults: { fallbacks: ["own"], model: { primary: "a", fallbacks: ["b"] } } } }`)
	s.Env = env("GATEWAY_MODEL", "v/w")
	if l, err = Load(s); err != nil || l.Config.Agents.V.Defaults.V.Model.V != "v/w" || l.Config.Agents.V.Defaults.V.Fallbacks[0] != "own" {
		t.Error(err)
	}
	for text, want := range map[string]string{
		`{agents:{defaults:{model:{primary:"a",more:1}}}}`: "agents.defaults.model is an object: must be a string",
		`{agents:{defaults:{model:{fallbacks:["a"]}}}}`:    "agents.defaults.model is an object: must be a string",
		`{agents:{defaults:{model:{primary:7}}}}`:          "agents.defaults.model is 7: must be a string",
		`{agents:{list:[7]}}`:                              "agents.list[0]",
		`{agents:7}`:                                       "agents is 7",
	} {
		if _, err := Load(from(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
