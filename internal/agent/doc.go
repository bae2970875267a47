// Package agent runs the assistant: it takes messages, asks language models,
// lets them use tools, and tells everybody of what happens. It serves the
// method group of that name; other groups start runs through Start.
//
// A run is a row from the moment it is accepted, and the message that started
// it is in that row until it stands in the session's transcript: whatever
// happens to the process, the message is answered, or its run ends in an error
// that people see.
//
// Runs of one session go one after the other, in the order in which they were
// accepted; those of different sessions at the same time, as far as their lane
// allows. A message that arrives during a run therefore waits and is answered
// after it: it is neither merged into that run nor lost.
//
// The state of a run between two questions to a model is the transcript: what
// the model said is committed before its tools are called, and what each tool
// gave before the next is. So a run that was interrupted goes on from there.
package agent
