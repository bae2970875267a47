package catalog_test

import (
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/catalog"
)

func TestParams(t *testing.T) {
	for _, c := range []struct {
		method string
		words  []string
		want   string
	}{
		{"health", nil, `{}`},
		{"health", []string{"probe=true"}, `{"probe":true}`},
		{"health", []string{` {"probe": true}`}, ` {"probe": true}`},
		{"sessions.list", []string{"limit=5", "search=a=b, c", "includeGlobal=false"}, `{"includeGlobal":false,"limit":5,"search":"a=b, c"}`},
		{"sessions.list", []string{"label=5", "search="}, `{"label":"5","search":""}`},
		{"sessions.patch", []string{"key=main", "label:=null", "model=null"}, `{"key":"main","label":null,"model":"null"}`},
		{"sessions.preview", []string{"keys=a", "keys=b", "limit=2"}, `{"keys":["a","b"],"limit":2}`},
		{"sessions.preview", []string{`keys:=["a"]`}, `{"keys":["a"]}`},
		{"cron.add", []string{"name=x", "schedule.kind=every", "schedule.everyMs=60000", "payload.kind=systemEvent", "payload.text=tea"},
			`{"name":"x","payload":{"kind":"systemEvent","text":"tea"},"schedule":{"everyMs":60000,"kind":"every"}}`},
		{"skills.update", []string{"skillKey=k", "env.GH_TOKEN=1", "enabled=false"}, `{"enabled":false,"env":{"GH_TOKEN":"1"},"skillKey":"k"}`},
		{"system-event", []string{"text=hi", "lastInputSeconds=1.5", "tags=a"}, `{"lastInputSeconds":1.5,"tags":["a"],"text":"hi"}`},
		{"browser.request", []string{"method=GET", "path=/", "body=[1]", "query.a=1", "query.b=x"}, `{"body":[1],"method":"GET","path":"/","query":{"a":1,"b":"x"}}`},
		{"nodes.invoke", []string{"nodeId=n", "command=c", "params=plain", "timeoutMs:=9007199254740991"}, `{"command":"c","nodeId":"n","params":"plain","timeoutMs":9007199254740991}`},
		{"of.tomorrow", []string{"n=1", "t=text", "deep.er=true", "null:=null"}, `{"deep":{"er":true},"n":1,"null":null,"t":"text"}`},
	} {
		got, err := params(c.method).Params(c.words)
		if err != nil || string(got) != c.want {
			t.Errorf("%s %q:\ngot  %s %v\nwant %s", c.method, c.words, got, err, c.want)
		}
	}
}

func params(method string) *catalog.Schema {
	if m := catalog.LookupMethod(method); m != nil {
		return m.Params
	}
	return nil
}

func TestParamsRefused(t *testing.T) {
	for _, c := range []struct {
		method string
		words  []string
		want   string
	}{
		{"health", []string{"prob=true"}, `there is no param "prob": did you mean "probe"?`},
		{"health", []string{"nothing=1"}, `there is no param "nothing": there are probe`},
		{"status", []string{"nothing=1"}, `there is no param "nothing": there are none here`},
		{"health", []string{"probe=yes"}, `probe is "yes": expected true or false`},
		{"health", []string{"probe"}, `"probe" is neither key=value nor key:=JSON`},
		{"health", []string{"{"}, `params are not a JSON object`},
		{"health", []string{`{"probe":true} x`}, `params are not a JSON object`},
		{"health", []string{"probe:=yes"}, `probe:= wants JSON`},
		{"health", []string{"probe=true", "probe=true"}, `probe is given twice`},
		{"sessions.list", []string{"limit=many"}, `limit is "many": expected an integer`},
		{"sessions.list", []string{"limit=1.5"}, `limit is "1.5": expected an integer`},
		{"sessions.list", []string{"limit.x=1"}, `limit is no object: limit.x cannot be set in it`},
		{"sessions.list", []string{"limit:=1", "limit=2"}, `limit is given twice`},
		{"cron.add", []string{"schedule.kid=at"}, `there is no param "schedule.kid": did you mean "schedule.kind"?`},
		{"cron.add", []string{"schedule=at"}, `schedule is "at": expected an object`},
		{"system-event", []string{"lastInputSeconds=inf"}, `expected a number`},
	} {
		got, err := params(c.method).Params(c.words)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(c.want, `"schedule.kind"?`)) {
			t.Errorf("%s %q: got %s, %v: want %s", c.method, c.words, got, err, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, c := range []struct{ name, want string }{{"helth", "health"}, {"Status", "status"}, {"frobnicate", ""}, {"", ""}} {
		if got := catalog.Nearest(c.name, []string{"health", "status"}); got != c.want {
			t.Errorf("%q: got %q, want %q", c.name, got, c.want)
		}
	}
}
