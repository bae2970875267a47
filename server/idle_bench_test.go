//go:build unix

package server_test

import (
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/gatesmith/gatesmith/server"
)

// BenchmarkIdle tells what a connection takes that was let in and does nothing.
func BenchmarkIdle(b *testing.B) {
	const n = 2000
	for b.Loop() {
		s := server.New(server.Options{Admit: server.AdmitFunc(admin)})
		h := httptest.NewServer(s)
		startReceivers(b, 100, h.Listener.Addr().String(), true).stop(b) // for what is made once
		before := inUse()
		r := startReceivers(b, n, h.Listener.Addr().String(), true)
		after := inUse()
		b.ReportMetric(float64(after.HeapInuse-before.HeapInuse)/n, "heap-B/conn")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "live-B/conn")
		b.ReportMetric(float64(after.StackInuse-before.StackInuse)/n, "stack-B/conn")
		r.stop(b)
		s.Shutdown(b.Context(), "", 0)
		h.Close()
	}
}

func inUse() (m runtime.MemStats) {
	// Stacks shrink by half with each collection.
	for range 4 {
		runtime.GC()
	}
	debug.FreeOSMemory()
	runtime.ReadMemStats(&m)
	return m
}
