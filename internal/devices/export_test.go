package devices

import "time"

// SetClock has a service of a test go by another clock.
func (s *Service) SetClock(now func() time.Time) { s.now = now }
