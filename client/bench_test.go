package client_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/server"
)

// BenchmarkCall is a call and its answer over a loopback socket, both ends in
// one process: one caller after the other, and many at a time.
func BenchmarkCall(b *testing.B) {
	s := server.New(options(server.Options{}))
	h := httptest.NewServer(s)
	defer h.Close()
	defer s.Shutdown(context.Background(), "done", 0)
	c, err := client.Dial(b.Context(), h.URL, client.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close(context.Background())
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.VoicewakeGet(b.Context(), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("many", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := c.VoicewakeGet(b.Context(), nil); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}
