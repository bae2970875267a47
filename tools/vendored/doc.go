// Package vendored builds the clients that gatesmith vendor writes, outside this
// repository, and runs them against a real gateway. It has tests only.
package vendored
