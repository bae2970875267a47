// Judge says what package wire finds wrong with JSON texts. Implementations in
// other languages are compared with it beyond the vectors: with texts that were
// damaged by chance, and issue by issue.
//
//	go run ./tools/judge -schema schema <questions >answers
//
// A question is a line of JSON: the type, the mode, and the text in base64,
// since not all that may come is UTF-8. The answer is a line with the issues.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/shape"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

func main() {
	folder := flag.String("schema", "schema", "schema folder")
	flag.Parse()
	s, err := oracle.Load(os.DirFS(*folder))
	if err == nil {
		err = newJudge(s).answer(os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

type question struct {
	Type string `json:"type"`
	Mode string `json:"mode"`
	Text []byte `json:"base64"`
}

type answer struct {
	Issues wire.Issues `json:"issues"`
}

type judge struct {
	shapes   *shape.Table
	maxDepth int
	types    map[string]*ir.Type
}

func newJudge(s *oracle.Schema) *judge {
	j := &judge{shape.Build(s.Model), s.Model.Limits.MaxDepth, map[string]*ir.Type{}}
	for _, t := range s.Types() {
		j.types[s.Name(t)] = t
	}
	return j
}

var modes = map[string]wire.Mode{"strict": wire.Strict, "lenient": wire.Lenient}

func (j *judge) answer(in io.Reader, out io.Writer) error {
	questions := json.NewDecoder(in)
	w := bufio.NewWriter(out)
	answers := json.NewEncoder(w)
	for {
		var q question
		if err := questions.Decode(&q); err == io.EOF {
			return w.Flush()
		} else if err != nil {
			return err
		}
		t, known := j.types[q.Type]
		mode, isMode := modes[q.Mode]
		if !known || !isMode {
			return fmt.Errorf("there is no type %q, or no mode %q", q.Type, q.Mode)
		}
		issues := wire.Explain(q.Text, mode, j.maxDepth, j.shapes.Shapes, wire.Place{Shape: j.shapes.ID(t)})
		if issues == nil {
			issues = wire.Issues{}
		}
		if err := answers.Encode(answer{issues}); err != nil {
			return err
		}
	}
}
