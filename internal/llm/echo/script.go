package echo

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
)

// Directive begins the lines of a script.
const Directive = "/echo"

// Script is what the lines of a message that begin with /echo say. Each has
// words of the form name=value, where a value with spaces stands in double
// quotes, and says more of the same answer:
//
//	delay=200ms          wait before the first piece
//	every=5ms            time between two pieces
//	tokens=20            answer "token1 token2 … token20"
//	text="…"             answer this; without it: what the other lines say
//	think="…"            reason like this first; think=off: not at all
//	tool=NAME {json}     call a tool; may be said several times
//	again=3              call the tools that many times more, with each result
//	error=overloaded     fail; see the keys of failures for the kinds
//	retryAfter=2s        what the failure says of when to come back
//	stall                go silent until the run is ended
//	after=3              fail or go silent after so many pieces, not before the first
//	stop=length          end for this reason
//	usage=off            say nothing of the tokens used
//
// Once a tool has given its result, the result is the answer.
type Script struct {
	Scripted   bool   // there is a directive
	Rest       string // the message without its directives
	Delay      time.Duration
	Every      time.Duration
	EverySet   bool
	Tokens     int
	Text       string
	Think      string
	Tools      []Call
	Again      int
	Error      llm.ErrorKind
	RetryAfter time.Duration
	Stall      bool
	After      int
	Stop       llm.StopReason
	NoUsage    bool
}

// Call is a tool to be called.
type Call struct {
	Name      string
	Arguments json.RawMessage
}

// Bounds of a script: it may come from anybody who may write a message.
const (
	maxTokens = 100_000
	maxWait   = time.Hour
	maxAgain  = 1000
	maxCalls  = 64
)

// failures is what each kind of error looks like.
var failures = map[llm.ErrorKind]struct {
	status    int
	message   string
	retryable bool
}{
	llm.ErrCredentials: {401, "the key was refused, as the message asked for", false},
	llm.ErrQuota:       {402, "nothing is left to spend, as the message asked for", false},
	llm.ErrRateLimit:   {429, "too many requests, as the message asked for", true},
	llm.ErrOverloaded:  {529, "overloaded, as the message asked for", true},
	llm.ErrServer:      {500, "the service failed, as the message asked for", true},
	llm.ErrNetwork:     {0, "the connection was lost, as the message asked for", true},
	llm.ErrTimeout:     {0, "nothing came for too long, as the message asked for", true},
	llm.ErrContext:     {400, "the conversation is too long, as the message asked for", false},
	llm.ErrModel:       {404, "there is no such model, as the message asked for", false},
	llm.ErrInvalid:     {400, "the request was refused, as the message asked for", false},
	llm.ErrAnswer:      {0, "the answer makes no sense, as the message asked for", true},
}

// Parse takes the script out of a message.
func Parse(message string) (*Script, error) {
	s := &Script{}
	var rest []string
	for line := range strings.SplitSeq(message, "\n") {
		words, ok := strings.CutPrefix(strings.TrimSpace(line), Directive)
		if !ok || words != "" && words[0] != ' ' && words[0] != '\t' {
			rest = append(rest, line)
			continue
		}
		s.Scripted = true
		if err := s.line(words); err != nil {
			return nil, err
		}
	}
	s.Rest = strings.TrimSpace(strings.Join(rest, "\n"))
	return s, nil
}

// line takes the words of one directive.
func (s *Script) line(words string) error {
	for {
		words = strings.TrimLeft(words, " \t\r")
		if words == "" {
			return nil
		}
		name, after, err := word(words)
		if err != nil {
			return err
		}
		words = after
		if key, value, ok := strings.Cut(name, "="); ok {
			if words, err = s.set(key, value, words); err != nil {
				return err
			}
			continue
		}
		if name != "stall" {
			return fmt.Errorf("%s does not know %q: expected stall, or one of %s with = and a value", Directive, name, settingNames())
		}
		s.Stall = true
	}
}

// word cuts off the first word; a value may be in double quotes.
func word(words string) (first, rest string, err error) {
	end := strings.IndexAny(words, " \t\r")
	if quote := strings.Index(words, `="`); quote >= 0 && (end < 0 || quote < end) {
		quoted, err := strconv.QuotedPrefix(words[quote+1:])
		if err != nil {
			return "", "", fmt.Errorf(`%s: the quotes of %s do not close: expected a value such as "two words"`, Directive, words[:quote])
		}
		value, _ := strconv.Unquote(quoted)
		return words[:quote+1] + value, words[quote+1+len(quoted):], nil
	}
	if end < 0 {
		return words, "", nil
	}
	return words[:end], words[end:], nil
}

// setters take the value of each name.
var setters = map[string]func(s *Script, value string) error{
	"delay":      func(s *Script, v string) error { return span(&s.Delay, v) },
	"every":      func(s *Script, v string) error { s.EverySet = true; return span(&s.Every, v) },
	"retryAfter": func(s *Script, v string) error { return span(&s.RetryAfter, v) },
	"tokens":     func(s *Script, v string) error { return count(&s.Tokens, v, maxTokens) },
	"after":      func(s *Script, v string) error { return count(&s.After, v, maxTokens) },
	"again":      func(s *Script, v string) error { return count(&s.Again, v, maxAgain) },
	"text":       func(s *Script, v string) error { s.Text = v; return nil },
	"think":      func(s *Script, v string) error { s.Think = v; return nil },
	"usage": func(s *Script, v string) error {
		s.NoUsage = v == "off"
		return oneOf(v, "on", "off")
	},
	"stop": func(s *Script, v string) error {
		s.Stop = llm.StopReason(v)
		return oneOf(v, string(llm.StopEnd), string(llm.StopLength), string(llm.StopRefusal))
	},
	"error": func(s *Script, v string) error {
		s.Error = llm.ErrorKind(v)
		var kinds []string
		for _, k := range slices.Sorted(maps.Keys(failures)) {
			kinds = append(kinds, string(k))
		}
		return oneOf(v, kinds...)
	},
}

func settingNames() string {
	names := slices.AppendSeq([]string{"tool"}, maps.Keys(setters))
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// set takes one name and its value; tool takes an object behind it too.
func (s *Script) set(name, value, rest string) (string, error) {
	if name == "tool" {
		return s.tool(value, rest)
	}
	set, ok := setters[name]
	if !ok {
		return "", fmt.Errorf("%s does not know %q: expected stall, or one of %s with = and a value", Directive, name, settingNames())
	}
	if err := set(s, value); err != nil {
		return "", fmt.Errorf("%s %s=%s: %w", Directive, name, value, err)
	}
	return rest, nil
}

func (s *Script) tool(name, rest string) (string, error) {
	if name == "" || len(s.Tools) >= maxCalls {
		return "", fmt.Errorf("%s tool=%s: expected the name of a tool, at most %d times", Directive, name, maxCalls)
	}
	call := Call{Name: name, Arguments: json.RawMessage("{}")}
	if object := strings.TrimLeft(rest, " \t"); strings.HasPrefix(object, "{") {
		d := json.NewDecoder(strings.NewReader(object))
		if err := d.Decode(&call.Arguments); err != nil {
			return "", fmt.Errorf("%s tool=%s: its arguments are no JSON object in one line: %w", Directive, name, err)
		}
		rest = object[d.InputOffset():]
	}
	s.Tools = append(s.Tools, call)
	return rest, nil
}

func span(to *time.Duration, value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 || d > maxWait {
		return fmt.Errorf("expected a duration such as 200ms or 2s, at most %s", maxWait)
	}
	*to = d
	return nil
}

func count(to *int, value string, most int) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > most {
		return fmt.Errorf("expected a number from 0 to %d", most)
	}
	*to = n
	return nil
}

func oneOf(value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return fmt.Errorf("expected one of %s", strings.Join(words, ", "))
}
