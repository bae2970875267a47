package server

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
)

// bufferSize is enough for the library's own frames; messages are read and
// written past these buffers, so larger ones would only cost memory.
const bufferSize = 1 << 10

// hijackWriter hands the library a socket whose writes can be shared, and
// small buffers.
type hijackWriter struct {
	http.ResponseWriter
	link *link
}

// Hijack takes the connection over from net/http. Bytes that came right behind
// the request are read again from the link.
func (w *hijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	raw, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, _ := rw.Reader.Peek(rw.Reader.Buffered())
	w.link = &link{Conn: raw, early: bytes.Clone(early)}
	return w.link, bufio.NewReadWriter(bufio.NewReaderSize(w.link, bufferSize), bufio.NewWriterSize(w.link, bufferSize)), nil
}
