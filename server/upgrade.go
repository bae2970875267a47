package server

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
)

// Messages are read and written past the library's buffers, so large ones would
// only cost memory. Writing has to hold the largest control frame.
const (
	readSize  = 1 << 10
	writeSize = 160
)

// hijackWriter hands the library a socket whose writes can be shared, and
// small buffers.
type hijackWriter struct {
	http.ResponseWriter
	link   *link
	reader *bufio.Reader
}

// Hijack takes the connection over from net/http. Bytes that came right behind
// the request are read again from the link.
func (w *hijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	raw, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, _ := rw.Reader.Peek(rw.Reader.Buffered())
	w.link = newLink(raw, bytes.Clone(early))
	w.reader = bufio.NewReaderSize(w.link, readSize)
	return w.link, bufio.NewReadWriter(w.reader, bufio.NewWriterSize(w.link, writeSize)), nil
}
