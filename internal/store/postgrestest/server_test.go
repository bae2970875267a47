package postgrestest

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { Main(m, 1) }

func TestEachDatabaseIsNew(t *testing.T) {
	for range 2 {
		conn, err := pgx.Connect(t.Context(), URL(t))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(t.Context()) }()
		if _, err := conn.Exec(t.Context(), "CREATE TABLE mine (x INT)"); err != nil {
			t.Error(err)
		}
	}
}
