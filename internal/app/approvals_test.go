package app_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// heardQuestions collects the commands that a client is told of.
type heardQuestions struct {
	mu  sync.Mutex
	all []*protocol.ExecApprovalRequested
}

// hears connects a client with scopes, and gives what it was told of before it
// was answered anything.
func hears(t *testing.T, dir, url string, scopes ...string) (*client.Client, func() []string) {
	t.Helper()
	var h heardQuestions
	c := connect(t, dir, url, client.Options{Scopes: scopes}, func(c *client.Client) {
		c.OnExecApprovalRequested(func(e *protocol.ExecApprovalRequested) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.all = append(h.all, e)
		})
	})
	return c, func() (ids []string) {
		_, _ = c.ExecApprovalResolve(t.Context(), &protocol.ExecApprovalResolveParams{ID: "none", Decision: "none"}) // any answer will do
		if err := c.Heard(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, e := range h.all {
			ids = append(ids, e.ID)
		}
		return ids
	}
}

// What waits is there for whoever connects later, also after a restart, if he may
// decide; and who asked can come back for the decision.
func TestWhatWaitsSurvives(t *testing.T) {
	dir := t.TempDir()
	g, url := gateway(t, dir, nil)
	asker, _ := hears(t, dir, url)
	features := asker.Hello().Features
	for _, method := range []string{"exec.approvals.get", "exec.approvals.set", "exec.approvals.node.get", "exec.approvals.node.set", "exec.approval.request",
		"exec.approval.resolve", "voicewake.get", "voicewake.set", "talk.mode"} {
		if !slices.Contains(features.Methods, method) {
			t.Errorf("%s is not offered", method)
		}
	}
	question := &protocol.ExecApprovalRequestParams{ID: wire.Some("ap-1"), Command: "uname -a", TimeoutMs: wire.Some(time.Hour.Milliseconds())}
	lost := make(chan error, 1)
	go func() {
		_, err := asker.ExecApprovalRequest(t.Context(), question)
		lost <- err
	}()
	_, early := hears(t, dir, url, "operator.approvals")
	for !slices.Equal(early(), []string{"ap-1"}) {
		if t.Context().Err() != nil {
			t.Fatal("nobody is asked")
		}
	}
	apptest.Stop(t, g)
	if err := <-lost; err == nil {
		t.Error("who asked was answered")
	}

	_, url = gateway(t, dir, nil)
	_, reads := hears(t, dir, url, "operator.read", "operator.write")
	if ids := reads(); len(ids) != 0 {
		t.Errorf("somebody who may not decide sees %v", ids)
	}
	decider, sees := hears(t, dir, url, "operator.approvals")
	if ids := sees(); !slices.Equal(ids, []string{"ap-1"}) {
		t.Errorf("after the restart %v waits", ids)
	}
	if _, err := decider.ExecApprovalResolve(t.Context(), &protocol.ExecApprovalResolveParams{ID: "ap-1", Decision: "allow-once"}); err != nil {
		t.Fatal(err)
	}
	again, _ := hears(t, dir, url)
	answer, err := again.ExecApprovalRequest(t.Context(), question)
	if err != nil || answer.Decision.V != protocol.ExecDecisionAllowOnce {
		t.Fatalf("%+v, %v", answer, err)
	}
	// The decision was given; to ask again is a new question.
	question.TimeoutMs = wire.Some(int64(1))
	if answer, err = again.ExecApprovalRequest(t.Context(), question); err != nil || answer.Decision.Valid {
		t.Errorf("%+v, %v", answer, err)
	}
}

// Wake words are told to everybody, and kept.
func TestVoice(t *testing.T) {
	dir := t.TempDir()
	g, url := gateway(t, dir, nil)
	heard := make(chan string, 10)
	c := connect(t, dir, url, client.Options{}, func(c *client.Client) {
		c.OnVoicewakeChanged(func(e *protocol.VoicewakeTriggers) { heard <- strings.Join(e.Triggers, " ") })
		c.OnTalkMode(func(e *protocol.TalkModeState) { heard <- "talk " + e.Phase.V })
	})
	if _, err := c.VoicewakeSet(t.Context(), &protocol.VoicewakeSetParams{Triggers: []string{"hey", "computer"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.TalkMode(t.Context(), &protocol.TalkModeParams{Enabled: true, Phase: wire.Some("listening")}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"hey computer", "talk listening"} {
		if got := <-heard; got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
	}
	apptest.Stop(t, g)
	_, url = gateway(t, dir, nil)
	words, err := connect(t, dir, url, client.Options{}).VoicewakeGet(context.Background(), nil)
	if err != nil || !slices.Equal(words.Triggers, []string{"hey", "computer"}) {
		t.Errorf("%v, %v", words, err)
	}
}
