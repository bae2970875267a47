package usage

import "github.com/gatesmith/gatesmith/protocol"

// costs are sums that were made before.
type costs struct {
	result *protocol.UsageCostResult
}
