package cron

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/cron/schedule"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// maxJobs bounds how many jobs there are.
const maxJobs = 10_000

func (s *Service) scheduleOf(j *protocol.CronJob) (*schedule.Schedule, error) {
	return schedule.New(j.Schedule, s.o.Local)
}

func invalid(format string, args ...any) error {
	return protocol.Errorf(protocol.CodeInvalidRequest, format, args...)
}

func unknown(id string) error {
	return protocol.Errorf(protocol.CodeUnavailable, "Error: unknown cron job id: %s", clip(id, 80))
}

// check refuses jobs that make no sense, and says why.
func (s *Service) check(j *protocol.CronJob) (*schedule.Schedule, error) {
	if j.Name = strings.TrimSpace(j.Name); j.Name == "" {
		return nil, invalid("name is blank: give the job a name")
	}
	if _, note := j.Payload.(*protocol.CronPayloadSystemEvent); note && j.SessionTarget == protocol.CronSessionTargetIsolated {
		return nil, invalid(`Error: isolated cron jobs require payload.kind="agentTurn"`)
	}
	sched, err := s.scheduleOf(j)
	var wrong *schedule.Error
	if errors.As(err, &wrong) {
		return nil, invalid("%s", wrong)
	}
	return sched, err
}

// plan computes when a job that was added or changed runs next.
func plan(j *protocol.CronJob, sched *schedule.Schedule, now time.Time) {
	j.State.NextRunAtMs = wire.Opt[int64]{}
	if !j.Enabled {
		j.State.RunningAtMs = wire.Opt[int64]{}
		return
	}
	if next, comes := sched.First(now); comes {
		j.State.NextRunAtMs = wire.Some(next.UnixMilli())
	}
}

// idOf is the job that params name, under either of their names.
func idOf(id, alias wire.Opt[string]) string {
	if id.Set {
		return strings.Clone(id.V)
	}
	return strings.Clone(alias.V)
}

func newID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
