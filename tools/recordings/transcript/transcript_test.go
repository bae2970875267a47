package transcript

import (
	"testing"
	"testing/fstest"
)

func read(t *testing.T, lines string) *Transcript {
	t.Helper()
	got, err := Read(fstest.MapFS{"a.jsonl": {Data: []byte(lines)}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAnswersFindTheirRequest(t *testing.T) {
	got := read(t, `{"note":"two connections with the same id, and one request answered twice"}
{"dir":"c2s","conn":"a","frame":{"type":"req","id":"1","method":"m","params":{"p":1}}}
{"dir":"c2s","conn":"b","frame":{"type":"req","id":"1","method":"n"}}
{"dir":"s2c","conn":"b","frame":{"type":"res","id":"1","ok":false,"error":{"code":"C","message":"M"}}}
{"dir":"s2c","conn":"a","frame":{"type":"res","id":"1","ok":true,"payload":null}}
{"dir":"s2c","conn":"a","frame":{"type":"res","id":"1","ok":true,"payload":[1]}}
{"dir":"c2s","conn":"b","raw":"[]"}
{"dir":"s2c","conn":"b","frame":{"type":"res","id":"invalid","ok":false,"error":{"code":"C","message":"must be object"}}}
{"dir":"c2s","conn":"b","raw":"{\"type\":\"req\",\"id\":7,\"method\":\"o\"}"}
{"dir":"s2c","conn":"b","frame":{"type":"res","id":7,"ok":false,"error":{"code":"C","message":"must be string"}}}
`)
	if len(got.Exchanges) != 4 {
		t.Fatalf("got %d exchanges, want 4", len(got.Exchanges))
	}
	m, n, array, o := got.Exchanges[0], got.Exchanges[1], got.Exchanges[2], got.Exchanges[3]
	if m.Method != "m" || string(m.Params) != `{"p":1}` || m.Source != "a.jsonl:2" {
		t.Errorf("the first request is %+v", m)
	}
	if len(m.Answers) != 2 || string(m.Answers[0].Payload) != "null" || string(m.Answers[1].Payload) != "[1]" {
		t.Errorf("the first request has the answers %v", m.Answers)
	}
	if len(n.Answers) != 1 || n.Answers[0].Error.Message != "M" || n.Params != nil {
		t.Errorf("the second request is %+v", n)
	}
	if len(array.Answers) != 1 || array.Method != "" {
		t.Errorf("the array is %+v", array)
	}
	if len(o.Answers) != 1 || string(o.Answers[0].ID) != "7" {
		t.Errorf("the request with a number as its id is %+v", o)
	}
}

func TestSameIDTwice(t *testing.T) {
	got := read(t, `{"dir":"c2s","conn":"a","frame":{"type":"req","id":"1","method":"m"}}
{"dir":"c2s","conn":"a","frame":{"type":"req","id":"1","method":"m"}}
{"dir":"s2c","conn":"a","frame":{"type":"res","id":"1","ok":true}}
{"dir":"s2c","conn":"a","frame":{"type":"res","id":"1","ok":true}}
`)
	for _, x := range got.Exchanges {
		if len(x.Answers) != 1 {
			t.Errorf("%s has %d answers, want 1", x.Source, len(x.Answers))
		}
	}
}

func TestMarksGo(t *testing.T) {
	for _, c := range []struct {
		name, frame, want string
		partial           bool
	}{
		{"no marks", `{"type":"event", "payload":"omitted"}`, `{"type":"event", "payload":"omitted"}`, false},
		{"items", `{"a":[1,"…<truncated: 9 items in total>"]}`, `{"a":[1]}`, false},
		{"members", `{"a":{"b":1.0,"…<truncated>":"9 keys in total"}}`, `{"a":{"b":1.0}}`, true},
		{"a text", `{"a":"xy…<truncated 7 chars>"}`, `{"a":"xy…\u003ctruncated 7 chars\u003e"}`, false},
		{"a remark", `{"a":1,"b":"<same as first hello-ok in this file>","c":"<omitted>"}`, `{"a":1}`, true},
	} {
		got, partial, err := unmark([]byte(c.frame))
		if err != nil || string(got) != c.want || partial != c.partial {
			t.Errorf("%s: got %s, %t, %v, want %s, %t", c.name, got, partial, err, c.want, c.partial)
		}
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	want := read(t, `{"dir":"c2s","conn":"a","frame":{"type":"req","id":"1","method":"m"}}
{"dir":"s2c","conn":"a","frame":{"type":"res","id":"1","ok":true,"payload":["…<truncated: 2 items in total>"]}}
{"dir":"c2s","conn":"b","raw":"\"text\""}
{"dir":"s2c","conn":"b","frame":{"type":"res","id":"invalid","ok":false,"error":{"code":"C","message":"M"}}}
{"dir":"s2c","conn":"b","frame":{"type":"event","event":"e","seq":1}}
{"conn":"c","matrix":{"m":"allowed"}}
`)
	data, err := Write(want.Exchanges, want.Events, want.Matrices)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, string(data))
	if len(got.Exchanges) != 2 || len(got.Events) != 1 || len(got.Matrices) != 1 {
		t.Fatalf("got back %d exchanges, %d events and %d matrices", len(got.Exchanges), len(got.Events), len(got.Matrices))
	}
	for k, x := range got.Exchanges {
		w := want.Exchanges[k]
		if x.Source != w.Source || string(x.Text) != string(w.Text) || len(x.Answers) != len(w.Answers) || x.Answers[0].Source != w.Answers[0].Source {
			t.Errorf("got back %+v, want %+v", x, w)
		}
	}
	if e := got.Events[0]; e.Source != "a.jsonl:5" || e.Name != "e" || !e.Numbered {
		t.Errorf("got back the event %+v", e)
	}
	if m := got.Matrices[0]; m.Conn != "c" || m.Verdicts["m"] != "allowed" || m.Source != "a.jsonl:6" {
		t.Errorf("got back the matrix %+v", m)
	}
}
