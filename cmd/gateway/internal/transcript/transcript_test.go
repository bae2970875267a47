package transcript

import (
	"flag"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gatesmith/gatesmith/protocol"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in testdata")

// TestFormats compares with testdata/formats.txtar: messages, and what becomes
// of them.
func TestFormats(t *testing.T) {
	const path = "testdata/formats.txtar"
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tr := &Transcript{Key: "agent:main:main", SessionID: "b17127d0-9d05-46eb-bc1c-369a1dbc5457", Title: "A\nday "}
	for text := range strings.Lines(string(archive.Files[0].Data)) {
		var m protocol.Message
		if err := m.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		tr.Messages = append(tr.Messages, m)
	}
	var got [2]strings.Builder
	if err := tr.Markdown(&got[0]); err != nil {
		t.Fatal(err)
	}
	if err := tr.JSONL(&got[1]); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		file := &archive.Files[i+1]
		if *update {
			file.Data = []byte(got[i].String())
		}
		if string(file.Data) != got[i].String() {
			t.Errorf("%s: got\n%s", file.Name, got[i].String())
		}
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingWasSaid(t *testing.T) {
	tr := &Transcript{Key: "k", SessionID: "s", Title: "T"}
	var md, jsonl strings.Builder
	if err := tr.Markdown(&md); err != nil || md.String() != "# T\n\nSession `k`, transcript `s`, 0 messages\n" {
		t.Errorf("%v %q", err, md.String())
	}
	if err := tr.JSONL(&jsonl); err != nil || jsonl.String() != `{"type":"session","version":3,"id":"s","key":"k"}`+"\n" {
		t.Errorf("%v %q", err, jsonl.String())
	}
}
