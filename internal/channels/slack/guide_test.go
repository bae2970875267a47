package slack

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/slack-go/slack"
)

// needed is which right each method and event needs.
var needed = map[string][]string{
	"chat.postMessage": {"chat:write"}, "chat.update": {"chat:write"}, "chat.postEphemeral": {"chat:write"},
	"conversations.open": {"im:write"}, "conversations.info": {"channels:read", "groups:read", "im:read", "mpim:read"},
	"conversations.history": {"channels:history", "groups:history", "im:history", "mpim:history"},
	"users.info":            {"users:read"}, "files.info": {"files:read"}, "files.getUploadURLExternal": {"files:write"},
	"app_mention": {"app_mentions:read"}, "message.im": {"im:history"}, "message.mpim": {"mpim:history"}, "message.channels": {"channels:history"}, "message.groups": {"groups:history"},
	"app_uninstalled": nil, "tokens_revoked": nil,
}

// The manifest that the guide shows is one, and gives the rights that are needed,
// and no others.
func TestManifest(t *testing.T) {
	text, err := os.ReadFile("../../../docs/channels/slack.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(text)
	var m slack.Manifest
	if len(block) != 2 || json.Unmarshal(block[1], &m) != nil {
		t.Fatal("the guide has no manifest")
	}
	if s := m.Settings; !s.SocketModeEnabled || !s.Interactivity.IsEnabled || s.TokenRotationEnabled {
		t.Errorf("%+v", s)
	}
	var want []string
	for _, scopes := range needed {
		want = append(want, scopes...)
	}
	want = append(want, "files:read")
	slices.Sort(want)
	want = slices.Compact(want)
	if got := slices.Sorted(slices.Values(m.OAuthConfig.Scopes.Bot)); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, event := range m.Settings.EventSubscriptions.BotEvents {
		if _, known := needed[event]; !known {
			t.Errorf("the event %s is not used", event)
		}
	}
	if len(m.Settings.EventSubscriptions.BotEvents) != 7 {
		t.Errorf("%v", m.Settings.EventSubscriptions.BotEvents)
	}
}
