package wire

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// formatOracles compiles a schema for each format that the oracle knows.
func formatOracles(t testing.TB) map[string]*jsonschema.Schema {
	t.Helper()
	all := map[string]*jsonschema.Schema{}
	for _, name := range []string{"date-time", "uuid", "uri"} {
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource("mem:///"+name, map[string]any{"format": name}); err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile("mem:///" + name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = schema
	}
	return all
}

func compareFormats(t *testing.T, oracles map[string]*jsonschema.Schema, s string) {
	t.Helper()
	for name, schema := range oracles {
		if want := schema.Validate(s) == nil; ValidFormat(name, s) != want {
			t.Errorf("%s: the oracle says %v of %q", name, want, s)
		}
	}
	// The decoder skips line breaks, even when it is strict.
	_, err := base64.StdEncoding.Strict().DecodeString(s)
	if want := err == nil && !strings.ContainsAny(s, "\r\n"); FormatBase64(s) != want {
		t.Errorf("base64: the oracle says %v of %q", want, s)
	}
}

var formatSeeds = []string{
	"", "x", "2026-11-22T13:41:00Z", "2026-11-22t13:41:00z", "2026-11-22T13:41:00.123456789Z", "2026-11-22T13:41:00+01:00", "2026-11-22T13:41:00.5-23:59",
	"2026-11-22 13:41:00Z", "2026-11-22T13:41:00", "2026-11-22T13:41Z", "2026-11-22", "13:41:00Z", "2026-11-22T13:41:00.Z", "2026-11-22T13:41:00,5Z",
	"2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "0000-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
	"2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-1-01T00:00:00Z", "+026-01-01T00:00:00Z",
	"2026-11-22T24:00:00Z", "2026-11-22T23:60:00Z", "2026-11-22T23:59:60Z", "2026-11-22T23:59:61Z", "2026-11-22T22:59:60Z", "2026-11-22T23:58:60Z",
	"2026-11-22T15:59:60-08:00", "2026-11-22T00:59:60+01:00", "2026-11-22T23:59:60+01:00", "2026-11-22T23:29:60-00:30", "2026-11-22T22:59:60-23:59",
	"2026-11-22T13:41:00+24:00", "2026-11-22T13:41:00+00:60", "2026-11-22T13:41:00+0100", "2026-11-22T13:41:00+1:00", "2026-11-22T13:41:00 01:00",
	"2026-11-22T13:41:00ZZ", "2026-11-22T13:41:00.1", "2026-11-22T13-41-00Z", "2026/11/22T13:41:00Z", "２０２６-11-22T13:41:00Z", "2026-11-22T13:41:0éZ",
	"2026-11-22T+1:-0:+9Z", "2026-11-22T-1:00:00Z", "2026-11-22T00:00:-1Z", "2026-11-22T00:00:00++1:-0", "2026-11-22T00:00:00+-1:00", "2026-11-22T+-:00:00Z",
	"2026-11-22T00:00:00+1::30", "2026-11-22T::::::::Z", "2026-11-22T-0:-0:-0-+0:+0", "2026-11-22T23:59:6éZ",
	"f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", "f81d4fae7dec11d0a76500a0c91e6bf6", "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}",
	"f81d4fae-7dec-11d0-a765-00a0c91e6bf", "f81d4fae-7dec-11d0-a765-00a0c91e6bg6", "f81d4fae-7dec-11d0-a765_00a0c91e6bf6", "f81d4fae7-dec-11d0-a765-00a0c91e6bf6",
	"00000000-0000-0000-0000-000000000000", "f81d4fae-7dec-11d0-a765-00a0c91e6bé", "------------------------------------",
	"https://example.com", "https://example.com/a?b=c#d", "http://", "http:", "urn:isbn:123", "mailto:a@b", "a:b", "//example.com", "/path", "path", "?q", "#f",
	"http://[::1]:80/", "http://[::1", "http://::1/", "http://[::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[1.2.3.4]/", "http://[v1.x]/", "http://[gggg::]/",
	"http://a b/", "http://a/b c", "http://a/%zz", "http://a/%41", "http://a:port/", "http://a:99999/", "http://a:1:2/", "1http://a", "h%74tp://a", "http://é/", "http://a\x00/",
	"http://a\\b", "http://user:pass@host/", "http://us er@host/", "file:///etc", "data:text/plain,hi", "http://[::ffff:1.2.3.4]/", "://a", ":", "a:", "http://a]b/",
	"AA==", "AAA=", "AAAA", "AB==", "AAB=", "A===", "====", "=", "==", "A", "AA", "AAA", "AA=A", "AAAA\n", "AA\n==", "AA==AAAA", "_-==", "+/+/", "AA= =", "AAAAé==",
}

func TestFormats(t *testing.T) {
	oracles := formatOracles(t)
	for _, s := range formatSeeds {
		compareFormats(t, oracles, s)
	}
}

// TestFormatDateTimeMinutes has every leap second that an offset may move.
func TestFormatDateTimeMinutes(t *testing.T) {
	schema := formatOracles(t)["date-time"]
	for offset := -1439; offset <= 1439; offset += 7 {
		for minute := 0; minute < 1440; minute += 3 {
			sign, abs := '+', offset
			if offset < 0 {
				sign, abs = '-', -offset
			}
			s := fmt.Sprintf("2026-12-31T%02d:%02d:60%c%02d:%02d", minute/60, minute%60, sign, abs/60, abs%60)
			if want := schema.Validate(s) == nil; FormatDateTime(s) != want {
				t.Fatalf("%s: the oracle says %v", s, want)
			}
		}
	}
}

// TestFormatDateTimeDays has every day there might be.
func TestFormatDateTimeDays(t *testing.T) {
	schema := formatOracles(t)["date-time"]
	for _, year := range []int{0, 1, 4, 100, 400, 1900, 1999, 2000, 2023, 2024, 2100, 9999} {
		for month := range 14 {
			for day := range 33 {
				s := fmt.Sprintf("%04d-%02d-%02dT00:00:00Z", year, month, day)
				if want := schema.Validate(s) == nil; FormatDateTime(s) != want {
					t.Fatalf("%s: the oracle says %v", s, want)
				}
			}
		}
	}
}

func TestFormatUnknown(t *testing.T) {
	if !ValidFormat("postcode", "anything") {
		t.Error("a format that is not known refuses a value")
	}
}

func FuzzFormats(f *testing.F) {
	for _, s := range formatSeeds {
		f.Add(s)
	}
	oracles := formatOracles(f)
	f.Fuzz(func(t *testing.T, s string) { compareFormats(t, oracles, s) })
}
