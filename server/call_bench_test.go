package server_test

import (
	"fmt"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// BenchmarkCall makes requests on one connection, one at a time and with many
// on the way.
func BenchmarkCall(b *testing.B) {
	for _, depth := range []int{1, 32} {
		b.Run(fmt.Sprintf("depth=%d", depth), func(b *testing.B) {
			s := server.New(server.Options{Admit: server.AdmitFunc(admin), Handlers: &protocol.Handlers{Voice: voice{}}})
			h := httptest.NewServer(s)
			defer h.Close()
			defer s.Shutdown(b.Context(), "", 0)
			c, err := net.Dial("tcp", h.Listener.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			f := upgrade(b, c, server.GuidePath)
			f.text(bare)
			f.want("hello-ok")
			var batch []byte
			for range depth {
				batch = append(batch, encode(fin|opText, []byte(get))...)
			}
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if n%depth != 0 {
					continue
				}
				f.write(batch)
				for range depth {
					if _, _, err := f.frame(); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
