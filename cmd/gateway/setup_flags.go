package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// setupFlags are the answers that a command line gives.
type setupFlags struct {
	yes, alone, unchecked bool

	flow, existing, port, bind             string
	authMode, authSecret                   string
	provider, name, address, apiKey, model string
	agentName, agentTheme, agentEmoji      string
	workspace                              string
	channels, more, moreFiles              []string
}

func (f *setupFlags) register(flags *pflag.FlagSet) {
	flags.BoolVarP(&f.yes, "yes", "y", false, "say yes to what the assistant may do, and to writing the answers")
	flags.BoolVar(&f.alone, "non-interactive", false, "ask nothing")
	text := func(to *string, name, usage string) { flags.StringVar(to, name, "", usage) }
	text(&f.flow, "flow", "how much is asked: `quickstart` or advanced")
	text(&f.existing, "existing", "what happens with a configuration that is there: `keep`, modify or reset")
	text(&f.port, "port", "TCP `port` to listen on")
	text(&f.bind, "bind", "who can reach the gateway: `loopback`, lan or tailnet")
	text(&f.authMode, "auth-mode", "how clients prove that they may connect: `token` or password")
	text(&f.authSecret, "auth-secret-file", "`file` with the token or password that they are to have")
	text(&f.provider, "provider", "whose language `model` answers: anthropic, openai, ollama, …, other, or echo for none")
	text(&f.name, "provider-name", "`name` for another service")
	text(&f.address, "base-url", "`address` of the service's API")
	text(&f.apiKey, "api-key-file", "`file` with the service's API key")
	text(&f.model, "model", "`id` of the model, as the service knows it")
	flags.BoolVar(&f.unchecked, "unchecked", false, "go on with a model that does not answer, unless its key is refused")
	text(&f.agentName, "agent-name", "`name` of the assistant")
	text(&f.agentTheme, "agent-theme", "what it is like, in a few `words`")
	text(&f.agentEmoji, "agent-emoji", "an `emoji` that stands for it")
	flags.StringSliceVar(&f.channels, "channels", nil, "`names` of the channels to set up, with commas between")
	text(&f.workspace, "workspace", "`folder` that the assistant works in")
	flags.StringArrayVar(&f.more, "answer", nil, "the answer to another step, as `name=answer`; may be repeated")
	flags.StringArrayVar(&f.moreFiles, "answer-file", nil, "the same for a secret, as `name=file`")
}

// setupAnswer is a flag that answers a step.
type setupAnswer struct {
	step, flag string
	value      string
	secret     bool // the value names a file
}

// answers lists the flags in the order of the steps. A step may have one of two
// names, depending on an answer before it.
func (f *setupFlags) answers() []setupAnswer {
	return []setupAnswer{
		{"flow", "flow", f.flow, false}, {"config", "existing", f.existing, false},
		{"port", "port", f.port, false}, {"bind", "bind", f.bind, false},
		{"auth", "auth-mode", f.authMode, false}, {"token", "auth-secret-file", f.authSecret, true}, {"password", "auth-secret-file", f.authSecret, true},
		{"provider", "provider", f.provider, false}, {"provider-name", "provider-name", f.name, false}, {"base-url", "base-url", f.address, false},
		{"api-key", "api-key-file", f.apiKey, true}, {"model", "model", f.model, false}, {"model-id", "model", f.model, false},
		{"agent-name", "agent-name", f.agentName, false}, {"agent-theme", "agent-theme", f.agentTheme, false}, {"agent-emoji", "agent-emoji", f.agentEmoji, false},
	}
}

// maxSecret bounds what is read of a file with a secret.
const maxSecret = 64 << 10

// secretFrom reads a secret from a file, or from the input.
func secretFrom(in io.Reader, flag, path string) (string, error) {
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("--%s cannot be read: %w", flag, err)
		}
		defer file.Close()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, maxSecret))
	if err != nil {
		return "", fmt.Errorf("--%s cannot be read: %w", flag, err)
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("--%s %s is empty: expected the secret in it", flag, path)
	}
	return secret, nil
}
