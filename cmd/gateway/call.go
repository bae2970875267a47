package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/catalog"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
)

func callCommand() *cobra.Command {
	cmd := asks(&cobra.Command{
		Use:   "call METHOD [JSON | key=value …]",
		Short: "Calls a method and prints its answer",
		Long: `Calls a method and prints its answer: indented on a terminal, else on one line.

Params are one JSON object, or - to read it from stdin, or words:

  key=value     the value as the type that the method's schema gives it
  a.b=value     a member of an object
  key=x key=y   items of a list
  key:=JSON     any value as JSON, such as label:=null

A method that wants an idempotency key gets a new one, unless it is given.
` + "`gateway call METHOD --help`" + ` lists a method's params. The methods are described in
docs/reference.`,
		Example: examples("gateway call health probe=true", "gateway call sessions.patch key=main label:=null",
			`gateway call chat.send '{"sessionKey":"main","message":"hi","idempotencyKey":"1"}'`),
		Args:              takes(1, -1),
		ValidArgsFunction: completeCall,
	}, call)
	general := cmd.HelpFunc()
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		// Flags are parsed by now, the method is not in args.
		if m := methodOf(cmd.Flags().Args()); m != nil {
			describeMethod(screenOf(cmd, false), m)
			return
		}
		general(cmd, args)
	})
	return cmd
}

func methodOf(args []string) *catalog.Method {
	if len(args) == 0 {
		return nil
	}
	return catalog.LookupMethod(args[0])
}

func call(ctx context.Context, c *conversation, args []string) error {
	params, err := paramsOf(args[0], args[1:], c.in)
	if err != nil {
		return err
	}
	if err := c.offered(args[0]); err != nil {
		return err
	}
	answer, err := c.gateway.CallRaw(ctx, args[0], params)
	if err != nil {
		return err
	}
	return c.screen.Raw(answer)
}

// offered refuses names that neither the schema nor this gateway knows: they
// are misspelt, and the gateway would only speak of scopes.
func (c *conversation) offered(method string) error {
	hello := c.gateway.Hello()
	if catalog.LookupMethod(method) != nil || slices.Contains(hello.Features.Methods, method) {
		return nil
	}
	hint := ""
	if near := catalog.Nearest(method, append(catalog.Methods(), hello.Features.Methods...)); near != "" {
		hint = fmt.Sprintf(": did you mean %s?", near)
	}
	return usagef("there is no method %q%s", method, hint)
}

// paramsOf reads params off the command line, or off stdin.
func paramsOf(method string, words []string, in io.Reader) ([]byte, error) {
	if len(words) == 1 && words[0] == "-" {
		text, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		words = []string{"{}"}
		if trimmed := strings.TrimSpace(string(text)); trimmed != "" {
			words[0] = trimmed
		}
		if !strings.HasPrefix(words[0], "{") {
			return nil, usagef("stdin is not a JSON object")
		}
	}
	m := catalog.LookupMethod(method)
	var schema *catalog.Schema
	if m != nil {
		schema = m.Params
	}
	params, err := schema.Params(words)
	if err != nil {
		return nil, usagef("%s: %w", method, err)
	}
	if m != nil && m.KeyMember != "" {
		return withKey(params, m)
	}
	return params, nil
}

// withKey adds an idempotency key where the method wants one. It is in the
// params before the first attempt, so that a repeat over a new connection is
// known as one.
func withKey(params []byte, m *catalog.Method) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(params, &members); err != nil {
		return nil, err
	}
	if _, given := members[m.KeyMember]; given {
		return params, nil
	}
	key, err := json.Marshal("cli-" + rand.Text())
	if err != nil {
		return nil, err
	}
	members[m.KeyMember] = key
	return json.Marshal(members)
}

// describeMethod prints what the schema says of a method.
func describeMethod(s *screen.Screen, m *catalog.Method) {
	s.Line("%s: %s", s.Paint(screen.Strong, m.Name), m.Description)
	s.Line("")
	who := "Needs scope " + m.Scope
	if m.Scope == "none" {
		who = "Needs no scope"
	}
	if m.NotOffered != "" {
		who += ". Not offered by this gateway: " + m.NotOffered
	}
	s.Line("%s.", strings.TrimSuffix(who, "."))
	for _, alias := range m.Aliases {
		s.Line("Also called %s.", alias.Name)
	}
	s.Line("")
	if len(m.Params.Members()) == 0 {
		s.Line("It takes no params.")
		return
	}
	s.Line("Params:")
	t := s.Table()
	describeParams(t, "", m.Params, m.KeyMember)
	t.Print()
}

// describeParams adds a row for each param, those within objects too.
func describeParams(t *screen.Table, prefix string, of *catalog.Schema, key string) {
	for _, p := range of.Members() {
		name := prefix + p.Name
		presence := "optional"
		switch {
		case p.Required && p.Name == key && prefix == "":
			presence = "made if absent"
		case p.Required:
			presence = "required"
		case p.Default() != "":
			presence = "default " + p.Default()
		}
		kind := p.Kind()
		if values := p.Values(); len(values) > 0 {
			kind = strings.Join(values, "|")
		}
		if p.Secret() {
			kind += ", secret"
		}
		t.Row(screen.Styled(screen.Strong, "  "+name), kind, presence, p.Description())
		if strings.Count(name, ".") < 3 {
			describeParams(t, name+".", p.Schema, "")
			describeParams(t, name+"[].", p.Item(), "")
		}
	}
}
