// Package server runs the protocol over WebSocket: upgrade, both handshakes,
// access checks, dispatch to generated handlers, events with backpressure, and
// an orderly end. It knows no service: handlers implement the generated
// interfaces, and who may connect is an Admitter's to say.
//
//	srv := server.New(server.Options{Handlers: h, Admit: a})
//	http.Handle("/", srv)
//	…
//	srv.Shutdown(ctx, "gateway stopping", 0)
package server
