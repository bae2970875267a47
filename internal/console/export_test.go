package console

// The console of systems without peer credentials, for tests on all systems.
var (
	ListenLoopback = listenLoopback
	DialLoopback   = dialLoopback
)
