package store

// Engine is the kind of database below.
type Engine int

// The engines.
const (
	SQLite Engine = iota + 1
	PostgreSQL
)

// String gives the engine's name.
func (e Engine) String() string { return e.Pick("SQLite", "PostgreSQL") }

// Pick gives the query for this engine, where one text does not do for both.
func (e Engine) Pick(sqlite, postgres string) string {
	if e == PostgreSQL {
		return postgres
	}
	return sqlite
}

// goose's name of the engine's dialect, and of our folder of its migrations.
func (e Engine) dialect() (name, folder string) {
	if e == PostgreSQL {
		return "postgres", "postgres"
	}
	return "sqlite3", "sqlite"
}
