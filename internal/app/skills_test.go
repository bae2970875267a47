package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/config"
)

func addSkill(t *testing.T, dir, name, text string) {
	t.Helper()
	folder := filepath.Join(dir, "skills", name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "SKILL.md"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// skillOf asks for the status of one skill.
func (p *peer) skillOf(name string) object {
	p.t.Helper()
	for _, s := range p.call("skills.status", object{})["skills"].([]any) {
		if s := s.(object); s["name"] == name {
			return s
		}
	}
	p.t.Fatalf("there is no skill %s", name)
	return nil
}

const keySkill = `---
name: lookup
description: Look things up.
metadata: {"clawdbot":{"primaryEnv":"GATESMITH_TEST_LOOKUP_KEY","requires":{"env":["GATESMITH_TEST_LOOKUP_KEY","GATESMITH_TEST_LOOKUP_HOST"],"config":["gateway.auth.token","gateway.port","models.providers.none"]}}}
---
Say please.
`

// What a client sets is in the file, beside what was there, and counts at once;
// secrets that a skill looks at are shown to admins only.
func TestSkillSettings(t *testing.T) {
	dir, as := configured(t, strings.Replace(secretConfig, "models:", "skills: { entries: { lookup: { env: { OTHER: 'c4nary-other' } } } }, // by hand\n  models:", 1))
	addSkill(t, dir, "lookup", keySkill)
	admin, reader := as("operator.admin"), as("operator.read")
	s := reader.skillOf("lookup")
	if s["eligible"] != false || fmt.Sprint(s["missing"].(object)["config"]) != "[gateway.port models.providers.none]" {
		t.Errorf("%v", s)
	}
	if text, _ := json.Marshal(s); strings.Contains(string(text), "c4nary") || !strings.Contains(string(text), `{"path":"gateway.auth.token","satisfied":true,"value":{"$secret":true}}`) {
		t.Errorf("a reader sees %s", text)
	}
	if text, _ := json.Marshal(admin.skillOf("lookup")); !strings.Contains(string(text), `"value":"c4nary-token-of-the-test"`) {
		t.Errorf("an admin sees %s", text)
	}
	if e := reader.refused("skills.update", object{"skillKey": "lookup", "enabled": false}); !strings.Contains(e["message"].(string), "operator.admin") {
		t.Errorf("%v", e)
	}
	addSkill(t, dir, "lookup", strings.Replace(keySkill, `,"gateway.port","models.providers.none"`, "", 1))
	res := admin.call("skills.update", object{"skillKey": "lookup", "apiKey": " c4nary-skill ", "env": object{"GATESMITH_TEST_LOOKUP_HOST": "h", "OTHER": ""}})
	if fmt.Sprint(res["config"]) != "map[apiKey:c4nary-skill env:map[GATESMITH_TEST_LOOKUP_HOST:h]]" {
		t.Errorf("%v", res)
	}
	if s := reader.skillOf("lookup"); s["eligible"] != true {
		t.Errorf("%v", s)
	}
	if text := readConfig(t, dir); !strings.Contains(text, "// by hand") || !strings.Contains(text, "c4nary-skill") || !strings.Contains(text, "tpyo") {
		t.Error(text)
	}
	if text, _ := json.Marshal(reader.call("config.get", object{})); strings.Contains(string(text), "c4nary") {
		t.Errorf("a reader sees %s", text)
	}
	admin.call("skills.update", object{"skillKey": "lookup", "enabled": false, "apiKey": ""})
	if s := reader.skillOf("lookup"); s["disabled"] != true || s["eligible"] != false {
		t.Errorf("%v", s)
	}
	for _, params := range []object{{"skillKey": " "}, {"skillKey": strings.Repeat("k", 65)}, {"skillKey": "lookup", "env": object{"A=B": "x"}}, {"skillKey": "lookup", "env": object{"A": "x", " A": "y"}}} {
		before := readConfig(t, dir)
		if e := admin.refused("skills.update", params); e["code"] != "INVALID_REQUEST" || readConfig(t, dir) != before {
			t.Errorf("%v: %v", params, e)
		}
	}
	if _, err := config.Load(config.Sources{Path: filepath.Join(dir, "gateway.json5")}); err != nil {
		t.Error(err)
	}
}

// A key that stands elsewhere counts, and stays where it is: no answer has it.
func TestSkillKeyByReference(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(elsewhere, []byte("c4nary-elsewhere"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir, as := configured(t, `{gateway:{auth:{token:'c4nary-token-of-the-test'}}, skills:{entries:{lookup:{apiKey:{$file:"`+elsewhere+`"}, env:{A:{$file:"`+elsewhere+`"}}}}}}`)
	addSkill(t, dir, "lookup", `---
description: Look things up.
metadata: {gatesmith: {primaryEnv: GATESMITH_TEST_LOOKUP_KEY, requires: {env: [GATESMITH_TEST_LOOKUP_KEY, A]}}}
---
`)
	admin, reader := as("operator.admin"), as("operator.read")
	if s := reader.skillOf("lookup"); s["eligible"] != true {
		t.Errorf("%v", s)
	}
	res := admin.call("skills.update", object{"skillKey": "lookup", "enabled": true, "env": object{"B": "y"}})
	for who, answer := range map[string]any{"skills.update": res, "status for an admin": admin.call("skills.status", object{}), "status": reader.call("skills.status", object{}),
		"config for an admin": admin.call("config.get", object{}), "config": reader.call("config.get", object{})} {
		if text, _ := json.Marshal(answer); strings.Contains(string(text), "c4nary-elsewhere") {
			t.Errorf("%s has the key: %s", who, text)
		}
	}
	if env := fmt.Sprint(res["config"].(object)["env"]); !strings.Contains(env, "B:y") {
		t.Errorf("%v", res)
	}
	if text := readConfig(t, dir); !strings.Contains(text, `apiKey:{$file:`) || strings.Contains(text, "c4nary-elsewhere") {
		t.Error(text)
	}
	// Another key takes the reference's place, and none takes it away.
	admin.call("skills.update", object{"skillKey": "lookup", "apiKey": "written"})
	if text := readConfig(t, dir); strings.Contains(text, `apiKey:{$file`) || !strings.Contains(text, `"written"`) {
		t.Error(text)
	}
	admin.call("skills.update", object{"skillKey": "lookup", "apiKey": ""})
	if s := reader.skillOf("lookup"); s["eligible"] != false {
		t.Errorf("%v", s)
	}
}

// Clients that change skills at the same time all have their way.
func TestSkillUpdatesAtOnce(t *testing.T) {
	dir, as := configured(t, `{gateway:{auth:{token:'c4nary-token-of-the-test'}}}`)
	const writers = 4
	var all sync.WaitGroup
	for k := range writers {
		p := as("operator.admin")
		all.Go(func() {
			p.call("skills.update", object{"skillKey": fmt.Sprintf("s%d", k), "enabled": false})
		})
	}
	all.Wait()
	l, err := config.Load(config.Sources{Path: filepath.Join(dir, "gateway.json5")})
	if err != nil || len(l.Config.Skills.V.Entries) != writers {
		t.Errorf("%v %s", err, readConfig(t, dir))
	}
}

// An agent is told of the skills that it can use, and reads them with a tool.
func TestAgentKnowsSkills(t *testing.T) {
	asked := make(chan string, 100)
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		select {
		case asked <- string(body):
		default:
		}
		http.Error(w, `{"error":{"message":"no"}}`, http.StatusBadRequest)
	}))
	defer model.Close()
	dir, as := configured(t, `{gateway:{auth:{token:'c4nary-token-of-the-test'}}, agent:{model:'box/m'}, models:{providers:{box:{baseUrl:'`+model.URL+`/v1',models:[{id:'m'}]}}}}`)
	addSkill(t, dir, "lookup", keySkill)
	addSkill(t, dir, "manners", "---\ndescription: How to greet people.\n---\nBow.\n")
	p := as("operator.admin")
	p.call("chat.send", object{"sessionKey": "main", "message": "hello", "idempotencyKey": "1"})
	select {
	case body := <-asked:
		if !strings.Contains(body, "- manners: How to greet people. (") || strings.Contains(body, "- lookup: ") || !strings.Contains(body, `"skill_read"`) {
			t.Error(body)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the model was not asked")
	}
}
