package chat

import (
	"errors"
	"testing"

	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func TestInject(t *testing.T) {
	eachEngine(t, func(w *window) {
		inject := func(key, label string) (*protocol.ChatInjectResult, error) {
			return w.ChatInject(w.Context(), &protocol.ChatInjectParams{SessionKey: key, Message: "it is live", Label: wire.Opt[string]{V: label, Set: label != ""}})
		}
		refused := func(key, want string) {
			w.Helper()
			_, err := inject(key, "")
			var refusal *protocol.Error
			if !errors.As(err, &refusal) || refusal.Code != protocol.CodeInvalidRequest || refusal.Message != want {
				w.Errorf("%s: %v, want %s", key, err, want)
			}
		}
		refused("main", "session not found")
		w.say("main", "")
		refused("main", "transcript file not found")
		w.say("main", "", user("hello"))
		res, err := inject("MAIN", "deploy")
		if err != nil {
			w.Fatal(err)
		}
		if len(w.events) != 1 || w.events[0].RunID != "inject-"+res.MessageID || w.events[0].SessionKey != "MAIN" {
			w.Fatalf("events: %+v", w.events)
		}
		got := w.history("main", 0).Messages
		if len(got) != 2 || sessions.Text(&got[1]) != "[deploy]\n\nit is live" || got[1].StopReason.V != "injected" {
			w.Errorf("the history is %+v", got)
		}
		if _, err := inject("main", ""); err != nil || sessions.Text(&w.events[1].Message.V) != "it is live" {
			w.Errorf("without a label: %v, %+v", err, w.events)
		}
		_ = w.store.Close()
		_, err = inject("main", "")
		var refusal *protocol.Error
		if !errors.As(err, &refusal) || refusal.Code != protocol.CodeUnavailable || refusal.Message != "failed to write transcript: store: closed" {
			w.Errorf("on a closed store: %v", err)
		}
	})
}
