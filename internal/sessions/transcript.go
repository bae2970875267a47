package sessions

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// ErrNoTranscript is of a session id that names no transcript.
var ErrNoTranscript = errors.New("sessions: there is no such transcript: open the session first")

// Append adds a message to a transcript and gives its id, 8 hexadecimal digits.
// The bytes of its images are kept once, however often they are sent.
//
// A transcript that was put aside while a run went on still takes what the run
// has to say.
func (s *Service) Append(ctx context.Context, tx *store.Tx, sessionID string, m *protocol.Message) (messageID string, err error) {
	now := s.nowMs()
	stored, images := detach(m)
	if !stored.Timestamp.Set {
		stored.Timestamp = wire.Some(now)
	}
	title, preview := summaryOf(m)
	var seq int64
	err = tx.QueryRowContext(ctx, `UPDATE transcripts SET last_seq = last_seq + 1,
		title = CASE WHEN title = '' THEN ? ELSE title END, preview = CASE WHEN ? = '' THEN preview ELSE ? END
		WHERE session_id = ? RETURNING last_seq`, title, preview, preview, plain(sessionID)).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNoTranscript
	}
	if err != nil {
		return "", err
	}
	if err := insertRow(ctx, tx, sessionID, seq, kindMessage, now, string(stored.AppendJSON(nil))); err != nil {
		return "", err
	}
	for _, image := range images {
		if err := image.keep(ctx, tx, sessionID, seq, now); err != nil {
			return "", err
		}
	}
	return idOf(sessionID, seq), nil
}

// Kinds of rows.
const (
	kindMessage = "message"
	kindCut     = "cut"
)

func insertRow(ctx context.Context, tx *store.Tx, sessionID string, seq int64, kind string, at int64, body string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO transcript_rows (session_id, seq, kind, at_ms, body) VALUES (?, ?, ?, ?, ?)`,
		sessionID, seq, kind, at, body)
	return err
}

// cut is the body of a row that stands for all before it.
type cut struct {
	FirstKept int64  `json:"firstKept"` // the first row that still counts
	Summary   string `json:"summary"`
}

// Cut marks in a transcript that a summary stands for what comes before the
// message firstKept, in the view of the model. "" keeps no message. Nothing is
// erased: people see all there was, and the mark.
func (s *Service) Cut(ctx context.Context, tx *store.Tx, sessionID, firstKept, summary string) error {
	var seq, first int64
	err := tx.QueryRowContext(ctx, `UPDATE transcripts SET last_seq = last_seq + 1, cut_seq = last_seq + 1
		WHERE session_id = ? RETURNING last_seq, first_seq`, plain(sessionID)).Scan(&seq, &first)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNoTranscript
	}
	if err != nil {
		return err
	}
	c := cut{FirstKept: seq, Summary: summary}
	if firstKept != "" {
		kept, ok := seqOf(sessionID, firstKept)
		if !ok || kept < first || kept >= seq {
			return fmt.Errorf("sessions: message %q is not in transcript %s: nothing was cut", firstKept, sessionID)
		}
		c.FirstKept = kept
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return insertRow(ctx, tx, sessionID, seq, kindCut, s.nowMs(), string(body))
}

// Context gives what the model sees of a transcript: the summary of the last
// cut, then what follows, with all images. A tool's answer whose call is not
// among it is left out, because providers refuse it.
func (s *Service) Context(ctx context.Context, q store.Querier, sessionID string) ([]protocol.Message, error) {
	start, summary, err := contextStart(ctx, q, sessionID)
	if err != nil {
		return nil, err
	}
	var out []protocol.Message
	if summary != "" {
		out = append(out, protocol.Message{Role: protocol.MessageRoleUser, Content: protocol.MessageContent{
			Kind: protocol.MessageContentIsString, String: "The conversation before this point was summarised:\n\n" + summary}})
	}
	rows, err := q.QueryContext(ctx, `SELECT body FROM transcript_rows WHERE session_id = ? AND seq >= ? AND kind = '`+kindMessage+`' ORDER BY seq`, sessionID, start)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	calls := map[string]bool{}
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, err
		}
		if answersNothing(m, calls) {
			continue
		}
		out = append(out, *m)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for i := range out {
		if err := s.LoadImages(ctx, q, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// contextStart gives the row that the model's view begins with.
func contextStart(ctx context.Context, q store.Querier, sessionID string) (start int64, summary string, err error) {
	var first int64
	var body sql.NullString
	err = q.QueryRowContext(ctx, `SELECT t.first_seq, r.body FROM transcripts t LEFT JOIN transcript_rows r
		ON r.session_id = t.session_id AND r.seq = t.cut_seq AND r.seq >= t.first_seq WHERE t.session_id = ?`, plain(sessionID)).Scan(&first, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	if err != nil || !body.Valid {
		return first, "", err
	}
	var c cut
	err = json.Unmarshal([]byte(body.String), &c)
	return max(first, c.FirstKept), c.Summary, err
}

func scanMessage(row interface{ Scan(...any) error }) (*protocol.Message, error) {
	var body []byte
	if err := row.Scan(&body); err != nil {
		return nil, err
	}
	m := &protocol.Message{}
	return m, m.DecodeAlias(body, wire.Lenient)
}

// answersNothing notes the calls of a message, and reports whether it is the
// answer to one that was not seen.
func answersNothing(m *protocol.Message, calls map[string]bool) bool {
	for _, block := range m.Content.Array {
		if call, ok := block.(*protocol.ToolCallBlock); ok {
			calls[call.ID] = true
		}
	}
	return m.Role == protocol.MessageRoleToolResult && m.ToolCallID.Set && !calls[m.ToolCallID.V]
}

// Ids of messages come from their number, by a step that is odd, so that 2³²
// messages of a transcript have different ones, and from the session, so that
// those of two transcripts differ. They need no column and no index.
const (
	idStep = 0x9e3779b1
	idBack = 0x0e8b2f51 // idStep * idBack = 1 mod 2³²
)

func idOf(sessionID string, seq int64) string {
	return fmt.Sprintf("%08x", idBase(sessionID)+uint32(seq)*idStep)
}

func seqOf(sessionID, id string) (seq int64, ok bool) {
	n, err := strconv.ParseUint(id, 16, 32)
	if err != nil || len(id) != 8 {
		return 0, false
	}
	return int64((uint32(n) - idBase(sessionID)) * idBack), true
}

func idBase(sessionID string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(sessionID))
	return h.Sum32()
}

// Begun reports whether anything was ever said in a transcript.
func (s *Service) Begun(ctx context.Context, q store.Querier, sessionID string) (bool, error) {
	_, last, err := extent(ctx, q, sessionID)
	return last > 0, err
}
