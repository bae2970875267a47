// Package exports checks the AsyncAPI and OpenRPC descriptions with what those
// formats publish: their JSON Schemas, by a validator that is not ours. It has
// tests only. They need node, and npm to get the schemas once.
package exports
