// Package store keeps the gateway's state: one SQL schema on SQLite, a file in
// the state folder and the default, or on PostgreSQL.
//
//	st, err := store.Open(ctx, store.Options{Dir: stateDir, Logger: log})
//	…
//	err = st.Write(ctx, func(tx *store.Tx) error {
//		_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES (?, ?)`, k, v)
//		return err
//	})
//	err = st.Read(ctx, func(q store.Querier) error {
//		return q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, k).Scan(&v)
//	})
//
// A Write that returned nil is on the disk. Writes from many goroutines share
// commits, so they are cheap together and never wait for one another's fsync
// one by one.
//
// SQL is written once, with ? for arguments, in the dialect that both engines
// have in common: INSERT … ON CONFLICT, RETURNING, row values, COALESCE. Times
// are milliseconds since 1970, JSON is text, and a text argument is a string,
// never a []byte. Where the engines differ, Engine.Pick chooses.
//
// One process at a time has a state folder, and one a PostgreSQL database; Open
// refuses a second one and names the first.
//
// The package knows its own tables meta and idempotency. All others belong to
// the services, which bring their SQL; only the migrations are kept here.
package store
