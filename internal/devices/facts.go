package devices

import "encoding/json"

// Facts are what a node says of itself when it asks to be paired or connects.
type Facts struct {
	Version         string          `json:"version,omitempty"`
	CoreVersion     string          `json:"coreVersion,omitempty"`
	UIVersion       string          `json:"uiVersion,omitempty"`
	DeviceFamily    string          `json:"deviceFamily,omitempty"`
	ModelIdentifier string          `json:"modelIdentifier,omitempty"`
	Caps            []string        `json:"caps,omitempty"`
	Commands        []string        `json:"commands,omitempty"`
	Permissions     map[string]bool `json:"permissions,omitempty"`
}

// maxFacts bounds what is kept of a node that asks, in bytes.
const maxFacts = 32 << 10

// text is how facts are kept; "" when there are none.
func (f Facts) text() string {
	b, _ := json.Marshal(f) // plain values always encode
	if string(b) == "{}" {
		return ""
	}
	return string(b)
}

func (f Facts) empty() bool { return f.text() == "" }

func facts(text string) (f Facts) {
	_ = json.Unmarshal([]byte(text), &f) // written by text above
	return f
}
