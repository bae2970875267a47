package channels

import (
	"net/http"
	"strings"
)

// HTTPPath is below what services reach accounts: /channels/<channel>/<account>.
const HTTPPath = "/channels/"

// maxBody bounds what a service may send at once.
const maxBody = 1 << 20

// ServeHTTP hands requests of services to the accounts that they are for.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	channel, account, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, HTTPPath), "/")
	m := s.member(channel, account)
	var receiver Receiver
	if m != nil && ok {
		receiver, _ = m.account.(Receiver)
	}
	if receiver == nil {
		http.Error(w, "no account of a channel takes requests here", http.StatusNotFound)
		return
	}
	m.mu.Lock()
	in := m.inbox
	m.mu.Unlock()
	if in == nil {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "the account is not running", http.StatusServiceUnavailable)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	receiver.ServeChannel(w, r, in)
}
