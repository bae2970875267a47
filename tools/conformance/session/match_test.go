package session

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, value string
		fits           bool
	}{
		{`{"a":1}`, `{"a":1}`, true},
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{"a":1,"$others":""}`, `{"a":1,"b":2}`, true},
		{`{"a":1,"$others":""}`, `{"b":2}`, false},
		{`{"a":"$any"}`, `{"a":null}`, true},
		{`{"a":"$any"}`, `{}`, false},
		{`{"a":"$optional"}`, `{}`, true},
		{`{"a":"$string"}`, `{"a":""}`, false},
		{`["$x","$x"]`, `["1","1"]`, true},
		{`["$x","$x"]`, `["1","2"]`, false},
		{`[1]`, `[1,2]`, false},
		{`[1.0]`, `[1]`, false},
		{`{"a":[]}`, `{"a":{}}`, false},
		{`"x"`, `1`, false},
	} {
		pattern, err1 := decode([]byte(c.pattern))
		value, err2 := decode([]byte(c.value))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if err := (bound{}).match(pattern, value, ""); (err == nil) != c.fits {
			t.Errorf("%s and %s: %v", c.pattern, c.value, err)
		}
	}
}

func TestFill(t *testing.T) {
	pattern, err := decode([]byte(`{"id":"$a","b":["$a","$unknown"]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := show(bound{"$a": "7"}.fill(pattern)); got != `{"b":["7","$unknown"],"id":"7"}` {
		t.Error(got)
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		want, got string
		fits      bool
	}{
		{`{"a":1}`, `{"a":1,"b":2}`, true},
		{`{"a":{"b":null}}`, `{"a":{}}`, true},
		{`{"a":[{"b":1}]}`, `{"a":[{"b":1,"c":2}]}`, true},
		{`{"a":[]}`, `{"a":[1]}`, false},
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{"a":1}`, `[]`, false},
	} {
		if err := Within(json.RawMessage(c.want), json.RawMessage(c.got)); (err == nil) != c.fits {
			t.Errorf("%s in %s: %v", c.want, c.got, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	for _, text := range []string{`{}`, `{"path":"/","steps":[]}`, `{"path":"/","steps":[{}]}`, `{"path":"/","steps":[{"sent":{}}]}`, `{"path":"/","steps":[{"send":{},"drop":true}]}`, `no`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil {
			t.Errorf("%s is taken for a script", text)
		}
	}
}
