package bench

import (
	"errors"
	"math/bits"
	"testing"
	"unicode/utf8"

	"github.com/go-faster/jx"
)

// This file is what one writes by hand over jx: the agent request with its
// checks, and events.

var errInvalid = errors.New("invalid")

func handWrittenJX(testing.TB) prepare {
	return func(m *Message) func(data []byte) error {
		if m.Definition != "AgentParams" {
			return nil
		}
		return func(data []byte) error { return new(leanFrame).decodeJX(data) }
	}
}

func (v *leanFrame) decodeJX(data []byte) error {
	d := jx.GetDecoder()
	defer jx.PutDecoder(d)
	d.ResetBytes(data)
	seen, count := uint64(0), 0
	err := d.ObjBytes(func(d *jx.Decoder, key []byte) (err error) {
		count++
		switch string(key) {
		case "type":
			seen |= 1
			v.Type, err = d.Str()
		case "id":
			seen |= 2
			v.ID, err = nonEmpty(d)
		case "method":
			seen |= 4
			v.Method, err = nonEmpty(d)
		case "params":
			seen |= 8
			err = v.Params.decodeJX(d)
		default:
			err = errInvalid
		}
		return err
	})
	if err == nil && (seen&7 != 7 || count != bits.OnesCount64(seen) || v.Type != "req") {
		err = errInvalid
	}
	return err
}

func nonEmpty(d *jx.Decoder) (string, error) {
	s, err := d.Str()
	if err == nil && s == "" {
		err = errInvalid
	}
	return s, err
}

func (v *leanAgent) decodeJX(d *jx.Decoder) error {
	seen, count := uint64(0), 0
	err := d.ObjBytes(func(d *jx.Decoder, key []byte) (err error) {
		count++
		text := func(bit int, to *string) (err error) {
			seen |= 1 << bit
			*to, err = d.Str()
			return err
		}
		switch string(key) {
		case "message":
			seen |= 1
			v.Message, err = nonEmpty(d)
		case "agentId":
			seen |= 1 << 1
			v.AgentID, err = nonEmpty(d)
		case "sessionId":
			err = text(2, &v.SessionID)
		case "sessionKey":
			err = text(3, &v.SessionKey)
		case "to":
			err = text(4, &v.To)
		case "channel":
			err = text(5, &v.Channel)
		case "accountId":
			err = text(6, &v.AccountID)
		case "thinking":
			err = text(7, &v.Thinking)
		case "deliver":
			seen |= 1 << 8
			v.Deliver, err = d.Bool()
		case "timeout":
			seen |= 1 << 9
			if v.Timeout, err = d.Int64(); err == nil && v.Timeout < 0 {
				err = errInvalid
			}
		case "lane":
			err = text(10, &v.Lane)
		case "extraSystemPrompt":
			err = text(11, &v.ExtraSystemPrompt)
		case "replyTo":
			err = text(12, &v.ReplyTo)
		case "replyChannel":
			err = text(13, &v.ReplyChannel)
		case "replyAccountId":
			err = text(14, &v.ReplyAccountID)
		case "threadId":
			err = text(15, &v.ThreadID)
		case "groupId":
			err = text(16, &v.GroupID)
		case "groupChannel":
			err = text(17, &v.GroupChannel)
		case "groupSpace":
			err = text(18, &v.GroupSpace)
		case "label":
			seen |= 1 << 19
			if v.Label, err = nonEmpty(d); err == nil && utf8.RuneCountInString(v.Label) > 64 {
				err = errInvalid
			}
		case "spawnedBy":
			err = text(20, &v.SpawnedBy)
		case "idempotencyKey":
			seen |= 1 << 21
			v.IdempotencyKey, err = nonEmpty(d)
		default: // attachments are in no message of the corpus
			err = errInvalid
		}
		return err
	})
	if err == nil && (seen&(1|1<<21) != 1|1<<21 || count != bits.OnesCount64(seen)) {
		err = errInvalid
	}
	return err
}

func (v *plainAgentEvent[D]) encodeJX(e *jx.Encoder) {
	e.ObjStart()
	e.FieldStart("runId")
	e.Str(v.RunID)
	e.FieldStart("seq")
	e.Int64(v.Seq)
	e.FieldStart("stream")
	e.Str(v.Stream)
	e.FieldStart("ts")
	e.Int64(v.TS)
	optional(e, "sessionKey", v.SessionKey, e.Str)
	data := any(&v.Data).(*plainAgentMsg)
	e.FieldStart("data")
	e.ObjStart()
	e.FieldStart("role")
	e.Str(data.Role)
	e.FieldStart("content")
	e.Str(data.Content)
	e.ObjEnd()
	e.ObjEnd()
}

func optional[T any](e *jx.Encoder, name string, value *T, write func(T) bool) {
	if value != nil {
		e.FieldStart(name)
		write(*value)
	}
}

func (v *plainChatEvent) encodeJX(e *jx.Encoder) {
	e.ObjStart()
	e.FieldStart("runId")
	e.Str(v.RunID)
	e.FieldStart("sessionKey")
	e.Str(v.SessionKey)
	e.FieldStart("seq")
	e.Int64(v.Seq)
	e.FieldStart("state")
	e.Str(v.State)
	optional(e, "errorMessage", v.ErrorMessage, e.Str)
	optional(e, "stopReason", v.StopReason, e.Str)
	if m := v.Message; m != nil {
		e.FieldStart("message")
		e.ObjStart()
		e.FieldStart("role")
		e.Str(m.Role)
		e.FieldStart("content")
		e.Str(m.Content)
		optional(e, "timestamp", m.Timestamp, e.Int64)
		optional(e, "stopReason", m.StopReason, e.Str)
		if u := m.Usage; u != nil {
			e.FieldStart("usage")
			e.ObjStart()
			optional(e, "input", u.Input, e.Int64)
			optional(e, "output", u.Output, e.Int64)
			optional(e, "cacheRead", u.CacheRead, e.Int64)
			optional(e, "cacheWrite", u.CacheWrite, e.Int64)
			optional(e, "total", u.Total, e.Int64)
			optional(e, "totalTokens", u.TotalTokens, e.Int64)
			e.ObjEnd()
		}
		e.ObjEnd()
	}
	e.ObjEnd()
}
