// Package cron runs jobs when they are due, and serves the method group of that
// name.
//
// A job is a row, and so is each of its runs: the row is there before the run
// begins, and there can be one only for each time at which a job is due. So
// nothing runs twice, whatever the clock does and whenever the process ends; and
// a run that was interrupted is found by the next process, which takes it up
// where it was, under the same name.
//
// A job never runs beside itself: its next time is computed when a run has
// ended. What was due while nothing could run is done once, late, or left out,
// as the job says.
package cron
