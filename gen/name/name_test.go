package name

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

var initialisms = []string{"ID", "URL", "TTS", "JSON"}

// TestSplit: words end at signs, at capitals, and before the last capital of an
// initialism that a word follows.
func TestSplit(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"--", ""},
		{"a", "a"},
		{"sessionKey", "session key"},
		{"SessionKey", "session key"},
		{"session_key", "session key"},
		{"session-key", "session key"},
		{"chat.send", "chat send"},
		{"  chat   send ", "chat send"},
		{"TTSConvert", "tts convert"},
		{"convertTTS", "convert tts"},
		{"NOT_PAIRED", "not paired"},
		{"sessionID", "session id"},
		{"sessionIDs", "session ids"},
		{"IDsOfURLs", "ids of urls"},
		{"nodeIDsSeen", "node ids seen"},
		{"isOK", "is ok"},
		{"ABC", "abc"},
		{"aBC", "a bc"},
		{"aB", "a b"},
		{"e164", "e164"},
		{"E164Number", "e164 number"},
		{"sha256", "sha256"},
		{"2nd", "2nd"},
		{"v2Beta", "v2 beta"},
		{"steer+backlog", "steer plus backlog"},
		{"+", "plus"},
		{"n minus 1", "n minus 1"},
		{"a/b~c", "a b c"},
		{"naïveCafé", "naïve café"},
		{"ПриветМир", "привет мир"},
	} {
		if got := strings.Join(Split(c.text).Words(), " "); got != c.want {
			t.Errorf("Split(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestJoin(t *testing.T) {
	for _, c := range []struct{ text, pascal, camel, snake, kebab string }{
		{"chat.send", "ChatSend", "chatSend", "chat_send", "chat-send"},
		{"sessionId", "SessionID", "sessionID", "session_id", "session-id"},
		{"id", "ID", "id", "id", "id"},
		{"nodeIds", "NodeIDs", "nodeIDs", "node_ids", "node-ids"},
		{"urls", "URLs", "urls", "urls", "urls"},
		{"ttsConvert", "TTSConvert", "ttsConvert", "tts_convert", "tts-convert"},
		{"jsonRPC", "JSONRpc", "jsonRpc", "json_rpc", "json-rpc"},
		{"is", "Is", "is", "is", "is"}, // no plural of the initialism I
		{"2nd", "2nd", "2nd", "2nd", "2nd"},
		{"élan", "Élan", "élan", "élan", "élan"},
		{"", "", "", "", ""},
	} {
		n := Split(c.text)
		got := []string{n.Pascal(initialisms), n.Camel(initialisms), n.Snake(), n.Kebab()}
		if want := []string{c.pascal, c.camel, c.snake, c.kebab}; !slices.Equal(got, want) {
			t.Errorf("%q joins to %q, want %q", c.text, got, want)
		}
	}
}

// TestSplitAgain: what is joined splits into the same words, so that names can
// be made of names.
func TestSplitAgain(t *testing.T) {
	for _, text := range []string{"chat.send", "sessionId", "nodeIds", "TTSConvert", "not-paired", "v2Beta", "agent.identity.get"} {
		n := Split(text)
		for _, joined := range []string{n.Pascal(initialisms), n.Camel(initialisms), n.Snake(), n.Kebab()} {
			if again := Split(joined); again != n {
				t.Errorf("%q became %q, which splits into %q", text, joined, again.Words())
			}
		}
	}
}

func TestAppend(t *testing.T) {
	n := Split("chat").Append(Split("send"), Name{}, Split("params"))
	if n != Split("chat send params") {
		t.Errorf("got %q", n.Words())
	}
	if n := (Name{}).Append(Split("a")); n != Split("a") {
		t.Errorf("got %q", n.Words())
	}
	if !(Name{}).Empty() || !Split("?").Empty() || Split("a").Empty() || !Split("a").None().Empty() {
		t.Error("Empty and None")
	}
}

func TestMarshal(t *testing.T) {
	if got, err := json.Marshal(Split("chatSend")); err != nil || string(got) != `"chat send"` {
		t.Errorf("%s %v", got, err)
	}
}
