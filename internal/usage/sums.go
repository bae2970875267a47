package usage

import (
	"context"
	"iter"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// counts are what answers took together. Sums are made of whole numbers, so
// that they are the same in any order.
type counts struct {
	input, output, cacheRead, cacheWrite int64
	nanos, unpriced                      int64
}

func (c *counts) add(d counts) {
	c.input += d.input
	c.output += d.output
	c.cacheRead += d.cacheRead
	c.cacheWrite += d.cacheWrite
	c.nanos += d.nanos
	c.unpriced += d.unpriced
}

func (c counts) tokens() int64 { return c.input + c.output + c.cacheRead + c.cacheWrite }

func (c counts) wire() protocol.UsageTotals {
	return protocol.UsageTotals{Input: c.input, Output: c.output, CacheRead: c.cacheRead, CacheWrite: c.cacheWrite,
		TotalTokens: c.tokens(), TotalCost: float64(c.nanos) / dollar, MissingCostEntries: c.unpriced}
}

// row is the sum of what has one name: a day, or provider and model.
type row struct {
	names [2]string
	counts
}

// dimension is what sums are made by. The texts are parts of a query.
type dimension struct{ columns, order string }

const mostTokens = `SUM(input + output + cache_read + cache_write) DESC, 1`

var (
	byDay     = dimension{`day, ''`, `1`}
	byModel   = dimension{`provider, model`, mostTokens + `, 2`}
	byAgent   = dimension{`agent_id, ''`, mostTokens}
	bySession = dimension{`session_key, ''`, mostTokens}
)

// sums adds up what was taken since a day, at most limit rows.
func sums(ctx context.Context, q store.Querier, since string, by dimension, limit int) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		rows, err := q.QueryContext(ctx, `SELECT `+by.columns+`, CAST(SUM(input) AS BIGINT), CAST(SUM(output) AS BIGINT),
			CAST(SUM(cache_read) AS BIGINT), CAST(SUM(cache_write) AS BIGINT), CAST(SUM(cost_nanos) AS BIGINT), CAST(SUM(unpriced) AS BIGINT)
			FROM usage WHERE day >= ? GROUP BY 1, 2 ORDER BY `+by.order+` LIMIT ?`, since, limit)
		if err != nil {
			yield(row{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			err := rows.Scan(&r.names[0], &r.names[1], &r.input, &r.output, &r.cacheRead, &r.cacheWrite, &r.nanos, &r.unpriced)
			if !yield(r, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(row{}, err)
		}
	}
}

// since gives the first of a number of days, today being the last.
func (s *Service) since(now time.Time, days int64) string {
	y, m, d := now.In(s.location).Date()
	return time.Date(y, m, d-int(days)+1, 12, 0, 0, 0, s.location).Format(time.DateOnly)
}
