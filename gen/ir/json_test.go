package ir

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/name"
)

// TestComplete: what the model gains, its JSON gains too, or the list here
// says why not.
func TestComplete(t *testing.T) {
	left := map[string]string{
		"Meta.Name":        "words",
		"Meta.Pos":         "line and col",
		"Meta.Location":    "at",
		"Type.File":        "in at",
		"RequiredSets.Pos": "that of the type will do",
		"Check.Pos":        "that of the type will do",
		"Exchange.Pos":     "line and col",
	}
	for _, pair := range [][2]any{
		{Protocol{}, jsonProtocol{}}, {Dialect{}, jsonDeclared{}}, {Role{}, jsonDeclared{}}, {Scope{}, jsonDeclared{}},
		{ErrorCode{}, jsonDeclared{}}, {Group{}, jsonGroup{}}, {Limits{}, jsonLimits{}}, {Access{}, jsonAccess{}},
		{Meta{}, jsonMeta{}}, {Deprecation{}, jsonDeprecation{}}, {Frame{}, jsonFrame{}}, {FrameMember{}, jsonMember{}},
		{Idempotency{}, jsonIdempotency{}}, {Wait{}, jsonWait{}}, {Alias{}, jsonAlias{}}, {MethodError{}, jsonMethodError{}},
		{Method{}, jsonMethod{}}, {DeliveryRule{}, jsonDelivery{}}, {DeliveryCase{}, jsonDeliveryCase{}}, {Form{}, jsonForm{}},
		{Event{}, jsonEvent{}}, {Exchange{}, jsonExchange{}}, {ExchangeEvent{}, jsonExchangeEvent{}},
		{Type{}, jsonType{}}, {Use{}, jsonUse{}}, {Field{}, jsonField{}}, {UIHints{}, jsonUI{}}, {Content{}, jsonContent{}},
		{RequiredSets{}, jsonSets{}}, {UnionPlan{}, jsonUnion{}}, {Variant{}, jsonVariant{}}, {EnumPlan{}, jsonEnum{}},
		{EnumValue{}, jsonEnumValue{}}, {Check{}, jsonCheck{}}, {Sample{}, jsonSample{}},
	} {
		model, form := reflect.TypeOf(pair[0]), reflect.TypeOf(pair[1])
		for i := range model.NumField() {
			field := model.Field(i)
			key := model.Name() + "." + field.Name
			_, there := form.FieldByName(field.Name)
			_, listed := left[key]
			switch {
			case field.Anonymous:
			case !there && !listed:
				t.Errorf("%s is not in the JSON of the model", key)
			case there && listed:
				t.Errorf("%s is in the JSON of the model, and listed as left out", key)
			}
			delete(left, key)
		}
	}
	for key := range left {
		t.Errorf("%s is listed as left out, but the model does not have it", key)
	}
}

// TestFilled: every member of the JSON gets its value from the model.
func TestFilled(t *testing.T) {
	data := write(t, full())
	for _, typ := range []any{
		jsonProtocol{}, jsonDeclared{}, jsonGroup{}, jsonLimits{}, jsonAccess{}, jsonMeta{}, jsonDeprecation{}, jsonFrame{}, jsonMember{},
		jsonIdempotency{}, jsonWait{}, jsonAlias{}, jsonMethodError{}, jsonMethod{}, jsonDelivery{}, jsonDeliveryCase{}, jsonForm{},
		jsonEvent{}, jsonExchange{}, jsonExchangeEvent{}, jsonType{}, jsonUse{}, jsonField{}, jsonUI{}, jsonContent{}, jsonSets{},
		jsonUnion{}, jsonVariant{}, jsonEnum{}, jsonEnumValue{}, jsonCheck{}, jsonSample{},
	} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(typ)) {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.Anonymous && !bytes.Contains(data, []byte(`"`+key+`": `)) {
				t.Errorf("nothing fills %q of %T", key, typ)
			}
		}
	}
	if bytes.Contains(data, []byte(": null")) {
		t.Errorf("an empty list is null:\n%s", data)
	}
	if bytes.Contains(data, []byte("/home")) {
		t.Error("the output depends on where the folder is")
	}
}

func write(t *testing.T, p *Protocol) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteJSON(&b, p); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(b.Bytes()) {
		t.Fatalf("not JSON:\n%s", b.Bytes())
	}
	return b.Bytes()
}

// TestEndless: types that contain themselves end where they are named, or
// where they have no name.
func TestEndless(t *testing.T) {
	tree := &Type{Meta: meta("tree"), Kind: Struct}
	tree.Fields = []*Field{{Wire: "children", Use: Use{Type: &Type{Kind: Array, Elem: &Use{Type: tree}}}}}
	list := &Type{Meta: Meta{Location: "x.json#/list"}, Kind: Array}
	list.Elem = &Use{Type: list, Nullable: true}
	data := write(t, &Protocol{Types: []*Type{tree}, Configs: []*Type{list}})
	if !bytes.Contains(data, []byte(`"ref": "Tree"`)) || bytes.Count(data, []byte(`"at": "x.json#/list"`)) != 2 {
		t.Errorf("got\n%s", data)
	}
}

func meta(title string) Meta {
	return Meta{Name: name.Split(title), Pos: diag.Pos{File: "/home/me/types/x.json", Line: 3, Col: 5}, Location: "types/x.json#"}
}

// full is a model in which everything that can be said is said.
func full() *Protocol {
	role, text := &Role{Name: "user", Doc: "d", Scoped: true}, &Type{Kind: String, Examples: [][]byte{[]byte(`"<e>"`)}}
	scope := &Scope{Name: "read", Doc: "d", Role: role, All: true}
	scope.Implies = []*Scope{scope}
	dialect, code := &Dialect{Name: "old", Doc: "d"}, &ErrorCode{Name: "BAD", Doc: "d", Retryable: true}
	access := Access{Roles: []*Role{role}, Scope: scope}
	m := meta("some thing")
	m.Doc, m.Since, m.Deprecated, m.Secret = "d", 1, &Deprecation{Since: 1, Use: "x"}, true
	ui := &UIHints{Label: "l", Help: "h", Group: "g", Placeholder: "p", Order: 1, Sensitive: true, Advanced: true}
	one := Value{Kind: Int, Int: 1, JSON: "1"}
	use := Use{Type: text, Nullable: true}
	t := &Type{
		Meta: m, Kind: Struct, Title: "T", Open: true, Fragment: true, Elem: &use, Const: &one, Except: []string{"x"}, Object: true,
		Recursive: true, Inbound: true, Outbound: true, Examples: [][]byte{[]byte("{}")}, UI: ui,
		Sets:    []RequiredSets{{Kind: OneSet, Sets: [][]string{{"a"}}}},
		Checks:  []Check{{Kind: MinLength, Limit: one}, {Kind: Pattern, Text: "a<b"}},
		Content: &Content{Encoding: "base64", MediaType: "audio/wav", Schema: &use},
		Fields:  []*Field{{Meta: m, Wire: "w", Use: use, Required: true, Default: &one, Reload: "live", Exec: true, Env: []string{"E"}, UI: ui}},
		Union:   &UnionPlan{Tag: "kind", Open: true, Variants: []*Variant{{Name: m.Name, Tag: "t", Type: text, JSON: "string"}}},
		Enum:    &EnumPlan{Base: Int, Open: true, Values: []*EnumValue{{Name: m.Name, Value: one}}},
	}
	t.Union.Unknown = t.Union.Variants[0]
	event := &Event{
		Meta: m, Wire: "e", Access: access, Payload: t, Forms: []Form{{Dialect: dialect, Name: "f", Payload: t}}, Published: dialect,
		Delivery:  DeliveryRule{Default: DeliverOrdered, By: "b", Cases: []DeliveryCase{{Value: "v", Delivery: DeliverLatest}}, LatestKey: []string{"k"}},
		Broadcast: true, Peer: true, StateVersion: "s",
	}
	exchange := Exchange{
		Pos: m.Pos, Title: "t", Dialect: dialect, Params: []byte("{}"), Accepted: []byte("{}"), Result: []byte("[]"), Error: []byte("{}"),
		Failure: []byte("{}"), Payload: []byte("{}"), Events: []ExchangeEvent{{Event: event, Payload: []byte("{}")}},
	}
	event.Examples = []Exchange{exchange}
	group := &Group{Name: "g", Title: "G", Doc: "d"}
	method := &Method{
		Meta: m, Wire: "m", Group: group, Access: access, Params: t, Result: use, ResultDoc: "r", Accepted: t, Failure: t,
		Aliases: []Alias{{Name: "a", Dialect: dialect, Deprecated: true, Until: 2}}, Final: []*Dialect{dialect}, Adapt: []*Dialect{dialect},
		Errors: []MethodError{{Code: code, Message: "m <x>", When: "w", Details: &use}}, Emits: []*Event{event}, Effect: EffectWrite,
		Idempotency: Idempotency{Kind: IdempotencyKey, Key: "k"}, Wait: Wait{Blocks: true, Member: "ms"}, Runtime: true, NotOffered: "n",
		Examples: []Exchange{exchange},
	}
	group.Methods = []*Method{method}
	return &Protocol{
		Name: "p", Title: "P", Doc: "d", Version: 2, MinVersion: 1, Hash: "h", Dialects: []*Dialect{dialect}, Roles: []*Role{role},
		Scopes: []*Scope{scope}, Errors: []*ErrorCode{code}, Groups: []*Group{group}, Types: []*Type{t},
		Frames:  []*Frame{{Meta: m, Kind: FrameError, Type: t, Members: []FrameMember{{Part: "id", Wire: "id"}}}},
		Methods: []*Method{method}, Events: []*Event{event}, Configs: []*Type{t}, Samples: []Sample{{Location: "x.json#/examples/0", Use: use, JSON: []byte(`"s"`)}}, UnknownMethod: access, Refused: code, Unavailable: code,
		Limits: Limits{MaxPayloadBytes: 1, MaxDepth: 1}, Initialisms: []string{"ID"},
	}
}
