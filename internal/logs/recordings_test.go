package logs_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/logs"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/recordings/replay"
)

var update = flag.Bool("update", false, "make the extracts of recordings anew")

// Where we answer something else, and why.
var recordedExceptions = []replay.Exception{
	{From: "*", Path: "/file", Why: "It is another gateway's log."},
	{From: "*", Path: "/cursor", Why: "As above."},
	{From: "*", Path: "/size", Why: "As above."},
	{From: "*", Path: "/lines/*", Why: "As above."},
}

func TestRecordedTails(t *testing.T) {
	recorded := replay.Load(t, "methods-system.jsonl", []string{"logs.tail"}, nil, *update)
	path := filepath.Join(t.TempDir(), "gateway.log")
	if err := os.WriteFile(path, []byte(strings.Repeat("a line\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, x := range recorded.Exchanges {
		id, _ := protocol.LookupMethod(x.Method)
		p, err := protocol.DecodeAliasParams(id, x.Params, wire.Strict)
		var payload []byte
		if err == nil {
			payload, err = (&protocol.Handlers{Logs: logs.New(path)}).Call(t.Context(), id, p, nil, nil)
		}
		code, message := "", ""
		if err != nil {
			var refusal *protocol.Error
			if !errors.As(err, &refusal) {
				refusal = protocol.InvalidParams(x.Method, err)
			}
			code, message = refusal.Code, refusal.Message
		}
		replay.Check(t, x.Answers[0], payload, code, message, recordedExceptions)
	}
	replay.Unused(t, recordedExceptions)
}
