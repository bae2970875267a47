package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestGuideCommands: the commands that guides mention in passing are there, with
// their flags and as many arguments.
func TestGuideCommands(t *testing.T) {
	for _, page := range []string{"../../docs/handshake.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		lines := regexp.MustCompile(`(?m)^gateway [a-z].*$`).FindAllString(string(text), -1)
		if len(lines) == 0 {
			t.Errorf("%s mentions no command", page)
		}
		for _, line := range lines {
			line, _, _ = strings.Cut(line, "#")
			cmd, args, err := rootCommand(func() {}).Find(strings.Fields(line)[1:])
			if err != nil || cmd.RunE == nil && cmd.Run == nil {
				t.Errorf("%s: there is no command %q: %v", page, line, err)
				continue
			}
			if err := cmd.ParseFlags(args); err != nil {
				t.Errorf("%s: %s: %v", page, line, err)
			}
			if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
				t.Errorf("%s: %s: %v", page, line, err)
			}
		}
	}
}
