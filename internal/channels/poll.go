package channels

import (
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// Poll puts a question through a channel.
func (s *Service) Poll(_ context.Context, p *protocol.PollParams) (*protocol.PollResult, error) {
	k, known := find(string(p.Channel.V))
	if !known || !k.polls {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "unsupported poll channel: %s", p.Channel.V)
	}
	if err := checkPoll(p); err != nil {
		return nil, err
	}
	return nil, k.notLinked(p.AccountID.V)
}

// checkPoll finds what no channel would take.
func checkPoll(p *protocol.PollParams) error {
	options := 0
	for _, o := range p.Options {
		if strings.TrimSpace(o) != "" {
			options++
		}
	}
	fault := ""
	switch {
	case strings.TrimSpace(p.Question) == "":
		fault = "Poll question is required"
	case options < 2:
		fault = "Poll requires at least 2 options"
	case p.MaxSelections.V > int64(options):
		fault = "maxSelections cannot exceed option count"
	default:
		return nil
	}
	e := protocol.Errorf(protocol.CodeUnavailable, "Error: %s", fault)
	e.Final = true
	return e
}
