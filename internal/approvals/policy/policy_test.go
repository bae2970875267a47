package policy_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func fileOf(t *testing.T, text string) *protocol.ExecApprovalsFile {
	t.Helper()
	f := new(protocol.ExecApprovalsFile)
	if err := f.DecodeAlias([]byte(text), wire.Strict); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEvaluate(t *testing.T) {
	const allow = `"agents":{"main":{"allowlist":[{"pattern":"/usr/bin/uname"}]}}`
	skill := policy.Machine{Skill: func(p string) bool { return p == "/opt/skill" }}
	for _, c := range []struct {
		name, file, agent, program string
		env                        map[string]string
		want                       policy.Outcome
		reason                     string
	}{
		{name: "no file", file: `{"version":1}`, program: "/usr/bin/uname", want: policy.Deny, reason: policy.ReasonSecurity},
		{name: "words nobody knows count as absent", file: `{"version":1,"defaults":{"security":"all","ask":"never"}}`, program: "/usr/bin/uname", want: policy.Deny, reason: policy.ReasonSecurity},
		{name: "denied though listed", file: `{"version":1,` + allow + `}`, program: "/usr/bin/uname", want: policy.Deny, reason: policy.ReasonSecurity},
		{name: "listed", file: `{"version":1,"defaults":{"security":"allowlist"},` + allow + `}`, program: "/usr/bin/uname", want: policy.Allow},
		{name: "not listed", file: `{"version":1,"defaults":{"security":"allowlist"},` + allow + `}`, program: "/usr/bin/rm", want: policy.Ask, reason: policy.ReasonAsk},
		{name: "no such program", file: `{"version":1,"defaults":{"security":"allowlist"},` + allow + `}`, program: "", want: policy.Ask, reason: policy.ReasonAsk},
		{name: "never asked", file: `{"version":1,"defaults":{"security":"allowlist","ask":"off"},` + allow + `}`, program: "/usr/bin/rm", want: policy.Deny, reason: policy.ReasonMiss},
		{name: "always asked", file: `{"version":1,"defaults":{"security":"allowlist","ask":"always"},` + allow + `}`, program: "/usr/bin/uname", want: policy.Ask, reason: policy.ReasonAsk},
		{name: "a variable may change the program", file: `{"version":1,"defaults":{"security":"allowlist"},` + allow + `}`, program: "/usr/bin/uname", env: map[string]string{"LD_PRELOAD": "x"}, want: policy.Ask, reason: policy.ReasonAsk},
		{name: "a variable changes how it looks", file: `{"version":1,"defaults":{"security":"allowlist"},` + allow + `}`, program: "/usr/bin/uname", env: map[string]string{"LC_ALL": "C"}, want: policy.Allow},
		{name: "another agent's list", file: `{"version":1,"defaults":{"security":"allowlist"},` + allow + `}`, agent: "helper", program: "/usr/bin/uname", want: policy.Ask, reason: policy.ReasonAsk},
		{name: "everybody's list", file: `{"version":1,"defaults":{"security":"allowlist"},"agents":{"*":{"allowlist":[{"pattern":"/usr/bin/*"}]}}}`, agent: "helper", program: "/usr/bin/uname", want: policy.Allow},
		{name: "its own rule before everybody's", file: `{"version":1,"agents":{"*":{"security":"full"},"helper":{"security":"deny"}}}`, agent: "helper", program: "/usr/bin/uname", want: policy.Deny, reason: policy.ReasonSecurity},
		{name: "full", file: `{"version":1,"agents":{"*":{"security":"full"}}}`, program: "/usr/bin/rm", want: policy.Allow},
		{name: "full and always asked", file: `{"version":1,"defaults":{"security":"full","ask":"always"}}`, program: "/usr/bin/rm", want: policy.Ask, reason: policy.ReasonAsk},
		{name: "a skill's program", file: `{"version":1,"defaults":{"security":"allowlist","autoAllowSkills":true}}`, program: "/opt/skill", want: policy.Allow},
		{name: "skills are not trusted", file: `{"version":1,"defaults":{"security":"allowlist"}}`, program: "/opt/skill", want: policy.Ask, reason: policy.ReasonAsk},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := policy.RulesFor(fileOf(t, c.file), c.agent).Evaluate(&policy.Command{Argv: []string{"x"}, Env: c.env}, c.program, skill)
			if v.Outcome != c.want || v.Reason != c.reason {
				t.Errorf("%s (%s), want %s (%s)", v.Outcome, v.Reason, c.want, c.reason)
			}
		})
	}
}

func TestAfterwards(t *testing.T) {
	for _, c := range []struct {
		rules, answer string
		want          policy.Outcome
		remember      bool
	}{
		{`{"security":"allowlist"}`, "", policy.Ask, false},
		{`{"security":"allowlist"}`, "whatever", policy.Ask, false},
		{`{"security":"allowlist"}`, "allow-once", policy.Allow, false},
		{`{"security":"allowlist"}`, "allow-always", policy.Allow, true},
		{`{"security":"allowlist"}`, "deny", policy.Deny, false},
		{`{"security":"allowlist"}`, policy.Unanswered, policy.Deny, false},
		{`{"security":"allowlist","askFallback":"allowlist"}`, policy.Unanswered, policy.Deny, false},
		{`{"security":"allowlist","askFallback":"full"}`, policy.Unanswered, policy.Allow, false},
		{`{"security":"deny"}`, "allow-always", policy.Deny, false},
		{`{"security":"allowlist","ask":"off"}`, "allow-once", policy.Deny, false},
		{`{"security":"full"}`, "deny", policy.Deny, false},
	} {
		f := fileOf(t, `{"version":1,"defaults":`+c.rules+`}`)
		v := policy.RulesFor(f, "").Evaluate(&policy.Command{Argv: []string{"x"}}, "/bin/x", policy.Machine{}).After(c.answer)
		if v.Outcome != c.want || v.Remember != c.remember {
			t.Errorf("%s, then %q: %s, remember %v", c.rules, c.answer, v.Outcome, v.Remember)
		}
	}
}

func TestTightenNeverLoosens(t *testing.T) {
	securities, asks := []protocol.ExecSecurity{"deny", "allowlist", "full"}, []protocol.ExecAsk{"always", "on-miss", "off"}
	for k, have := range securities {
		for j, want := range append(slices.Clone(securities), "any") {
			got := policy.Rules{Security: have, Ask: asks[k]}.Tighten(want, append(slices.Clone(asks), "")[j])
			if got.Security != securities[min(k, j)] || got.Ask != asks[min(k, j)] {
				t.Errorf("%s tightened by %s: %s, %s", have, want, got.Security, got.Ask)
			}
		}
	}
}

func TestRulesThatNobodyMadeAreTheStrictest(t *testing.T) {
	if r := (policy.Rules{}).Tighten("full", "off"); r.Security != "deny" || r.Ask != "always" {
		t.Errorf("%+v", r)
	}
}

func TestCovers(t *testing.T) {
	m := policy.Machine{Home: "/home/ada", Links: func(folder string) (string, error) {
		if strings.HasPrefix(folder, "/bin/") {
			folder = "/usr" + folder
		}
		return folder, nil
	}}
	plain := policy.Machine{Home: "/home/ada"}
	for _, c := range []struct {
		m                policy.Machine
		pattern, program string
		want             bool
	}{
		{plain, "/usr/bin/ls", "/usr/bin/ls", true},
		{plain, "/usr/bin/ls", "/usr/bin/lsof", false},
		{plain, "ls", "/usr/bin/ls", false},
		{plain, "*", "/usr/bin/ls", false},
		{plain, "", "/usr/bin/ls", false},
		{plain, "/usr/bin/ls", "ls", false},
		{plain, "/usr/bin/*", "/usr/bin/ls", true},
		{plain, "/usr/*", "/usr/bin/ls", false},
		{plain, "/usr/**", "/usr/bin/ls", true},
		{plain, "/usr/bin/?s", "/usr/bin/ls", true},
		{plain, "/usr/bin?ls", "/usr/bin/ls", false},
		{plain, "/**/ls", "/usr/bin/ls", true},
		{plain, "/usr/bin/*", "/usr/bin/../sbin/x", false},
		{plain, "~/bin/*", "/home/ada/bin/x", true},
		{plain, "~bin/*", "/home/ada/bin/x", false},
		{plain, "/usr/bin/LS", "/usr/bin/ls", false},
		{plain, strings.Repeat("/*", 3000), "/usr/bin/ls", false},
		{m, "/bin/ls", "/usr/bin/ls", true},
	} {
		if got := c.m.Covers(c.pattern, c.program); got != c.want {
			t.Errorf("%.40q covers %q: %v", c.pattern, c.program, got)
		}
	}
}

func TestCarrier(t *testing.T) {
	for program, want := range map[string]bool{"/bin/sh": true, "/usr/bin/python3.12": true, "/usr/bin/perl5.38": true, "/usr/bin/env": true,
		"/usr/bin/uname": false, "/bin/ls": false, `/usr/bin/bash.exe`: true, "/usr/bin/showkey": false} {
		if policy.Carrier(program) != want {
			t.Errorf("%s: %v", program, !want)
		}
	}
}

func TestQuoteShowsWhatIsThere(t *testing.T) {
	for want, argv := range map[string][]string{
		"uname -a":                {"uname", "-a"},
		"rm '' 'a b' '$HOME' ';'": {"rm", "", "a b", "$HOME", ";"},
		`echo 'it'\''s'`:          {"echo", "it's"},
		`echo $'a\nb\x1b[2J'`:     {"echo", "a\nb\x1b[2J"},
		`echo $'\xe2\x80\xae'`:    {"echo", "\u202e"},
		`echo $'\xff'`:            {"echo", "\xff"},
		`echo 'héllo'`:            {"echo", "héllo"},
	} {
		if got := policy.Quote(argv); got != want {
			t.Errorf("%q: %s, want %s", argv, got, want)
		}
	}
}

func commands() *rapid.Generator[policy.Command] {
	word := rapid.StringMatching(`[a-c/=\x00 ]{0,3}`)
	return rapid.Custom(func(t *rapid.T) policy.Command {
		return policy.Command{Argv: rapid.SliceOfN(word, 0, 3).Draw(t, "argv"), Raw: word.Draw(t, "raw"), Cwd: word.Draw(t, "cwd"),
			Env: rapid.MapOfN(word, word, 0, 2).Draw(t, "env"), Node: word.Draw(t, "node"), Agent: word.Draw(t, "agent")}
	})
}

func same(a, b policy.Command) bool {
	return slices.Equal(a.Argv, b.Argv) && maps.Equal(a.Env, b.Env) && a.Raw == b.Raw && a.Cwd == b.Cwd && a.Node == b.Node && a.Agent == b.Agent
}

// The parts are few and short, so that texts that are split in another way come
// up all the time.
func TestDigestTellsCommandsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := commands().Draw(t, "a"), commands().Draw(t, "b")
		if (a.Digest() == b.Digest()) != same(a, b) {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

func TestGlobIsWhatItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := "/" + rapid.StringMatching(`[ab*?/]{0,8}`).Draw(t, "pattern")
		path := "/" + rapid.StringMatching(`[ab/]{0,8}`).Draw(t, "path")
		p, q := clean(pattern), clean(path)
		if got, want := (policy.Machine{}).Covers(pattern, path), naive(p, q); got != want {
			t.Fatalf("%s covers %s: %v", pattern, path, got)
		}
	})
}

func clean(path string) string { return filepath.Clean(path) }

// naive matches as one would read the rules.
func naive(p, t string) bool {
	if p == "" {
		return t == ""
	}
	stars := len(p) - len(strings.TrimLeft(p, "*"))
	switch {
	case stars > 0:
		for k := 0; k <= len(t); k++ {
			if naive(p[stars:], t[k:]) {
				return true
			}
			if k < len(t) && t[k] == '/' && stars == 1 {
				return false
			}
		}
		return false
	case t == "":
		return false
	}
	return (p[0] == t[0] || p[0] == '?' && t[0] != '/') && naive(p[1:], t[1:])
}
