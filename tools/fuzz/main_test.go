package main

import "testing"

func TestEndedByDeadline(t *testing.T) {
	for _, c := range []struct {
		what, out string
		want      bool
	}{
		{"the toolchain's own end", "fuzz: elapsed: 6s\n--- FAIL: FuzzX (5.55s)\n    context deadline exceeded\nFAIL\nexit status 1\nFAIL\tp\t5.553s\n", true},
		{"an input that fails", "--- FAIL: FuzzX (0.03s)\n    --- FAIL: FuzzX (0.00s)\n        x_test.go:9: wrong\n\n    Failing input written to testdata/fuzz/FuzzX/1\nFAIL\n", false},
		{"an input whose failure is a deadline", "--- FAIL: FuzzX (0.03s)\n    --- FAIL: FuzzX (0.00s)\n        x_test.go:9: context deadline exceeded\nFAIL\n", false},
		{"a deadline and more", "--- FAIL: FuzzX (0.03s)\n    context deadline exceeded\n    Failing input written to testdata/fuzz/FuzzX/1\nFAIL\n", false},
		{"no build", "p/x_test.go:3:1: expected declaration\nFAIL\tp [setup failed]\n", false},
		{"a success", "PASS\nok\n", false},
	} {
		if got := endedByDeadline([]byte(c.out)); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
