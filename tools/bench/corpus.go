// Package bench compares the generated decoders and encoders, and the
// generator, with what else could do their work. The messages are in
// testdata/corpus; corpus.json says what each is and how to break it.
//
//	go test -bench . ./tools/bench/...   # one run, all Go pipelines
//	go run ./tools/bench/report          # all, with Node, as a table of ratios
package bench

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed testdata
var testdata embed.FS

// Message is one message of the corpus.
type Message struct {
	Name       string `json:"name"`
	Frame      bool   `json:"frame"`      // a whole request; else a value of its own
	Definition string `json:"definition"` // of the value or the params, in the draft-07 bundle
	Schema     string `json:"schema"`     // the same in the schema folder, with a pointer
	Break      struct {
		Find string `json:"find"`
		Put  string `json:"put"`
	} `json:"break"`

	Good, Bad []byte `json:"-"`
}

// Corpus loads all messages.
func Corpus() ([]*Message, error) {
	index, err := testdata.ReadFile("testdata/corpus.json")
	if err != nil {
		return nil, err
	}
	var list []*Message
	if err := json.Unmarshal(index, &list); err != nil {
		return nil, err
	}
	for _, m := range list {
		if m.Good, err = testdata.ReadFile("testdata/corpus/" + m.Name + ".json"); err != nil {
			return nil, err
		}
		good := string(m.Good)
		if strings.Count(good, m.Break.Find) != 1 {
			return nil, fmt.Errorf("%s: %q is there %d times", m.Name, m.Break.Find, strings.Count(good, m.Break.Find))
		}
		m.Bad = []byte(strings.Replace(good, m.Break.Find, m.Break.Put, 1))
	}
	return list, nil
}
