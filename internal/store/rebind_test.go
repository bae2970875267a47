package store

import (
	"fmt"
	"testing"
)

func TestRebind(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{`SELECT 1`, `SELECT 1`},
		{`?`, `$1`},
		{`a = ? AND b IN (?, ?)`, `a = $1 AND b IN ($2, $3)`},
		{`a = ?2 AND b = ?1`, `a = $2 AND b = $1`},
		{`? ?? ?`, `$1 ? $2`},
		{`'?' = ?`, `'?' = $1`},
		{`'it''s ?' = ?`, `'it''s ?' = $1`},
		{`'\' = ? AND '?'`, `'\' = $1 AND '?'`},
		{`E'\'?' = ?`, `E'\'?' = $1`},
		{`fine'?' = ?`, `fine'?' = $1`},
		{`"a?""b?" = ?`, `"a?""b?" = $1`},
		{"? -- why?\n ?", "$1 -- why?\n $2"},
		{`? -- why?`, `$1 -- why?`},
		{`? /* ? /* ? */ ? */ ?`, `$1 /* ? /* ? */ ? */ $2`},
		{`? /* ?`, `$1 /* ?`},
		{`? - ? / ?`, `$1 - $2 / $3`},
		{`$$ ? $$ = ?`, `$$ ? $$ = $1`},
		{`$a$ ? $$ ? $a$ = ?`, `$a$ ? $$ ? $a$ = $1`},
		{`$1 = ?`, `$1 = $1`},
		{`a$b$ ? c$b$`, `a$b$ $1 c$b$`},
		{`$a$ ?`, `$a$ ?`},
		{`'?`, `'?`},
		{`ü = ?`, `ü = $1`},
		{`/`, `/`},
		{`?$`, `$1$`},
	} {
		if got := rebind(c.query); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.query, got, c.want)
		}
	}
}

func TestRebinderForgetsNothingAndIsBounded(t *testing.T) {
	var r rebinder
	for i := range maxRebound + 10 {
		query := fmt.Sprintf("SELECT %d, ?", i)
		for range 2 {
			if got, want := r.rebind(query), fmt.Sprintf("SELECT %d, $1", i); got != want {
				t.Fatalf("got %s", got)
			}
		}
	}
	if len(r.made) != maxRebound {
		t.Errorf("it remembers %d", len(r.made))
	}
}
