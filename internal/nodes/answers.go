package nodes

import "time"

// Bounds of what is kept for repeated calls.
const (
	answersFor  = 10 * time.Minute
	maxAnswers  = 1000
	maxAnswered = 16 << 20 // bytes
)

// answers are the calls with a key: those that wait, and for a while those that
// their node has answered. A node that keeps to the protocol knows the key as
// well, so that a repeat after a restart of the gateway is not carried out twice
// either.
type answers struct {
	calls map[string]*call // by key
	kept  []kept           // those that ended, oldest first
	bytes int
}

type kept struct {
	call *call
	at   time.Time
}

func newAnswers() answers { return answers{calls: map[string]*call{}} }

func (a *answers) find(key string, now time.Time) *call {
	a.prune(now)
	return a.calls[key]
}

func (a *answers) begin(k *call) { a.calls[k.key] = k }

// end keeps a call that was answered, and forgets one that was not: its repeat
// is to try again.
func (a *answers) end(k *call, now time.Time) {
	if !k.outcome.answered {
		delete(a.calls, k.key)
		return
	}
	a.kept = append(a.kept, kept{k, now})
	a.bytes += k.size()
	a.prune(now)
}

func (a *answers) prune(now time.Time) {
	n := 0
	for n < len(a.kept) && (now.Sub(a.kept[n].at) > answersFor || len(a.kept)-n > maxAnswers || a.bytes > maxAnswered) {
		k := a.kept[n].call
		a.bytes -= k.size()
		delete(a.calls, k.key)
		n++
	}
	if n > 0 {
		a.kept = append([]kept(nil), a.kept[n:]...)
	}
}

// size is what keeping a call takes, roughly.
func (k *call) size() int {
	n := 512 + len(k.key) + len(k.command)
	if a := k.outcome.answer; a != nil {
		n += len(a.Payload) + len(a.Text)
	}
	return n
}
