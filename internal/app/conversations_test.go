package app_test

import (
	"testing"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func TestConversationsAreServed(t *testing.T) {
	dir := t.TempDir()
	_, url := gateway(t, dir, nil)
	c, err := client.Dial(t.Context(), url, client.Options{TokenFile: app.TokenPath(dir)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.SessionsPatch(t.Context(), &protocol.SessionsPatchParams{Key: "main", Label: wire.SomeOrNull("Home")}); err != nil {
		t.Fatal(err)
	}
	list, err := c.SessionsList(t.Context(), &protocol.SessionsListParams{})
	if err != nil || list.Count != 1 || list.Sessions[0].Key != "agent:main:main" || list.Sessions[0].Label.V != "Home" {
		t.Errorf("%v %+v", err, list)
	}
	history, err := c.ChatHistory(t.Context(), &protocol.ChatHistoryParams{SessionKey: "main"})
	if err != nil || history.SessionID.V != list.Sessions[0].SessionID.V || len(history.Messages) != 0 {
		t.Errorf("%v %+v", err, history)
	}
	if cost, err := c.UsageCost(t.Context(), &protocol.UsageCostParams{}); err != nil || cost.Days != 30 {
		t.Errorf("%v %+v", err, cost)
	}
}
