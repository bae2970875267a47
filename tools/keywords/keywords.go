// Package keywords is generated from a schema that says every keyword of the
// dialect in every place where it may stand. No program uses it: it is there to
// be proven against its schema, for what the real protocol happens not to say.
package keywords

//go:generate go run ./generate
//go:generate go run ../registry -schema schema -import github.com/gatesmith/gatesmith/tools/keywords -out types_registry_test.go
