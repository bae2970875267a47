package doctor

import (
	"fmt"
	"time"
)

// clock looks whether the time can be right: signatures of devices and
// certificates depend on it, and so do scheduled jobs.
func (x *examination) clock() {
	const check = "clock"
	now := x.Now()
	if !x.Built.IsZero() && now.Before(x.Built.Add(-24*time.Hour)) {
		x.say(check, Wrong, fmt.Sprintf("it is %s by the clock, and this program was made on %s", now.Format(time.DateTime), x.Built.Format(time.DateOnly)),
			"set the clock, and let the system keep it: timedatectl set-ntp true")
		return
	}
	synchronised, known := clockSynchronised()
	if known && !synchronised {
		x.say(check, Doubt, "the system does not know whether the clock is right", "let it keep the time: timedatectl set-ntp true; a virtual machine may have it from its host, then all is well")
		return
	}
	x.say(check, OK, now.Format(time.RFC3339), "")
}
