package catalog_test

import (
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/catalog"
)

// Every method and event of the schema can be described.
func TestEverything(t *testing.T) {
	for _, name := range catalog.Methods() {
		m := catalog.LookupMethod(name)
		if m == nil || m.Description == "" || m.Scope == "" {
			t.Errorf("method %s: %+v", name, m)
			continue
		}
		describe(t, name, m.Params, 0)
	}
	for _, name := range catalog.Events() {
		s := catalog.Payload(name)
		if s == nil || s.Description() == "" {
			t.Errorf("event %s is not known", name)
		}
		describe(t, name, s, 0)
	}
}

func describe(t *testing.T, at string, s *catalog.Schema, depth int) {
	if depth > 4 {
		return
	}
	for _, m := range s.Members() {
		where := at + "." + m.Name
		if m.Description() == "" {
			t.Errorf("%s has no description", where)
		}
		describe(t, where, m.Schema, depth+1)
		describe(t, where+"[]", m.Item(), depth+1)
	}
}

func TestMethod(t *testing.T) {
	if catalog.LookupMethod("no.such") != nil || catalog.Payload("no.such") != nil {
		t.Error("something unknown was found")
	}
	if m := catalog.LookupMethod("node.pair.list"); m == nil || m.Name != "nodes.pair.list" {
		t.Errorf("by an alias: %+v", m)
	}
	m := catalog.LookupMethod("cron.add")
	find := func(s *catalog.Schema, name string) *catalog.Schema {
		t.Helper()
		found, known := s.Member(name)
		if !known || found == nil {
			t.Fatalf("no member %s", name)
		}
		return found
	}
	if got := find(m.Params, "agentId").Types(); !slices.Equal(got, []string{"string", "null"}) {
		t.Errorf("agentId is %v", got)
	}
	schedule := find(m.Params, "schedule")
	if got := find(schedule, "kind"); !slices.Equal(got.Values(), []string{"at", "cron", "every"}) || !slices.Equal(got.Types(), []string{"string"}) {
		t.Errorf("kind is one of %v, %v", got.Values(), got.Types())
	}
	if !find(schedule, "everyMs").Takes("integer") {
		t.Errorf("everyMs takes %v", find(schedule, "everyMs").Types())
	}
	for _, member := range schedule.Members() {
		if member.Required != (member.Name == "kind") {
			t.Errorf("%s is required: %t", member.Name, member.Required)
		}
	}
	if got := find(m.Params, "enabled"); got.Default() != "true" || got.Takes("string") {
		t.Errorf("enabled: default %s, %v", got.Default(), got.Types())
	}
	if _, known := m.Params.Member("colour"); known {
		t.Error("cron.add takes a colour")
	}
	if env := find(catalog.LookupMethod("skills.update").Params, "env"); !env.Secret() || !find(env, "ANY").Takes("string") {
		t.Error("skills.update: env")
	}
	if s, known := catalog.LookupMethod("browser.request").Params.Member("body"); !known || !s.Takes("object") || !s.Takes("null") {
		t.Error("body is of any kind")
	}
}

func TestHide(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{`{"skillKey":"k","apiKey":"hush","env":{"A":"hush"}}`, `{"skillKey":"k","apiKey":"***","env":"***"}`},
		{` {"apiKey":null , "x":[1,{"y":"<"}]}`, `{"apiKey":null,"x":[1,{"y":"<"}]}`},
		{`[]`, `[]`},
		{`{`, `"***"`},
		{`[`, `"***"`},
		{`"text"`, `"text"`},
		{``, ``},
	} {
		if got := string(catalog.LookupMethod("skills.update").Params.Hide([]byte(c.in))); got != c.out {
			t.Errorf("%s: got %s, want %s", c.in, got, c.out)
		}
	}
	var none *catalog.Schema
	if got := string(none.Hide([]byte(`{"apiKey":"seen"}`))); got != `{"apiKey":"seen"}` {
		t.Errorf("without a schema: %s", got)
	}
}
