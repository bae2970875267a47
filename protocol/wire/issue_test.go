package wire

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestIssueText(t *testing.T) {
	for _, c := range []struct {
		issue Issue
		want  string
	}{
		{Issue{Path: "/a", Rule: ruleType, Message: "must be string"}, "at /a: must be string"},
		{Issue{Rule: ruleType, Message: "must be object"}, "must be object"},
		{Issue{Rule: ruleRequired, Property: "x", Message: "must have required property 'x'"}, "must have required property 'x'"},
		{Issue{Rule: RuleUnexpected, Property: "x", Message: "unexpected property 'x'"}, "at root: unexpected property 'x'"},
		{Issue{Path: "/client", Rule: RuleUnexpected, Property: "x", Message: "unexpected property 'x'"}, "at /client: unexpected property 'x'"},
		{Issue{Rule: RuleDuplicate, Property: "x", Message: "must NOT have duplicate property 'x'"}, "at root: must NOT have duplicate property 'x'"},
	} {
		if got := c.issue.Text(); got != c.want {
			t.Errorf("got %s", got)
		}
	}
}

func TestIssuesError(t *testing.T) {
	var none Issues
	if none.Error() != "unknown validation error" {
		t.Error(none.Error())
	}
	var err error = Issues{{Message: "b"}, {Path: "/x", Message: "a"}, {Message: "b"}}
	if err.Error() != "b; at /x: a" {
		t.Error(err.Error())
	}
	var issues Issues
	if !errors.As(err, &issues) || len(issues) != 3 {
		t.Error("the list is lost")
	}
}

func TestIssueJSON(t *testing.T) {
	got, err := json.Marshal(Issues{{Path: "/a", Rule: "type", Message: "m"}, {Rule: "required", Property: "p", Message: "n"}})
	want := `[{"path":"/a","rule":"type","message":"m"},{"path":"","rule":"required","property":"p","message":"n"}]`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

// TestMessages: every rule has a text, with one place for its argument or none.
func TestMessages(t *testing.T) {
	for rule, text := range messages {
		if got := message(rule, "50% 'x'"); rule != ruleUniqueItems && got == text {
			t.Errorf("%s: the argument has no place in %q", rule, text)
		}
	}
	if got := message(rulePattern, "50%$"); got != `must match pattern "50%$"` {
		t.Error(got)
	}
}
