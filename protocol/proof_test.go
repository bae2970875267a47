package protocol_test

import (
	"os"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/proof"
)

//go:generate go run ../tools/registry -schema ../schema -out types_registry_test.go

// subject is this package, to be held to the schema files it was made from.
var subject = proof.Subject{
	Folder:     os.DirFS("../schema"),
	Types:      registered,
	Shapes:     protocol.Shapes,
	MaxDepth:   protocol.MaxDepth,
	Hash:       protocol.SchemaHash,
	Exceptions: []string{"date-time in lower case", "leap second", "offset of a day", "date alone", "hour of one digit", "UUID in capitals", "backslash in a URI", "bracket in a host"},
}

func TestRegistry(t *testing.T)     { proof.Registry(t, &subject) }
func TestShapes(t *testing.T)       { proof.Shapes(t, &subject) }
func TestDrift(t *testing.T)        { proof.Drift(t, &subject) }
func TestSound(t *testing.T)        { proof.Sound(t, &subject) }
func TestVerdicts(t *testing.T)     { proof.Verdicts(t, &subject) }
func TestExplanations(t *testing.T) { proof.Explanations(t, &subject) }
func TestFaults(t *testing.T)       { proof.Faults(t, &subject) }
func TestLeniency(t *testing.T)     { proof.Leniency(t, &subject) }
func TestRoundTrips(t *testing.T)   { proof.RoundTrips(t, &subject) }
func TestClones(t *testing.T)       { proof.Clones(t, &subject) }
func TestValues(t *testing.T)       { proof.Values(t, &subject) }

func TestResults(t *testing.T) {
	proof.Results(t, &subject, func(method string, data []byte, mode wire.Mode) error {
		id, _ := protocol.LookupMethod(method)
		_, err := protocol.DecodeAliasResult(id, data, mode)
		return err
	})
}
