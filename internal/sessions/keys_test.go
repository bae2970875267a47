package sessions

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonical(t *testing.T) {
	plain, home := Keys{}, Keys{DefaultAgent: "Ops Team", MainKey: "Home"}
	for _, c := range []struct {
		keys      Keys
		key, want string
	}{
		{plain, "main", "agent:main:main"},
		{plain, " MAIN ", "agent:main:main"},
		{plain, "agent:main:main", "agent:main:main"},
		{plain, "AGENT:Work:Main", "agent:work:main"},
		{plain, "agent:default:x", "agent:main:x"},
		{plain, "agent:default:main", "agent:main:main"},
		{Keys{DefaultTaken: true}, "agent:default:x", "agent:default:x"},
		{plain, "side", "agent:main:side"},
		{plain, "Side", "agent:main:Side"},
		{plain, "subagent:1", "agent:main:subagent:1"},
		{plain, "agent:main:whatsapp:group:12@g.us", "agent:main:whatsapp:group:12@g.us"},
		{plain, "agent:a b!:x", "agent:a-b:x"},
		{plain, "agent:x", "agent:main:agent:x"},
		{plain, "agent::x", "agent:main:agent::x"},
		{plain, "global", "global"},
		{plain, "Unknown", "unknown"},
		{plain, "  \x00 ", ""},
		{plain, "a\x00b", "agent:main:ab"},
		{home, "main", "agent:ops-team:home"},
		{home, "HOME", "agent:ops-team:home"},
		{home, "agent:default:home", "agent:ops-team:home"},
		{home, "agent:x:main", "agent:x:home"},
		{Keys{Global: true}, "main", "global"},
		{Keys{Global: true}, "agent:x:main", "global"},
		{Keys{Global: true}, "x", "agent:main:x"},
		{Keys{DefaultAgent: "???"}, "x", "agent:main:x"},
	} {
		if got := c.keys.Canonical(c.key); got != c.want {
			t.Errorf("%+v: %q is %q, want %q", c.keys, c.key, got, c.want)
		}
	}
}

func TestAgent(t *testing.T) {
	k := Keys{DefaultAgent: "ops"}
	for key, want := range map[string]string{"agent:x:y": "x", "global": "ops", "unknown": "ops", "agent:ops:cron:1": "ops"} {
		if got := k.Agent(key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	if got := k.AgentID(strings.Repeat("a", 63) + "-b"); got != strings.Repeat("a", 63) {
		t.Errorf("a long id is %q", got)
	}
}

func drawKeys(t *rapid.T) Keys {
	return Keys{
		DefaultAgent: rapid.SampledFrom([]string{"", "main", "default", "Ops", "-_a", "ä"}).Draw(t, "default agent"),
		MainKey:      rapid.SampledFrom([]string{"", "main", "Home", "global", "a:b", "agent:x:y"}).Draw(t, "main key"),
		Global:       rapid.Bool().Draw(t, "global"),
		DefaultTaken: rapid.Bool().Draw(t, "taken"),
	}
}

var keyParts = rapid.SampledFrom([]string{"agent", "AGENT", "main", "Main", "home", "default", "global", "unknown", "subagent", "x", "Ä", " ", ":", "::", "\x00", "-", "group", "%", "İ"})

func drawKey(t *rapid.T) string {
	parts := rapid.SliceOfN(keyParts, 1, 6).Draw(t, "parts")
	return strings.Join(parts, rapid.SampledFrom([]string{"", ":"}).Draw(t, "between"))
}

func TestCanonicalIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, key := drawKeys(t), drawKey(t)
		once := k.Canonical(key)
		if twice := k.Canonical(once); twice != once {
			t.Fatalf("%q is %q, which is %q", key, once, twice)
		}
		if once == "" || isShared(once) {
			return
		}
		if want := "agent:" + k.Agent(once) + ":"; !strings.HasPrefix(once, want) {
			t.Fatalf("%q does not begin with %q", once, want)
		}
	})
}

func TestAliasesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := drawKeys(t)
		k.MainKey = rapid.SampledFrom([]string{"", "main", "Home"}).Draw(t, "usual main key")
		agent := rapid.SampledFrom([]string{"", "x", "default", "Ops", "a b"}).Draw(t, "agent")
		main := k.Main(agent)
		aliases := []string{main}
		if agent != "" {
			aliases = append(aliases, "agent:"+agent+":main", "agent:"+agent+":"+k.mainKey(), "AGENT:"+strings.ToUpper(agent)+":MAIN")
		} else {
			aliases = append(aliases, "main", "MAIN", k.mainKey(), " "+k.mainKey())
		}
		for _, alias := range aliases {
			if got := k.Canonical(alias); got != main {
				t.Fatalf("%q is %q, want %q", alias, got, main)
			}
		}
	})
}
