package reference

import (
	"strconv"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// sequences shows on sites how a connection is opened in each dialect, and what
// goes over it then, as sequences of messages, a line each.
func (pg *page) sequences() {
	if !pg.split {
		return
	}
	connect, hello := pg.typeName(pg.p.Frame(ir.FrameConnect).Type), pg.typeName(pg.p.Frame(ir.FrameHello).Type)
	for _, d := range pg.p.Dialects {
		pg.heading(3, "Opening a connection in the "+code(d.Name)+" dialect")
		request, answer := connect, hello
		if d != pg.p.Canonical() {
			request, answer = "request with "+connect+" as params", "response with "+hello+" as payload"
		}
		pg.fence("sequence", "client -> server: WebSocket upgrade\n"+
			"client -> server: "+request+"\n"+
			"note server: checks version, credentials, role and scopes\n"+
			"server --> client: "+answer+", or an error and the end of the connection")
	}
	pg.heading(3, "Calls and events")
	pg.fence("sequence", "client -> server: request, id "+strconv.Quote(exampleID)+"\n"+
		"note server: checks frame, role, scope, method and params\n"+
		"server --> client: response, id "+strconv.Quote(exampleID)+"\n"+
		"server -> client: event, whenever there is something to tell")
}
