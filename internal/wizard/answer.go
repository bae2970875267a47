package wizard

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// answerOf takes the answer out of either form of the params; answer counts where
// both are there. given is false where nothing is answered. Without a step it is
// an answer to none.
func answerOf(p *protocol.WizardNextParams) (stepID string, value wire.Raw, given bool) {
	switch {
	case p.Answer.Set:
		return p.Answer.V.StepID, p.Answer.V.Value, true
	case p.StepID.Set || p.Response != nil:
		return p.StepID.V, valueOf(p.Response), true
	}
	return "", nil, false
}

// responseMembers are where a response may have the value, in the order in which
// they count.
var responseMembers = []string{"selectedOption", "value", "values", "selectedOptions", "text", "confirmed"}

// valueOf takes the value out of a response: of the first member that is there,
// else the response itself. An empty one says nothing.
func valueOf(response protocol.JSONObject) wire.Raw {
	var members map[string]json.RawMessage
	if response == nil || json.Unmarshal(response, &members) != nil || len(members) == 0 {
		return nil
	}
	for _, name := range responseMembers {
		if value, there := members[name]; there {
			return wire.Raw(value)
		}
	}
	return wire.Raw(response)
}

// noText is what is wrong with an answer that is no text where one is asked for.
const noText = "A text is expected."

// textOf reads the answer to a text step: numbers and booleans are taken as they
// are written, nothing is the empty text. Objects and lists are no text.
func textOf(value wire.Raw) (text string, ok bool) {
	value = bytes.TrimSpace(value)
	if len(value) == 0 || bytes.Equal(value, []byte("null")) {
		return "", true
	}
	switch value[0] {
	case '{', '[':
		return "", false
	case '"':
		err := json.Unmarshal(value, &text)
		return text, err == nil
	}
	return string(value), true
}

// truth reads the answer to a confirm step: what JavaScript takes for true, but
// for words that say no.
func truth(value wire.Raw) bool {
	text, ok := textOf(value)
	if !ok {
		return true // an object or a list
	}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "0", "false", "no", "n":
		return false
	}
	return true
}

// textsOf reads the answer to a multiselect step. Nothing is none, and one text
// is a list of one.
func textsOf(value wire.Raw) (list []string, ok bool) {
	value = bytes.TrimSpace(value)
	if len(value) > 0 && value[0] == '[' {
		err := json.Unmarshal(value, &list)
		return list, err == nil
	}
	text, ok := textOf(value)
	if text != "" {
		list = []string{text}
	}
	return list, ok
}
