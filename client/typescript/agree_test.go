// Package typescript_test holds the TypeScript client to the Go implementation.
// It needs node, but nothing installed with it; the client's own tests are run
// by make test-typescript.
package typescript_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/gatesmith/gatesmith/gen/run"
	"github.com/gatesmith/gatesmith/gen/shape"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/vectors/vector"
)

const maxDepth = 64

// message is a text to be judged as a type.
type message struct {
	typ  string
	mode wire.Mode
	text []byte
}

func (m message) modeName() string {
	if m.mode == wire.Lenient {
		return "lenient"
	}
	return "strict"
}

// judge explains messages in Go.
type judge struct {
	shapes *shape.Table
	ids    map[string]wire.ShapeID
}

func newJudge(t *testing.T, folder string) *judge {
	t.Helper()
	model, list := run.Open(folder, "").Load()
	if len(list) > 0 {
		t.Fatal(list)
	}
	j := &judge{shapes: shape.Build(model.Protocol), ids: map[string]wire.ShapeID{}}
	for _, typ := range model.Protocol.Types {
		if !typ.Fragment {
			j.ids[typ.Name.Pascal(model.Protocol.Initialisms)] = j.shapes.ID(typ)
		}
	}
	return j
}

func (j *judge) explain(m message) wire.Issues {
	return wire.Explain(m.text, m.mode, maxDepth, j.shapes.Shapes, wire.Place{Shape: j.ids[m.typ]})
}

// node finds node, which CI has to have.
func node(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("node is not there: tools/needs.sh installs it")
	}
	if err != nil {
		t.Skip("NOT RUN: node is not there, so nobody has looked whether TypeScript and Go agree")
	}
	return path
}

// verdict is what the client says of a message.
type verdict struct {
	Issues   wire.Issues
	Accepted bool
}

// ask has the client explain messages.
func ask(t *testing.T, messages []message, types string) []verdict {
	t.Helper()
	var in bytes.Buffer
	for _, m := range messages {
		fmt.Fprintln(&in, m.typ, m.modeName(), base64.StdEncoding.EncodeToString(m.text))
	}
	cmd := exec.Command(node(t), "test/explain.js", types)
	var out, fault bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &fault
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, fault.Bytes())
	}
	var verdicts []verdict
	lines := bufio.NewScanner(&out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var v verdict
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		verdicts = append(verdicts, v)
	}
	if len(verdicts) != len(messages) {
		t.Fatalf("%d verdicts on %d messages", len(verdicts), len(messages))
	}
	return verdicts
}

// compare holds the client's verdicts to Go's: the same issues, and the fast
// way accepts exactly what has none.
func (j *judge) compare(t *testing.T, messages []message, types string) {
	t.Helper()
	wrong, refused := 0, 0
	for k, got := range ask(t, messages, types) {
		m := messages[k]
		want := j.explain(m)
		if len(want) > 0 {
			refused++
		}
		same := len(want) == 0 && len(got.Issues) == 0 || reflect.DeepEqual(want, got.Issues)
		if same && got.Accepted == (len(want) == 0) {
			continue
		}
		if wrong++; wrong <= 5 {
			t.Errorf("%s (%s): %s\nGo says         %+v\nTypeScript says %+v, accepted %v", m.typ, m.modeName(), m.text, want, got.Issues, got.Accepted)
		}
	}
	t.Logf("%d messages, of which %d are refused: %d verdicts differ", len(messages), refused, wrong)
	if refused < len(messages)/10 {
		t.Error("hardly anything was refused")
	}
}

// TestIssuesAgree: the vectors, and texts made of them by changing some bytes,
// have the same issues in both languages: places, rules, texts and order.
func TestIssuesAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("starts node")
	}
	var messages []message
	random := rand.New(rand.NewPCG(1, 2))
	for _, folder := range []string{"../../testdata/vectors", "../../testdata/vectors/traps"} {
		sets, err := vector.Read(filepath.FromSlash(folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range sets {
			for _, v := range set.Tests {
				for _, mode := range []wire.Mode{wire.Strict, wire.Lenient} {
					messages = append(messages, message{set.Type, mode, v.JSON()}, message{set.Type, mode, mutated(random, v.JSON())})
				}
			}
		}
	}
	newJudge(t, "../..").compare(t, messages, "../generated/types.js")
}

// TestChatRoomAgrees does the same for the second protocol, which has what the
// first lacks: unions by kind, recursive types, formats and multiples.
func TestChatRoomAgrees(t *testing.T) {
	if testing.Short() {
		t.Skip("starts node")
	}
	j := newJudge(t, "../../gen/testdata/chatroom")
	var messages []message
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		text := chatroomTexts[random.IntN(len(chatroomTexts))]
		for k := random.IntN(3); k > 0; k-- {
			text.json = string(mutated(random, []byte(text.json)))
		}
		messages = append(messages, message{text.typ, wire.Strict, []byte(text.json)}, message{text.typ, wire.Lenient, []byte(text.json)})
	}
	j.compare(t, messages, "../../../gen/testdata/chatroom/typescript/types.js")
}

// pieces are what mutated puts into texts.
var pieces = []string{"\"", "{", "}", "[", "]", ",", ":", "null", "true", "-", ".", "0", "9", "e9", "1e400", "9007199254740993", "0.5",
	"\\", `\ud800`, `\u0041`, `\ud83d\ude00`, "\x00", "\xff", "\xed\xa0\x80", "é", "😀", " ", "\n", `"a":1,`, `"__proto__":{},`, "[[[", "1.0", "-0", `{"kind":"text"}`}

// mutated changes a text: it puts pieces in, takes bytes out, and doubles parts.
func mutated(random *rand.Rand, text []byte) []byte {
	out := bytes.Clone(text)
	at := func() int { return random.IntN(len(out) + 1) }
	for range 1 + random.IntN(2) {
		i := at()
		switch random.IntN(4) {
		case 0:
			out = append(out[:i:i], append([]byte(pieces[random.IntN(len(pieces))]), out[i:]...)...)
		case 1:
			j := min(len(out), i+1+random.IntN(3))
			out = append(out[:i:i], out[j:]...)
		case 2:
			j := min(len(out), i+random.IntN(24))
			out = append(out[:j:j], out[i:]...)
		default:
			if i < len(out) {
				out[i] ^= 1 << random.IntN(8)
			}
		}
	}
	return out
}

// chatroomTexts are messages of the chat room to begin with.
var chatroomTexts = []struct{ typ, json string }{
	{"Comment", `{"id":"3f2504e0-4f89-11d3-9a0c-0305e82c3301","at":"2026-01-27T12:00:00Z","by":"ada","text":"hi","best":{"id":"3f2504e0-4f89-11d3-9a0c-0305e82c3302","at":"2026-01-27T12:00:01Z","by":null,"text":"hello","best":null},"likes":{"eve":{"weight":9.5,"mood":-1}},"attachment":{"url":"https://example.test/a.png","data":"aGk="},"blocks":[{"kind":"quote","of":[{"kind":"text","text":"a"}],"level":1},{"kind":"rule"}]}`},
	{"Comment", `{"id":"3f2504e0-4f89-11d3-9a0c-0305e82c3301","at":"2016-12-31T23:59:60Z","by":null,"text":"","best":null,"pinned":null,"replies":[],"likes":{"a":{"weight":0.25},"b":{"weight":1e1},"c":{"weight":10.000000000000000001},"d":{"weight":-0}}}`},
	{"Attachment", `["https://u:p@[::1]:80/a%20b?c#d",7.5,true,{"name":"a","url":"mailto:x"},[false]]`},
	{"Attachment", `"http://example.test:8o/%zz"`},
	{"Attachment", `1000000.5`},
	{"Attachment", `{"data":"aGl=","name":"x","url":"ftp://h:1:2/"}`},
	{"Block", `{"kind":"quote","of":[{"kind":"text","text":"a","bold":false},{"kind":"rule","x":1},{"kind":"none"}]}`},
	{"Deed", `{"deed":"dance","x":[1,{"y":1e5}]}`},
	{"Deed", `{"deed":"say","comment":{"id":"no"}}`},
}
