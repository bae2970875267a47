// Package load puts a gateway under load and measures it: requests, events to
// many clients, and idle connections. The clients are as cheap as they can be
// made, so that it is the gateway that is measured. Only gateways on this
// machine are loaded.
package load
