package wire

import (
	"encoding/json"
	"log/slog"
)

// Hidden stands in logs in place of a secret text.
const Hidden = "[hidden]"

// Hide replaces a secret text; that there is none remains visible.
func Hide[T ~string](v *T) {
	if *v != "" {
		*v = Hidden
	}
}

// Clear leaves nothing of a secret that is no text.
func Clear[T any](v *T) {
	var none T
	*v = none
}

// LogValue is a value for logs, as its JSON.
func LogValue(v Appender) slog.Value { return slog.AnyValue(json.RawMessage(v.AppendJSON(nil))) }
