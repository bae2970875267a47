package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/protocol"
)

// approvals looks at the files that say which programs may run: the gateway's, and
// that of a node on this machine.
func (x *examination) approvals() {
	const check = "approvals"
	for _, folder := range []string{x.State.Path, filepath.Join(x.State.Path, "node")} {
		path := filepath.Join(folder, policy.FileName)
		info, err := os.Stat(path)
		if err != nil {
			continue // without a file, nothing runs
		}
		rules, err := policy.Open(path).Rules(policy.DefaultAgent)
		switch {
		case err != nil:
			x.say(check, Wrong, err.Error(), "correct it, or remove it: then nothing runs until somebody allows it")
		case runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0:
			x.say(check, Wrong, fmt.Sprintf("others can change %s (%04o)", path, info.Mode().Perm()), "chmod 600 "+path+", and look at what it says")
		case rules.Security == protocol.ExecSecurityFull && rules.Ask == protocol.ExecAskOff:
			x.say(check, Doubt, path+" lets the agent main run everything, and nobody is asked", "gateway approvals list shows it; security allowlist has people asked")
		default:
			x.say(check, OK, path, "")
		}
	}
}
