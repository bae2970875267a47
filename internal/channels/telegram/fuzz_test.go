package telegram

import (
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/telegram/telegramtest"
	"github.com/go-telegram/bot/models"
)

// FuzzUpdate has whatever may come as an update read.
func FuzzUpdate(f *testing.F) {
	ada := telegramtest.Person(7, "Ada").In(-5, "Team").Topic(3)
	for _, m := range []map[string]any{
		telegramtest.Message(1, ada, "/new@gatesmith_bot hi"), telegramtest.Message(2, ada, "😀 @gatesmith_bot"),
		telegramtest.Message(3, ada, "x", map[string]any{"entities": []any{map[string]any{"type": "mention", "offset": -4, "length": 99}}}),
		telegramtest.Message(4, ada, "", map[string]any{"photo": []any{map[string]any{}}, "reply_to_message": map[string]any{"chat": map[string]any{"id": -5}}}),
		telegramtest.Message(5, ada, "", map[string]any{"location": map[string]any{"latitude": 1.5}}),
	} {
		text, err := json.Marshal(map[string]any{"update_id": 1, "message": m})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"update_id":1,"edited_message":null,"message":{"from":{}}}`))
	a := &account{self: &models.User{ID: telegramtest.BotID, Username: telegramtest.Username}}
	env := &channels.Env{Logger: slog.New(slog.DiscardHandler)}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, u := range decode([]json.RawMessage{text}, env) {
			for _, m := range []*models.Message{u.Message, u.EditedMessage} {
				if m == nil {
					continue
				}
				if x := a.message(m); x != nil && (x.ID == "" || x.Chat.ID == "" || x.Sender.ID == "" || x.Text == "" && len(x.Media) == 0) {
					t.Errorf("%+v", x)
				}
			}
		}
	})
}
