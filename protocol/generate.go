package protocol

// This file is written by hand, as the tests are; the rest of the package comes
// from the schema folder. The line below regenerates all that does.

//go:generate go run ../cmd/gatesmith generate
