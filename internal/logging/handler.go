// Package logging makes the gateway's logger. Its handler takes secrets out of
// everything that is logged: values that were registered, wherever they stand
// and however they are encoded, values whose names say that they are secret,
// and the user of a URL. It does so for every handler behind it.
package logging

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"strconv"
)

// Format is the form of log lines.
type Format string

// The formats.
const (
	Text Format = "text" // key=value, for people
	JSON Format = "json" // an object a line, for programs
)

// New returns a logger that writes to w and hides secrets; files get the same
// lines as JSON. Lines that come again and again are counted. A *slog.LevelVar as the level can be changed while the logger
// is in use.
func New(w io.Writer, format Format, level slog.Leveler, secrets *Secrets, files ...io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	var next slog.Handler = slog.NewTextHandler(w, options)
	if format == JSON {
		next = slog.NewJSONHandler(w, options)
	}
	if len(files) > 0 {
		all := []slog.Handler{next}
		for _, f := range files {
			all = append(all, slog.NewJSONHandler(f, options))
		}
		next = slog.NewMultiHandler(all...)
	}
	return slog.New(NewHandler(&repeats{next: next}, secrets))
}

// Handler hides secrets from the handler behind it.
type Handler struct {
	next    slog.Handler
	secrets *Secrets
	scopes  []scope // of With and WithGroup, the outermost first
}

// scope is a group that was opened, or attributes that were added. They are
// kept here, not given to the next handler, because it would write them down
// at once and secrets that are registered later would stay visible.
type scope struct {
	group string
	attrs []slog.Attr
}

// NewHandler returns a handler that hides secrets from next.
func NewHandler(next slog.Handler, secrets *Secrets) *Handler {
	return &Handler{next: next, secrets: secrets}
}

// Enabled asks the next handler.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// WithAttrs returns a handler that adds attributes to each line.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	plain := make([]slog.Attr, len(attrs))
	for k, a := range attrs {
		plain[k] = plainAttr(a)
	}
	return h.with(scope{attrs: plain})
}

// WithGroup returns a handler that puts what follows into a group.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(scope{group: name})
}

func (h *Handler) with(s scope) slog.Handler {
	return &Handler{h.next, h.secrets, append(slices.Clip(h.scopes), s)}
}

// Handle hands on the record without its secrets.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	attrs := make([]slog.Attr, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, plainAttr(a))
		return true
	})
	for k := len(h.scopes) - 1; k >= 0; k-- {
		switch s := h.scopes[k]; {
		case s.group == "":
			attrs = slices.Concat(s.attrs, attrs)
		case secrecyOf(s.group) != public:
			attrs = []slog.Attr{slog.String(s.group, Mask)}
		default:
			attrs = []slog.Attr{{Key: s.group, Value: slog.GroupValue(attrs...)}}
		}
	}
	masked := slog.NewRecord(r.Time, r.Level, h.secrets.Mask(r.Message), r.PC)
	for _, a := range attrs {
		masked.AddAttrs(h.secrets.attr(a))
	}
	return h.next.Handle(ctx, masked)
}

// attr masks a plain attribute.
func (s *Secrets) attr(a slog.Attr) slog.Attr {
	masked := slog.Attr{Key: s.Mask(a.Key), Value: a.Value}
	switch a.Value.Kind() {
	case slog.KindString:
		masked.Value = slog.StringValue(s.Mask(a.Value.String()))
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindDuration, slog.KindTime:
		// Secrets of digits exist, and some are logged as numbers.
		if text := a.Value.String(); s.hide(text) != text {
			masked.Value = slog.StringValue(s.hide(text))
		}
	case slog.KindGroup:
		members := make([]slog.Attr, 0, len(a.Value.Group()))
		for _, m := range a.Value.Group() {
			members = append(members, s.attr(m))
		}
		masked.Value = slog.GroupValue(members...)
	case slog.KindAny:
		switch plain := a.Value.Any().(type) {
		case list, object, json.Number:
			masked.Value = slog.AnyValue(rendered(s.appendPlain(nil, plain)))
		}
	}
	return masked
}

// appendPlain appends a plain value as JSON, with its strings masked.
func (s *Secrets) appendPlain(b []byte, plain any) []byte {
	switch v := plain.(type) {
	case string:
		return appendString(b, s.Mask(v))
	case bool:
		return strconv.AppendBool(b, v)
	case json.Number:
		if hidden := s.hide(string(v)); hidden != string(v) {
			return appendString(b, hidden)
		}
		return append(b, v...)
	case list:
		b = append(b, '[')
		for k, item := range v {
			if k > 0 {
				b = append(b, ',')
			}
			b = s.appendPlain(b, item)
		}
		return append(b, ']')
	case object:
		b = append(b, '{')
		for k, f := range v {
			if k > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, s.Mask(f.name)), ':')
			b = s.appendPlain(b, f.value)
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}

func appendString(b []byte, text string) []byte {
	buffer := bytes.NewBuffer(b)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(text) != nil {
		return append(b, `""`...) // no string is refused
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}

// rendered is JSON that is ready to be written, in either format.
type rendered []byte

// MarshalJSON gives the JSON.
func (r rendered) MarshalJSON() ([]byte, error) { return r, nil }

// MarshalText gives the same.
func (r rendered) MarshalText() ([]byte, error) { return r, nil }
