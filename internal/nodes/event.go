package nodes

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

const (
	// maxSaid is the longest text that a node may give an agent, in characters.
	maxSaid = 20_000
	// maxNoted is how much of a command and of its output an agent is told.
	maxNoted = 400
)

// happening is what belongs to an event of a node, whichever that is.
type happening struct {
	SessionKey     string
	Text           string
	Message        string
	Thinking       string
	Deliver        bool
	To             string
	Channel        string
	TimeoutSeconds float64
	RunID          string `json:"runId"`
	Command        string
	ExitCode       *float64
	TimedOut       bool
	Output         string
	Reason         string
}

// NodeEvent takes an event of a node. What is not understood is ignored, since
// nodes are of many ages.
func (s *Service) NodeEvent(ctx context.Context, p *protocol.NodeEventParams) (*protocol.NodeEventResult, error) {
	peer := server.PeerFrom(ctx)
	var h happening
	if peer == nil || !read(p, &h) {
		return &protocol.NodeEventResult{}, nil
	}
	var err error
	switch p.Event {
	case protocol.NodeEventParamsEventChatSubscribe:
		s.subscribe(peer, h.SessionKey)
	case protocol.NodeEventParamsEventChatUnsubscribe:
		s.unsubscribe(peer, h.SessionKey)
	case protocol.NodeEventParamsEventVoiceTranscript:
		err = s.begin(ctx, Turn{RunID: "voice-" + newID(), Node: peer.Name(), Session: h.SessionKey, Message: h.Text, Thinking: "low"})
	case protocol.NodeEventParamsEventAgentRequest:
		err = s.begin(ctx, h.turn(peer))
	case protocol.NodeEventParamsEventExecStarted, protocol.NodeEventParamsEventExecFinished, protocol.NodeEventParamsEventExecDenied:
		if text := h.note(string(p.Event), peer.Node()); text != "" {
			s.o.Notes.Note(ctx, h.SessionKey, text)
		}
	}
	if err != nil {
		s.log.Warn("what a node asked of an agent was not begun", "node", peer.Node(), "event", string(p.Event), "error", err)
	}
	return &protocol.NodeEventResult{}, nil
}

// read takes the payload in memory of its own, and reports whether it could be
// read.
func read(p *protocol.NodeEventParams, h *happening) bool {
	data := []byte(p.Payload)
	if p.PayloadJSON.Set && !p.PayloadJSON.IsNil {
		data = []byte(p.PayloadJSON.V)
	}
	return len(data) == 0 || json.Unmarshal(data, h) == nil
}

func (s *Service) begin(ctx context.Context, t Turn) error {
	t.Session, t.Message = strings.TrimSpace(t.Session), strings.TrimSpace(t.Message)
	if t.Message == "" || utf8.RuneCountInString(t.Message) > maxSaid {
		return nil
	}
	return s.o.Turns.Begin(ctx, t)
}

func (h *happening) turn(peer *server.Peer) Turn {
	t := Turn{RunID: "node-" + newID(), Node: peer.Name(), Session: strings.TrimSpace(h.SessionKey), Message: h.Message, Thinking: h.Thinking, Deliver: h.Deliver,
		Channel: strings.ToLower(strings.TrimSpace(h.Channel)), To: strings.TrimSpace(h.To)}
	if t.Session == "" {
		t.Session = "node-" + peer.Node()
	}
	if h.TimeoutSeconds > 0 {
		t.Timeout = time.Duration(math.Min(h.TimeoutSeconds, maxTimeout.Seconds()) * float64(time.Second))
	}
	return t
}

// note tells an agent of a command on a node; "" when there is nothing to tell.
func (h *happening) note(event, node string) string {
	about := "node=" + node
	if h.RunID != "" {
		about += " id=" + clip(h.RunID)
	}
	command := clip(h.Command)
	switch event {
	case string(protocol.NodeEventParamsEventExecStarted):
		return joined(fmt.Sprintf("Exec started (%s)", about), ": ", command)
	case string(protocol.NodeEventParamsEventExecDenied):
		if h.Reason != "" {
			about += ", " + clip(h.Reason)
		}
		return joined(fmt.Sprintf("Exec denied (%s)", about), ": ", command)
	}
	how := "code ?"
	switch {
	case h.TimedOut:
		how = "timeout"
	case h.ExitCode != nil:
		how = "code " + strconv.FormatFloat(*h.ExitCode, 'f', -1, 64)
	}
	return joined(fmt.Sprintf("Exec finished (%s, %s)", about, how), "\n", clip(h.Output))
}

func joined(text, by, more string) string {
	if more == "" {
		return text
	}
	return text + by + more
}

// clip shortens what a node sent, and takes the ends of lines from it: a note
// must not look like several.
func clip(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxNoted {
		return string(runes[:maxNoted]) + "…"
	}
	return text
}
