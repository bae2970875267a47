package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// advisoryLock is the key of the lock that the gateway's writer holds on its
// PostgreSQL database: "gatesmit" in ASCII.
const advisoryLock int64 = 0x67617465736d6974

// openPostgres connects. The lock belongs to the very connection that writes:
// whoever has lost it, by a restart of the server or a broken network, can't
// write any more either until the lock was taken again.
func (s *Store) openPostgres(ctx context.Context, url string, migrations fs.FS) error {
	config, err := postgresConfig(url)
	if err != nil {
		return err
	}
	s.where = wherePostgres(config)

	s.writeDB = stdlib.OpenDB(*config, stdlib.OptionAfterConnect(s.prepareWriter))
	s.writeDB.SetMaxOpenConns(1)
	before, err := readSchema(ctx, s.writeDB, PostgreSQL)
	if err != nil {
		return err
	}
	if err := s.migrate(ctx, before, migrations); err != nil {
		return err
	}

	readers := config.Copy()
	readers.RuntimeParams["default_transaction_read_only"] = "on"
	s.readDB = stdlib.OpenDB(*readers)
	s.readDB.SetMaxOpenConns(8)
	s.readDB.SetMaxIdleConns(4)
	s.readDB.SetConnMaxIdleTime(5 * time.Minute)
	return nil
}

func wherePostgres(config *pgx.ConnConfig) string {
	return fmt.Sprintf("the PostgreSQL database %s at %s:%d", config.Database, config.Host, config.Port)
}

// postgresConfig adds to the URL what it doesn't say itself.
func postgresConfig(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// The library takes the password out of its message.
		return nil, fmt.Errorf("store: the database URL is not understood: %w: want postgres://user:password@host:5432/name", err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	for name, value := range map[string]string{
		"application_name": applicationName(),
		// The server notices within a minute that a gateway has gone
		// without a word, and frees its lock.
		"tcp_keepalives_idle":     "30",
		"tcp_keepalives_interval": "10",
		"tcp_keepalives_count":    "3",
	} {
		if config.RuntimeParams[name] == "" {
			config.RuntimeParams[name] = value
		}
	}
	return config, nil
}

func applicationName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("gatesmith gateway, process %d on %.30s", os.Getpid(), host)
}

// prepareWriter is run on each new connection that is to write.
func (s *Store) prepareWriter(ctx context.Context, conn *pgx.Conn) error {
	err := s.takeDatabase(ctx, conn)
	if err != nil {
		// The library leaves it open, and with it the lock.
		closing, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(closing)
	}
	return err
}

func (s *Store) takeDatabase(ctx context.Context, conn *pgx.Conn) error {
	for attempt := 0; ; attempt++ {
		var locked bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, advisoryLock).Scan(&locked); err != nil {
			return err
		}
		if locked {
			break
		}
		// The server may need a moment to see that the one before is gone.
		if attempt == 5 {
			return s.lockedPostgres(ctx, conn)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var encoding string
	if err := conn.QueryRow(ctx, `SHOW server_encoding`).Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return explained{fmt.Errorf("%s has the encoding %s: make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0", s.where, encoding)}
	}
	// A server that answers before it has written would make a saved write a
	// lie. Stronger settings than on, for standbys, stay.
	_, err := conn.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', false)
		WHERE current_setting('synchronous_commit') = 'off'`)
	return err
}

func (s *Store) lockedPostgres(ctx context.Context, conn *pgx.Conn) error {
	locked := &LockedError{Where: s.where, Holder: "another gateway",
		Advice: "stop that gateway first, or give this one a database of its own"}
	var name, address string
	var pid int32
	var since time.Time
	err := conn.QueryRow(ctx, `SELECT COALESCE(a.application_name, ''), COALESCE(host(a.client_addr), 'local socket'),
			a.pid, COALESCE(a.backend_start, now())
		FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
			AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND l.classid::bigint = $1 AND l.objid::bigint = $2`,
		advisoryLock>>32, advisoryLock&0xffffffff).Scan(&name, &address, &pid, &since)
	switch {
	case err == nil:
		locked.Holder = fmt.Sprintf("%q (server process %d, connected from %s since %s)",
			name, pid, address, since.UTC().Format(time.RFC3339))
	case !errors.Is(err, pgx.ErrNoRows): // gone since: then it is simply named less well
		return err
	}
	return locked
}
