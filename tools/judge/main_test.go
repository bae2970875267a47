package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/schema"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

func TestAnswer(t *testing.T) {
	s, err := oracle.Load(schema.Files)
	if err != nil {
		t.Fatal(err)
	}
	// {"ts":1}, and {"ts":-1,"x":"<bad UTF-8>"}
	const questions = `{"type":"Tick","mode":"strict","base64":"eyJ0cyI6MX0="}
{"type":"Tick","mode":"strict","base64":"eyJ0cyI6LTEsIngiOiL/In0="}
`
	const want = `{"issues":[]}
{"issues":[{"path":"/x","rule":"utf8","message":"must NOT have invalid UTF-8"},{"path":"","rule":"additionalProperties","property":"x","message":"unexpected property 'x'"},{"path":"/ts","rule":"minimum","message":"must be \u003e= 0"}]}
`
	var out bytes.Buffer
	if err := newJudge(s).answer(strings.NewReader(questions), &out); err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
	for _, bad := range []string{`{"type":"Nothing","mode":"strict"}`, `{"type":"Tick","mode":"loose"}`, `{`} {
		if newJudge(s).answer(strings.NewReader(bad), &out) == nil {
			t.Errorf("%s is answered", bad)
		}
	}
}
