package logging

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/slogtest"
	"time"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// TestConformance holds the handler to what every slog handler has to do.
func TestConformance(t *testing.T) {
	var out bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return NewHandler(slog.NewJSONHandler(&out, nil), new(Secrets))
	}, func(t *testing.T) map[string]any {
		line := make(map[string]any)
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		return line
	})
}

type (
	holder struct {
		Name    string
		Value   string `json:"v"`
		Raw     []byte
		Key     [16]byte
		Inner   *holder
		Any     any
		Map     map[string]any
		Skipped string `json:"-"`
		private string
	}
	valuer   struct{ v any }
	stringer struct{ s string }
	texter   struct{ s string }
	panicker struct{}
	endless  struct{}
)

func (v valuer) LogValue() slog.Value { return slog.AnyValue(v.v) }

func (s stringer) String() string { return "<" + s.s + ">" }

func (s texter) MarshalText() ([]byte, error) { return []byte("{" + s.s + "}"), nil }

func (panicker) String() string { panic("no") }

func (e endless) LogValue() slog.Value { return slog.AnyValue(e) }

// places puts a value wherever one can stand in a log line.
func places(secret string) map[string]func(l *slog.Logger) {
	info := func(args ...any) func(*slog.Logger) { return func(l *slog.Logger) { l.Info("m", args...) } }
	user, _ := url.Parse("https://example.com/")
	user.User = url.UserPassword("ada", secret)
	return map[string]func(*slog.Logger){
		"message":           func(l *slog.Logger) { l.Info("it is " + secret + ", you see") },
		"value":             info("k", secret),
		"key":               info(secret, 1),
		"within":            info("k", "a"+secret+"b"+secret),
		"error":             info("err", fmt.Errorf("dial: %w", errors.New("with "+secret))),
		"group":             info(slog.Group("g", slog.Group("h", slog.String("k", secret)))),
		"group name":        info(slog.Group(secret, slog.Int("k", 1))),
		"bytes":             info("k", []byte(secret)),
		"valuer":            info("k", valuer{valuer{secret}}),
		"valuer of a group": info("k", valuer{[]slog.Attr{slog.String("x", secret)}}),
		"stringer":          info("k", stringer{secret}),
		"stringer within":   info("k", []any{stringer{secret}, &stringer{secret}}),
		"text":              info("k", texter{secret}),
		"struct":            info("k", holder{Name: secret, Value: secret, Raw: []byte(secret), Skipped: secret, private: secret}),
		"pointer":           info("k", &holder{Inner: &holder{Any: &secret}}),
		"map":               info("k", map[string]any{"a": []string{"b", secret}, secret: 1}),
		"map of keys":       info("k", map[stringer]int{{secret}: 1}),
		"header":            info("k", http.Header{"X-Custom": {secret}}),
		"raw JSON":          info("k", json.RawMessage(`{"a":[{"b":`+string(quoted(secret))+`}]}`)),
		"wire raw":          info("k", wire.Raw(`{"a":`+string(quoted(secret))+`}`)),
		"generated type":    info("k", &protocol.ConnectAuth{Token: wire.Some(secret)}),
		"option":            info("k", wire.Some(secret)),
		"JSON in a string":  info("k", `{"a":`+string(quoted(secret))+`}`),
		"quoted":            info("k", fmt.Sprintf("%q", secret)),
		"query":             info("k", "/x?a="+url.QueryEscape(secret)),
		"url":               info("k", user),
		"hexadecimal":       info("k", hex.EncodeToString([]byte(secret))),
		"base64":            info("k", base64.StdEncoding.EncodeToString([]byte("ada:"+secret))),
		"base64 later":      info("k", base64.URLEncoding.EncodeToString([]byte("x:"+secret+"&more"))),
		"with": func(l *slog.Logger) {
			l.With("k", secret).WithGroup("g").With("j", valuer{secret}).Info("m", "i", secret)
		},
		"with group":  func(l *slog.Logger) { l.WithGroup(secret).Info("m", "i", 1) },
		"log package": func(l *slog.Logger) { slog.NewLogLogger(l.Handler(), slog.LevelInfo).Print("http: " + secret) },
	}
}

func quoted(text string) []byte {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return b
}

// leaks tells whether the secret can be found in what was written, also by
// someone who undoes the format's quoting.
func leaks(out, secret string) bool {
	if strings.Contains(out, secret) {
		return true
	}
	for _, form := range forms(secret) {
		if len(form) >= minEncoded && strings.Contains(out, form) {
			return true
		}
	}
	return false
}

func TestRegisteredSecrets(t *testing.T) {
	for _, secret := range []string{"correct-horse", "q\"uo\\te<d>&", "zwei\nZeilen", "пароль-пароль", "a b/c?d=e&f", strings.Repeat("0123456789abcdef", 300), "pa$$"} {
		for _, format := range []Format{Text, JSON} {
			for name, log := range places(secret) {
				var out bytes.Buffer
				secrets := new(Secrets)
				l := New(&out, format, slog.LevelDebug, secrets)
				secrets.Pin(secret)
				log(l)
				encoded := name == "hexadecimal" || strings.HasPrefix(name, "base64")
				if encoded && len(secret) < minEncoded {
					continue
				}
				if leaks(out.String(), secret) {
					t.Errorf("%s %s of %.20q: %s", format, name, secret, out.String())
				}
				if format == JSON && !json.Valid(out.Bytes()) {
					t.Errorf("%s: not JSON: %s", name, out.String())
				}
				if !strings.Contains(out.String(), Mask) && name != "struct" {
					t.Errorf("%s %s of %.20q: nothing is masked: %s", format, name, secret, out.String())
				}
			}
		}
	}
}

// TestLateSecrets checks that a secret is hidden that was registered after
// Logger.With saw it.
func TestLateSecrets(t *testing.T) {
	var out bytes.Buffer
	secrets := new(Secrets)
	l := New(&out, JSON, slog.LevelInfo, secrets).With("k", "the late-secret")
	secrets.Add("late-secret")
	l.Info("m")
	if leaks(out.String(), "late-secret") {
		t.Error(out.String())
	}
}

// TestNames hides values by their names, without a register.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		attr slog.Attr
		want string
	}{
		{slog.String("token", "x"), `"token":"***"`},
		{slog.String("deviceToken", "x"), `"deviceToken":"***"`},
		{slog.String("GATEWAY_PASSWORD", "x"), `"GATEWAY_PASSWORD":"***"`},
		{slog.String("apiKey", "x"), `"apiKey":"***"`},
		{slog.String("x-api-key", "x"), `"x-api-key":"***"`},
		{slog.String("Authorization", "x"), `"Authorization":"***"`},
		{slog.String("passwordHash", "x"), `"passwordHash":"***"`},
		{slog.String("token", ""), `"token":""`},
		{slog.Bool("password", true), `"password":true`},
		{slog.Any("secret", nil), `"secret":null`},
		{slog.Int("token", 123456), `"token":"***"`},
		{slog.Any("token", []byte("x")), `"token":"***"`},
		{slog.Any("token", []string{"x"}), `"token":"***"`},
		{slog.Any("cookies", []*http.Cookie{{Name: "a", Value: "x"}}), `"cookies":["***"]`},
		{slog.Int("maxTokens", 5), `"maxTokens":5`},
		{slog.Any("tokens", map[string]any{"input": 5, "text": "x"}), `"tokens":{"input":5,"text":"***"}`},
		{slog.String("sessionKey", "main"), `"sessionKey":"main"`},
		{slog.String("tokenSource", "env"), `"tokenSource":"env"`},
		{slog.String("publicKey", "k"), `"publicKey":"k"`},
		{slog.Group("auth", slog.String("token", "x"), slog.String("mode", "token")), `"auth":{"token":"***","mode":"token"}`},
		{slog.Group("secret", slog.String("a", "x")), `"secret":"***"`},
		{slog.Any("p", holder{Map: map[string]any{"apiKey": "x", "n": 1}}), `"p":{"Name":"","v":"","Raw":null,"Key":"` + strings.Repeat(`\u0000`, 16) + `","Inner":null,"Any":null,"Map":{"apiKey":"***","n":1}}`},
		{slog.Any("h", http.Header{"Authorization": {"Bearer x"}, "Accept": {"*/*"}}), `"h":{"Accept":["*/*"],"Authorization":"***"}`},
		{slog.Any("p", &protocol.ConnectAuth{Token: wire.Some("x"), Password: wire.Some("y")}), `"p":{"token":"***","password":"***"}`},
		{slog.Any("raw", json.RawMessage(`{"params":{"auth":{"token":"x"}},"n":1.50}`)), `"raw":{"params":{"auth":{"token":"***"}},"n":1.50}`},
		{slog.Any("v", valuer{slog.GroupValue(slog.String("password", "x"))}), `"v":{"password":"***"}`},
		{slog.Any("a", []slog.Attr{slog.String("password", "x"), slog.Int("b", 1)}), `"a":{"password":"***","b":1}`},
	} {
		for _, log := range []func(*slog.Logger){
			func(l *slog.Logger) { l.LogAttrs(context.Background(), slog.LevelInfo, "m", c.attr) },
			func(l *slog.Logger) { l.With(c.attr).Info("m") },
		} {
			var out bytes.Buffer
			log(New(&out, JSON, slog.LevelInfo, nil))
			if !strings.Contains(out.String(), c.want) {
				t.Errorf("got  %swant %s", out.String(), c.want)
			}
		}
	}
	var out bytes.Buffer
	New(&out, Text, slog.LevelInfo, nil).WithGroup("credentials").Info("m", "a", "x")
	if !strings.HasSuffix(out.String(), " credentials=***\n") {
		t.Error(out.String())
	}
}

// TestOddValues logs what can't be shown, or not all of it.
func TestOddValues(t *testing.T) {
	type loop struct{ Next any }
	cycle := &loop{}
	cycle.Next = cycle
	var nilHolder *holder
	var nilURL *url.URL
	long := make([]int, 500)
	deep := any("end")
	for range 100 {
		deep = []any{deep}
	}
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"panic":    {panicker{}, `"!PANIC: a value of type logging.panicker can't be shown"`},
		"endless":  {endless{}, `LogValue called too many times`},
		"cycle":    {cycle, `{"Next":{"Next":`},
		"nil":      {nilHolder, `null`},
		"nil url":  {nilURL, `null`},
		"long":     {long, `0,0,"…"]`},
		"deep":     {deep, `["…"]`},
		"func":     {func() {}, `"func()"`},
		"channel":  {make(chan int), `"chan int"`},
		"binary":   {[]byte{0xff, 0xfe}, `"<2 bytes>"`},
		"address":  {netip.MustParseAddr("::1"), `"::1"`},
		"time":     {time.Unix(0, 0).UTC(), `"1970-01-01T00:00:00Z"`},
		"duration": {[]time.Duration{time.Second}, `["1s"]`},
		"numbers":  {[]any{1, uint8(2), 1.5, true, nil, 1 << 60}, `[1,2,1.5,true,null,1152921504606846976]`},
		"infinite": {[]float64{1, math.Inf(1)}, `[1,"+Inf"]`},
		"complex":  {complex(1, 2), `"complex128"`},
		"bad JSON": {json.RawMessage(`{"a`), `"{\"a"`},
		"bad text": {"\xff", `\ufffd`},
	} {
		var out bytes.Buffer
		New(&out, JSON, slog.LevelInfo, new(Secrets)).Info("m", "k", c.value)
		if !json.Valid(out.Bytes()) || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: got %swant %s", name, out.String(), c.want)
		}
	}
}

func TestLevels(t *testing.T) {
	var out bytes.Buffer
	level := new(slog.LevelVar)
	l := New(&out, Text, level, nil)
	l.Debug("one")
	if err := level.UnmarshalText([]byte("debug")); err != nil {
		t.Fatal(err)
	}
	l.Debug("two")
	if got := out.String(); strings.Contains(got, "one") || !strings.Contains(got, "level=DEBUG msg=two\n") {
		t.Error(got)
	}
}

// FuzzSecret looks for a registered secret in everything that is written.
func FuzzSecret(f *testing.F) {
	f.Add("correct-horse", "before", "after", "k")
	f.Add("a\"b\\c\nd", "\\", "\"", "token")
	f.Add("****", "*", "*", "")
	f.Add("\xff\xfe\xfd\xfc", "\xc3", "\xa9", "k")
	f.Fuzz(func(t *testing.T, secret, before, after, key string) {
		if len(secret) < MinLength || len(secret) > 1000 {
			return
		}
		for _, format := range []Format{Text, JSON} {
			for name, log := range places(before + secret + after) {
				if strings.HasPrefix(name, "base64") || name == "hexadecimal" || name == "quoted" || name == "query" || name == "url" {
					continue // the encoded neighbours may join the secret's letters
				}
				if !utf8.ValidString(secret) && (name == "JSON in a string" || name == "raw JSON" || name == "wire raw") {
					continue // and so may its bytes join theirs to a letter that JSON has otherwise
				}
				line := secretly(format, secret, before, key, log)
				if bad(line, format, secret) && !own(format, name, secret) && !anyway(format, name, secret, before, after, key, line) {
					t.Fatalf("%s %s: %q stands in %s", format, name, secret, line)
				}
			}
		}
	})
}

// own reports whether the handler writes a text in a place where it has nothing
// but the mask to write.
func own(format Format, name, text string) bool {
	var out bytes.Buffer
	places("")[name](fixed(&out, format, nil))
	places(Mask)[name](fixed(&out, format, nil))
	return strings.Contains(out.String(), text)
}

// anyway reports whether the same is written with another secret there, which
// tells nothing of it.
func anyway(format Format, name, secret, before, after, key, line string) bool {
	other := strings.Repeat("x", len(secret))
	return secret != other && secretly(format, other, before, key, places(before + other + after)[name]) == line
}

// secretly gives the lines that are logged while a secret is registered.
func secretly(format Format, secret, before, key string, log func(*slog.Logger)) string {
	var out bytes.Buffer
	secrets := new(Secrets)
	secrets.Add(secret)
	log(fixed(&out, format, secrets).With(key, before))
	return out.String()
}

// fixed is a logger whose lines have no time.
func fixed(w io.Writer, format Format, secrets *Secrets) *slog.Logger {
	options := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	var next slog.Handler = slog.NewTextHandler(w, options)
	if format == JSON {
		next = slog.NewJSONHandler(w, options)
	}
	return slog.New(NewHandler(next, secrets))
}

// bad looks for the secret in every string of a line, as its reader sees it: a
// text line field by field, and JSON within it string by string. What stands
// between them, and the escapes, are the handler's own and may look like it.
func bad(line string, format Format, secret string) bool {
	if format == JSON {
		return inJSON(line, secret)
	}
	return slices.ContainsFunc(textFields(line), func(field string) bool {
		if json.Valid([]byte(field)) && strings.ContainsAny(field[:1], "{[") {
			return inJSON(field, secret)
		}
		return strings.Contains(field, secret)
	})
}

// inJSON looks for the secret in the strings of a JSON text.
func inJSON(text, secret string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		if text, ok := token.(string); ok && strings.Contains(text, secret) {
			return true
		}
	}
}

// textFields splits a line of slog's text handler into its keys and values.
func textFields(line string) (fields []string) {
	for line != "" {
		quoted, err := strconv.QuotedPrefix(line)
		if err == nil {
			read, _ := strconv.Unquote(quoted)
			fields = append(fields, read)
			line = strings.TrimLeft(line[len(quoted):], " =\n")
			continue
		}
		end := strings.IndexAny(line, " =\n")
		if end < 0 {
			end = len(line)
		}
		fields = append(fields, line[:end])
		line = line[min(end+1, len(line)):]
	}
	return fields
}

func TestTextFields(t *testing.T) {
	got := textFields("msg=\"a =b\" \"k e\"=x*y g.k= n=\"\\n\"\n")
	want := []string{"msg", "a =b", "k e", "x*y", "g.k", "", "n", "\n"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for _, line := range []string{"k=a1secret2\n", "k=\"a 1secret\"\n", "\"1secret \"=v\n", `k="[\"1s\\u0065cret\"]"`} {
		if !bad(line, Text, "1secret") {
			t.Errorf("the secret is not seen in %s", line)
		}
	}
}
