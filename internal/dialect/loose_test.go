package dialect

import (
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func TestLooseJobs(t *testing.T) {
	const rest = `"name":"n","payload":{"kind":"systemEvent","text":"x"}`
	for _, c := range []struct{ from, want string }{
		{`{"data":{` + rest + `,"schedule":{"kind":"every","everyMs":1}}}`, `{` + rest + `,"schedule":{"kind":"every","everyMs":1}}`},
		{`{"job":{` + rest + `,"schedule":{"everyMs":1}}}`, `{` + rest + `,"schedule":{"everyMs":1,"kind":"every"}}`},
		{`{` + rest + `,"schedule":{"expr":"0 8 * * *"}}`, `{` + rest + `,"schedule":{"expr":"0 8 * * *","kind":"cron"}}`},
		{`{` + rest + `,"schedule":{"atMs":5}}`, `{` + rest + `,"schedule":{"atMs":5,"kind":"at"}}`},
		{`{` + rest + `,"schedule":{"at":"2030-01-01T00:00:00Z"}}`, `{` + rest + `,"schedule":{"atMs":1893456000000,"kind":"at"}}`},
		{`{` + rest + `,"schedule":{"kind":"at","at":"2030-01-01T01:00+01:00"}}`, `{` + rest + `,"schedule":{"kind":"at","atMs":1893456000000}}`},
		{`{` + rest + `,"schedule":{"at":"2030-01-01"}}`, `{` + rest + `,"schedule":{"atMs":1893456000000,"kind":"at"}}`},
		{`{` + rest + `,"schedule":{"atMs":" 2030-01-01T00:00:00.5 "}}`, `{` + rest + `,"schedule":{"atMs":1893456000500,"kind":"at"}}`},
		{`{` + rest + `,"schedule":{"kind":"at","atMs":"1893456000000"}}`, `{` + rest + `,"schedule":{"kind":"at","atMs":1893456000000}}`},
		{`{` + rest + `,"enabled":"False","agentId":" ","schedule":{"everyMs":1}}`, `{` + rest + `,"enabled":false,"schedule":{"everyMs":1,"kind":"every"}}`},
		{`{"name":"n","schedule":{"kind":"every","everyMs":1},"payload":{"kind":"agentTurn","message":"m","provider":" Telegram "}}`,
			`{"name":"n","schedule":{"kind":"every","everyMs":1},"payload":{"kind":"agentTurn","message":"m","channel":"telegram"}}`},
		{`{"name":"n","schedule":{"kind":"every","everyMs":1},"payload":{"kind":"agentTurn","message":"m","provider":"a","channel":"b"}}`,
			`{"name":"n","schedule":{"kind":"every","everyMs":1},"payload":{"kind":"agentTurn","message":"m","channel":"b"}}`},
	} {
		got, ok := Adapter{}.Loosen(protocol.DialectField, protocol.MethodCronAdd, []byte(c.from))
		if !ok || string(got) != c.want {
			t.Errorf("%s\nis    %s\nwant  %s", c.from, got, c.want)
		}
		if _, err := protocol.DecodeAliasParams(protocol.MethodCronAdd, got, wire.Strict); err != nil {
			t.Errorf("%s is refused: %v", got, err)
		}
		if _, ok := (Adapter{}).Loosen(protocol.DialectCanonical, protocol.MethodCronAdd, []byte(c.from)); ok {
			t.Errorf("%s is taken in the canonical dialect", c.from)
		}
	}
}

func TestLoosePatches(t *testing.T) {
	for _, c := range []struct{ from, want string }{
		{`{"id":"x","patch":{"schedule":{"at":"2030-01-01"}}}`, `{"id":"x","patch":{"schedule":{"atMs":1893456000000,"kind":"at"}}}`},
		{`{"id":"x","patch":{"agentId":"","enabled":"true"}}`, `{"id":"x","patch":{"agentId":null,"enabled":true}}`},
		{`{"jobId":"x","patch":{"payload":{"kind":"agentTurn","provider":"Slack"}}}`, `{"jobId":"x","patch":{"payload":{"kind":"agentTurn","channel":"slack"}}}`},
	} {
		got, ok := Adapter{}.Loosen(protocol.DialectField, protocol.MethodCronUpdate, []byte(c.from))
		if !ok || string(got) != c.want {
			t.Errorf("%s\nis    %s\nwant  %s", c.from, got, c.want)
		}
		if _, err := protocol.DecodeAliasParams(protocol.MethodCronUpdate, got, wire.Strict); err != nil {
			t.Errorf("%s is refused: %v", got, err)
		}
	}
}

// What is none of these forms is left to the refusal.
func TestNotLoose(t *testing.T) {
	for _, params := range []string{``, `[]`, `{}`, `{"data":1}`, `{"data":{},"name":"n"}`, `{"schedule":{"kind":"weekly"}}`, `{"schedule":{"at":"tomorrow"}}`,
		`{"schedule":{"at":"-5"}}`, `{"schedule":{"kind":"at","atMs":"99999999999999999999"}}`, `{"enabled":"yes"}`, `{"schedule":{"everyMs":1,"everyMs":2}}`, `{"name":"a","enabled":"true","name":"b"}`,
		`{"payload":{"kind":"agentTurn","provider":1}}`, `{"schedule":`} {
		if got, ok := (Adapter{}).Loosen(protocol.DialectField, protocol.MethodCronAdd, []byte(params)); ok {
			t.Errorf("%s became %s", params, got)
		}
	}
	if _, ok := (Adapter{}).Loosen(protocol.DialectField, protocol.MethodCronUpdate, []byte(`{"id":"x"}`)); ok {
		t.Error("a patch that is not there is taken")
	}
	if _, ok := (Adapter{}).Loosen(protocol.DialectField, protocol.MethodAgent, []byte(`{"job":{}}`)); ok {
		t.Error("another method is taken")
	}
}

func FuzzLoosen(f *testing.F) {
	f.Add([]byte(`{"job":{"schedule":{"at":"2030-01-01"},"payload":{"provider":"a"},"agentId":""}}`))
	f.Fuzz(func(t *testing.T, params []byte) {
		for _, m := range []protocol.MethodID{protocol.MethodCronAdd, protocol.MethodCronUpdate} {
			better, ok := Adapter{}.Loosen(protocol.DialectField, m, params)
			if !ok {
				continue
			}
			if again, twice := (Adapter{}).Loosen(protocol.DialectField, m, better); twice && string(again) == string(better) {
				t.Errorf("%s becomes itself", better)
			}
		}
	})
}
