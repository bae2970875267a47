package sessions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Line is one line of a transcript as people see it: a message, or the mark of
// a cut. Images have no bytes yet; LoadImages gives them.
type Line struct {
	ID      string // of the message
	Message protocol.Message
	Mark    bool // the gateway speaks
}

// roleSystem is who speaks in the marks of cuts.
const roleSystem protocol.MessageRole = "system"

// ErrUnknownMessage is of an id that no line of a transcript has.
var ErrUnknownMessage = errors.New("unknown message")

// Backward reads a transcript from its end, or from the line before the one
// with the id before, at most limit lines. Stopping early costs nothing.
func (s *Service) Backward(ctx context.Context, q store.Querier, sessionID, before string, limit int) iter.Seq2[*Line, error] {
	return func(yield func(*Line, error) bool) {
		first, last, err := extent(ctx, q, sessionID)
		if err != nil {
			yield(nil, err)
			return
		}
		end := last + 1
		if before != "" {
			var ok bool
			if end, ok = seqOf(sessionID, before); !ok || end < first || end > last {
				yield(nil, ErrUnknownMessage)
				return
			}
		}
		rows, err := q.QueryContext(ctx, `SELECT seq, kind, at_ms, body FROM transcript_rows WHERE session_id = ? AND seq >= ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
			sessionID, first, end, limit)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		n := 0
		for ; rows.Next(); n++ {
			line, err := scanLine(rows, sessionID)
			if !yield(line, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
			return
		}
		if first > 1 && last > 0 && n < limit {
			yield(mark(fmt.Sprintf("What was said before was put aside (lines: %d).", first-1), "lines", 0), nil)
		}
	}
}

func scanLine(row interface{ Scan(...any) error }, sessionID string) (*Line, error) {
	var seq, at int64
	var kind string
	var body []byte
	if err := row.Scan(&seq, &kind, &at, &body); err != nil {
		return nil, err
	}
	if kind == kindCut {
		var c cut
		if err := json.Unmarshal(body, &c); err != nil {
			return nil, err
		}
		line := mark("The conversation so far was summarised for the model:\n\n"+c.Summary, "summary", at)
		line.ID = idOf(sessionID, seq)
		return line, nil
	}
	line := &Line{ID: idOf(sessionID, seq)}
	return line, line.Message.DecodeAlias(body, wire.Lenient)
}

// mark is a line that tells people of a cut; the member cut tells programs.
func mark(text, kind string, at int64) *Line {
	m := protocol.Message{Role: roleSystem, Timestamp: wire.Opt[protocol.Timestamp]{V: at, Set: at > 0},
		Content: protocol.MessageContent{Kind: protocol.MessageContentIsArray, Array: []protocol.ContentBlock{&protocol.TextBlock{Text: text}}},
		Extra:   wire.Extra{{Name: "cut", Value: wire.Raw(`"` + kind + `"`)}}}
	return &Line{Message: m, Mark: true}
}
