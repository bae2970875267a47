// Package regenerate changes the schema in a copy of this repository and sees
// that one go generate brings everything in line. It has tests only.
package regenerate
