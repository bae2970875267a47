//go:build whatsapp

package whatsapp

import (
	"fmt"
	"log/slog"
	"strings"

	waLog "go.mau.fi/whatsmeow/util/log"
)

// logger has the library write into the gateway's log. What it has for debugging
// is dropped: that is the stanzas themselves, with keys and codes to scan.
type logger struct{ log *slog.Logger }

var _ waLog.Logger = logger{}

func (l logger) Debugf(string, ...any) {}

func (l logger) Infof(format string, args ...any) { l.log.Debug(said(format, args)) }

func (l logger) Warnf(format string, args ...any) { l.log.Info(said(format, args)) }

func (l logger) Errorf(format string, args ...any) { l.log.Warn(said(format, args)) }

func (l logger) Sub(module string) waLog.Logger { return logger{l.log.With("part", module)} }

// maxSaid bounds what of an argument is logged.
const maxSaid = 200

// said is a message of the library without the stanzas that some have.
func said(format string, args []any) string {
	shown := make([]any, len(args))
	for k, a := range args {
		shown[k] = a
		var text string
		switch a := a.(type) {
		case string:
			text = a
		case error:
			text = a.Error()
		case fmt.Stringer:
			text = fmt.Sprint(a)
		default:
			continue
		}
		if at := strings.IndexByte(text, '<'); at >= 0 {
			text = text[:at] + "…"
		}
		if len(text) > maxSaid {
			text = strings.ToValidUTF8(text[:maxSaid], "") + "…"
		}
		shown[k] = text
	}
	return "WhatsApp: " + fmt.Sprintf(format, shown...)
}
