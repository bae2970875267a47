package attachments

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func attachment(content string, rest ...string) protocol.Attachment {
	a := protocol.Attachment{Content: content}
	for i, to := range []*wire.Opt[string]{&a.MimeType, &a.FileName, &a.Type} {
		if i < len(rest) && rest[i] != "" {
			*to = wire.Some(rest[i])
		}
	}
	return a
}

func TestDecode(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString
	heic := b64(append([]byte{0, 0, 0, 24}, "ftypheic\x00\x00\x00\x00mif1heic"...))
	for _, c := range []struct {
		name string
		from protocol.Attachment
		want string // the type, or nothing
	}{
		{"as sent", attachment(dot, "image/png"), "image/png"},
		{"with spaces around", attachment(" \n" + dot + " "), "image/png"},
		{"a data URL", attachment("data:image/gif;base64," + dot), "image/png"},
		{"another type declared", attachment(dot, "image/jpeg"), "image/png"},
		{"a text declared", attachment(dot, "text/plain"), "image/png"},
		{"a GIF", attachment(b64([]byte("GIF89a...."))), "image/gif"},
		{"a WebP", attachment(b64([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "))), "image/webp"},
		{"unknown bytes, declared", attachment(heic, "image/HEIC; x=y"), "image/heic"},
		{"unknown bytes", attachment(heic), ""},
		{"a PDF that says it is an image", attachment(b64([]byte("%PDF-1.7 ...")), "image/png"), ""},
		{"a text that says it is an image", attachment(b64([]byte("hello")), "image/png"), ""},
		{"a page that says it is an image", attachment(b64([]byte("<html><script>")), "image/svg+xml"), ""},
		{"nothing", attachment("  "), ""},
	} {
		got, err := Decode([]protocol.Attachment{c.from})
		switch {
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want == "" && len(got) != 0, c.want != "" && (len(got) != 1 || got[0].MIME != c.want):
			t.Errorf("%s: %+v, want %q", c.name, got, c.want)
		}
	}
	got, err := Decode([]protocol.Attachment{attachment(dot, "", "dot.png")})
	if data, _ := base64.StdEncoding.DecodeString(dot); err != nil || got[0].Name != "dot.png" || !bytes.Equal(got[0].Data, data) {
		t.Errorf("%v %+v", err, got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	limit := strings.Repeat("A", (MaxBytes+2)/3*4-2) + "=="
	if n := base64.StdEncoding.DecodedLen(len(limit)) - 2; n != MaxBytes-1 && n != MaxBytes {
		t.Fatalf("the test is wrong: %d", n)
	}
	if _, err := Decode([]protocol.Attachment{attachment(limit)}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	for _, c := range []struct {
		list []protocol.Attachment
		want string
	}{
		{[]protocol.Attachment{attachment("%%%", "image/png", "a.png", "image")}, "attachment a.png: invalid base64 content"},
		{[]protocol.Attachment{attachment("%%%%", "", "", "image")}, "attachment image: invalid base64 content"},
		{[]protocol.Attachment{attachment(dot), attachment("AAA")}, "attachment attachment-2: invalid base64 content"},
		{[]protocol.Attachment{attachment("AA=A")}, "attachment attachment-1: invalid base64 content"},
		{[]protocol.Attachment{attachment("-_-_")}, "attachment attachment-1: invalid base64 content"},
		{[]protocol.Attachment{attachment("====")}, "attachment attachment-1: exceeds size limit (0 > 5000000 bytes)"},
		{[]protocol.Attachment{attachment("data:image/png;base64,")}, "attachment attachment-1: exceeds size limit (0 > 5000000 bytes)"},
		{[]protocol.Attachment{attachment(limit + "%%%%")}, "attachment attachment-1: invalid base64 content"},
		{[]protocol.Attachment{attachment(strings.Repeat("A", 6_666_672))}, "attachment attachment-1: exceeds size limit (5000004 > 5000000 bytes)"},
	} {
		_, err := Decode(c.list)
		var refusal *protocol.Error
		if !errors.As(err, &refusal) || refusal.Code != protocol.CodeInvalidRequest || refusal.Message != "Error: "+c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{dot, "====", "A===", "AA==", "data:;base64,AAAA", "%%%%", "\x00", strings.Repeat("=", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		list, err := Decode([]protocol.Attachment{attachment(content, "image/x-any")})
		text := strings.TrimSpace(content)
		data, ours := base64.StdEncoding.DecodeString(text)
		if err == nil && len(list) == 1 && ours == nil && !bytes.Equal(list[0].Data, data) {
			t.Errorf("%q became %q", content, list[0].Data)
		}
		if err == nil && len(list) > 0 && len(list[0].Data) == 0 {
			t.Error("an empty image")
		}
	})
}
