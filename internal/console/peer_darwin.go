package console

import (
	"net"

	"golang.org/x/sys/unix"
)

// maxPath is what fits into sockaddr_un beside the final zero.
const maxPath = 103

// peerUID asks the kernel which user connected.
func peerUID(c *net.UnixConn) (uid uint32, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Xucred
	var fault error
	err = raw.Control(func(fd uintptr) { cred, fault = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED) })
	if err == nil {
		err = fault
	}
	if err != nil {
		return 0, err
	}
	return cred.Uid, nil
}
