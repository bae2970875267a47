// Package wire is the small runtime that generated protocol code calls: a JSON
// reader that decodes and validates in one pass, helpers that append JSON, the
// types of optional and nullable members, and the explanation of what is wrong
// with a message that was refused. It uses the standard library only and knows
// no protocol.
//
// Reading has two passes. The first one is generated code over a Reader: it
// stops at the first thing that does not fit and says no more than that. Only
// a refused message sees the second one, Explain, which walks the text along
// the protocol's Shapes and lists up to MaxIssues issues with their places.
package wire

// Version1 ties generated code to this package: code of another generation
// refers to another constant and does not compile. If your build fails here,
// run the generator and the wire package of the same release.
const Version1 = true
