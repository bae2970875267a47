package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/schema"
	"pgregory.net/rapid"
)

// TestLoadsWhatIsWritten makes valid configurations of the schema, key by key,
// writes them in all forms that are read, and finds every value again, with its
// place.
func TestLoadsWhatIsWritten(t *testing.T) {
	keys := Keys()
	rapid.Check(t, func(t *rapid.T) {
		tree := &node{kind: objectKind}
		given := make(map[string]string)
		for _, key := range keys {
			if rapid.IntRange(0, 2).Draw(t, "skip "+key.Path) == 0 {
				continue
			}
			value := validValue(t, key.Path, settingAt(key.Path))
			given[key.Path] = string(value.appendJSON(nil, nil))
			tree = tree.set(value, strings.Split(key.Path, ".")...)
		}
		if rapid.Bool().Draw(t, "unknown") {
			tree = tree.set(&node{kind: stringKind, text: "kept"}, "elsewhere", "a b")
		}
		text := spell(t, tree)
		l, err := Load(from(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		plain := tree.appendJSON(nil, nil)
		if !bytes.Equal(l.Parsed(), plain) {
			t.Fatalf("%s was read as %s", plain, l.Parsed())
		}
		want := new(protocol.Config)
		if err := want.DecodeAlias(filled(tree), wire.Strict); err != nil {
			t.Fatal(err)
		}
		tls := &want.Gateway.V.TLS.V
		tls.Cert, tls.Key = l.Config.Gateway.V.TLS.V.Cert, l.Config.Gateway.V.TLS.V.Key // made absolute
		if !reflect.DeepEqual(l.Config, want) {
			t.Fatalf("got  %s\nwant %s", l.Config.AppendJSON(nil), want.AppendJSON(nil))
		}
		for _, key := range keys {
			o := l.Origin(key.Path)
			if _, ok := given[key.Path]; ok != (o.Kind == FromFile) {
				t.Fatalf("%s comes from %v", key.Path, o)
			}
		}
	})
}

// filled is the tree as JSON, with every section present.
func filled(tree *node) []byte {
	for _, s := range schemaSettings().sections(nil) {
		if tree.find(s...) == nil {
			tree = tree.set(&node{kind: objectKind}, s...)
		}
	}
	return tree.appendJSON(nil, nil)
}

// validStrings gives, where the schema says only string, what values.go takes.
var validStrings = map[string][]string{
	"models.providers[].baseUrl":              {"http://127.0.0.1:11434/v1", "https://api.example.com"},
	"gateway.customBindHost":                  {"10.0.0.1", "::1"},
	"gateway.hosts[]":                         {"a", "b.example", "10.0.0.1", "fd00::1"},
	"gateway.origins[]":                       {"https://a.example", "http://localhost:3000", "tauri://localhost"},
	"gateway.trustedProxies[]":                {"10.0.0.0/8", "::1", "192.168.0.0/16"},
	"egress.allow[]":                          {"127.0.0.0/8", "::1", "192.168.1.5"},
	"agents.list[].id":                        {"main", "Work", "a-b_9"},
	"session.mainKey":                         {"main", "Home", "a-b_9"},
	"mcp.servers[].url":                       {"http://127.0.0.1:3333/mcp"},
	"heartbeat.activeFrom":                    {"00:00", "23:59"},
	"heartbeat.activeUntil":                   {"08:00", "22:30"},
	"channels.telegram.accounts[].webhookUrl": {"https://gateway.example.com/channels/telegram/default"},
	"channels.telegram.accounts[].baseUrl":    {"https://api.telegram.org"},
	"channels.slack.accounts[].baseUrl":       {"https://slack.com/api"},
	"channels.webhook.accounts[].url":         {"https://service.example.com/gateway"},
	"store.url":                               {"postgres://u:p@h/d", "postgresql://h/d"},
}

func validValue(t *rapid.T, at string, s *setting) *node {
	str := func(text string) *node { return &node{kind: stringKind, text: text} }
	switch {
	case len(s.Enum) > 0:
		return str(rapid.SampledFrom(s.Enum).Draw(t, at))
	case validStrings[at] != nil:
		return str(rapid.SampledFrom(validStrings[at]).Draw(t, at))
	}
	switch s.Type {
	case "string":
		return str(rapid.StringN(1, 12, -1).Draw(t, at))
	case "boolean":
		return &node{kind: boolKind, text: strconv.FormatBool(rapid.Bool().Draw(t, at))}
	case "integer":
		low, high := bounds(at)
		return &node{kind: numberKind, text: strconv.Itoa(rapid.IntRange(low, high).Draw(t, at))}
	case "number":
		return &node{kind: numberKind, text: strconv.Itoa(rapid.IntRange(0, 100).Draw(t, at))}
	case "array":
		list := &node{kind: listKind}
		seen := make(map[string]bool)
		for range rapid.IntRange(0, 3).Draw(t, at) {
			item := validValue(t, at+"[]", s.each)
			if text := string(item.appendJSON(nil, nil)); !seen[text] {
				seen[text] = true
				list.items = append(list.items, item)
			}
		}
		return list
	case "object":
		object := &node{kind: objectKind}
		for _, m := range s.members {
			object.members = append(object.members, member{name: m.name, value: validValue(t, at+"."+m.name, m)})
		}
		if len(s.members) > 0 {
			return object
		}
		for _, name := range rapid.SliceOfNDistinct(rapid.StringN(0, 8, -1), 0, 3, rapid.ID[string]).Draw(t, at) {
			object.members = append(object.members, member{name: name, value: validValue(t, at+"[]", s.each)})
		}
		return object
	}
	t.Fatalf("no values for %s of type %q", at, s.Type)
	return nil
}

// bounds reads minimum and maximum of an integer out of the schema.
func bounds(path string) (low, high int) {
	text, err := schema.Files.ReadFile("config/config.json")
	if err != nil {
		panic(err)
	}
	root, _, _ := readText(text)
	follow := func(n *node) *node {
		if ref := n.get("$ref"); ref != nil {
			return root.find(strings.Split(ref.text, "/")[1:]...)
		}
		return n
	}
	at := root
	for name := range strings.SplitSeq(path, ".") {
		name, each := strings.CutSuffix(name, "[]")
		at = follow(at.find("properties", name))
		if each && at.get("items") != nil {
			at = follow(at.get("items"))
		} else if each {
			at = follow(at.get("additionalProperties"))
		}
	}
	low, _ = strconv.Atoi(at.get("minimum").text)
	high, _ = strconv.Atoi(at.get("maximum").text)
	return low, high
}

// spell writes a tree in one of the many ways of JSON5.
func spell(t *rapid.T, n *node) string {
	pad := func() string {
		return rapid.SampledFrom([]string{"", "", "", " ", "\n", "\r\n\t", "/* } */", "// \"x\n", "\u00a0"}).Draw(t, "pad")
	}
	var write func(n *node) string
	str := func(text string) string {
		quoted := string(wire.AppendString(nil, text))
		if rapid.Bool().Draw(t, "single") {
			inner := strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
			return "'" + strings.ReplaceAll(inner, "'", `\'`) + "'"
		}
		return quoted
	}
	write = func(n *node) string {
		var parts []string
		switch n.kind {
		case stringKind:
			return str(n.text)
		case listKind:
			for _, item := range n.items {
				parts = append(parts, pad()+write(item)+pad())
			}
		case objectKind:
			for _, m := range n.members {
				name := str(m.name)
				if childKey("", m.name) == m.name && rapid.Bool().Draw(t, "bare") {
					name = m.name
				}
				parts = append(parts, pad()+name+pad()+":"+pad()+write(m.value)+pad())
			}
		case numberKind:
			v, err := strconv.Atoi(n.text)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf(rapid.SampledFrom([]string{"%d", "+%d", "0x%X", "%d."}).Draw(t, "number"), v)
		default:
			return n.text
		}
		text := strings.Join(parts, ",")
		if len(parts) > 0 && rapid.Bool().Draw(t, "trailing") {
			text += "," + pad()
		}
		if n.kind == listKind {
			return "[" + text + pad() + "]"
		}
		return "{" + text + pad() + "}"
	}
	return pad() + write(n) + pad()
}

// TestSecretsStayOut puts canaries everywhere a secret can be given, breaks the
// text in every possible way, and looks for them in everything that is said.
func TestSecretsStayOut(t *testing.T) {
	canaries := []string{"c4nary-token", "c4nary\"pass\\word", "c4nary-db", "c4nary-flag", "c4nary-env"}
	text, err := json.MarshalIndent(map[string]any{
		"gateway": map[string]any{"port": 1, "bind": "lan", "auth": map[string]any{"token": canaries[0], "password": canaries[1]}},
		"store":   map[string]any{"url": "postgres://ada:" + canaries[2] + "@db/x"},
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	look := func(mutant []byte) {
		l, err := Load(Sources{Path: "g", Text: mutant, Env: env("GATEWAY_PASSWORD", canaries[4]), Flags: map[string][]string{"token": {canaries[3]}, "bind": {canaries[3]}}})
		said := []string{fmt.Sprint(err), l.Warnings.Error(), fmt.Sprint(l), fmt.Sprintf("%+v", l), l.LogValue().String()}
		if l.Config != nil {
			said = append(said, l.Locate(Check(l.Config, false)).Error())
		}
		if details, err := json.Marshal(l.Problems); err == nil {
			said = append(said, string(details))
		}
		for _, s := range said {
			if strings.Contains(s, "c4nary") {
				t.Fatalf("%s\nsays %s", mutant, s)
			}
		}
	}
	look(text)
	for i := range text {
		look(slices.Delete(bytes.Clone(text), i, i+1))
		for _, c := range []byte("\"{}[]:,\\'1x /\n\x00\xff") {
			mutant := bytes.Clone(text)
			mutant[i] = c
			look(mutant)
			look(slices.Insert(bytes.Clone(text), i, c))
		}
	}
}

// FuzzLoad looks for panics, for findings outside of the text, and for texts
// that are valid and not read the same again.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{gateway:{port:1,bind:'lan',hosts:['a'],auth:{tailscale:{logins:{x:['operator.read']}}}},log:{level:'info'}}`), "", "")
	f.Add([]byte(`{gateway:{port:null,hosts:[1,1,1.0]},x:{y:1e999}}`), "70000", "lan")
	for _, c := range refusedTexts {
		if len(c.text) < 100 {
			f.Add([]byte(c.text), "1", "custom")
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, port, bind string) {
		s := Sources{Path: "g", Text: text, Env: env("GATEWAY_PORT", port), Flags: map[string][]string{"bind": {bind}}}
		l, err := Load(s)
		if (err == nil) != (l.Config != nil) {
			t.Fatalf("%v, but the configuration is %v", err, l.Config)
		}
		lineCount := 1 + bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r"))
		for _, p := range append(slices.Clone(l.Problems), l.Warnings...) {
			if p.Line > lineCount || p.Line > 0 && p.Col < 1 || p.Col > len(text)+1 || p.Message == "" || p.Rule == "" {
				t.Fatalf("%+v", p)
			}
		}
		if err != nil {
			return
		}
		_ = Check(l.Config, false)
		s.Text = l.Parsed()
		again, err := Load(s)
		if err != nil {
			t.Fatalf("%s: %v", s.Text, err)
		}
		if a, b := again.Config.AppendJSON(nil), l.Config.AppendJSON(nil); !bytes.Equal(a, b) {
			t.Fatalf("%s became %s", b, a)
		}
	})
}

// TestKeys holds the table of keys to the schema: what is secret is known to
// be, and every key says what a change of it needs.
func TestKeys(t *testing.T) {
	var secret []string
	for _, k := range Keys() {
		if k.Secret {
			secret = append(secret, k.Path)
		}
		if k.Reload == "" || k.Description == "" || k.Type == "" {
			t.Errorf("%+v", k)
		}
		if got, ok := KeyOf(k.Path); !ok || !reflect.DeepEqual(got, k) {
			t.Errorf("KeyOf(%s) is %+v", k.Path, got)
		}
	}
	if want := []string{keyToken, keyPassword, "store.url"}; !slices.Equal(secret, want) {
		t.Errorf("secret are %v", secret)
	}
	port, _ := KeyOf("gateway.port")
	if port.Default != "18789" || port.Type != "integer" || port.Reload != "restart" {
		t.Errorf("%+v", port)
	}
	for _, path := range []string{"", "gateway", "gateway.none", "none.port"} {
		if k, ok := KeyOf(path); ok {
			t.Errorf("KeyOf(%q) is %+v", path, k)
		}
	}
}
