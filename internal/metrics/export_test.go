package metrics

// Catalogue lists the names in full, with their labels.
func Catalogue() map[string][]string {
	all := map[string][]string{}
	for _, m := range []metric{buildInfo, connections, connectionsTotal, handshakesRefused, authFailures, requestsTotal, requestDuration, requestsInFlight,
		eventsTotal, eventDeliveriesTotal, eventsDroppedTotal, slowConsumersTotal, queueBytes} {
		all[namespace+"_"+m.name] = append([]string(nil), m.labels...)
	}
	return all
}
