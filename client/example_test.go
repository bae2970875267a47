package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// gateway stands for the real one, at ws://127.0.0.1:18789.
func gateway() (address string, s *server.Server, stop func()) {
	s = server.New(options(server.Options{Version: "v1.2.3"}))
	h := httptest.NewServer(s)
	return "ws" + strings.TrimPrefix(h.URL, "http"), s, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Shutdown(ctx, "gateway stopping", 0)
		h.Close()
	}
}

// Connect, call, close.
func ExampleDial() {
	address, _, stop := gateway()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address, client.Options{Token: "the gateway's token"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)

	fmt.Println("connected to", c.Hello().Server.Version)
	words, err := c.VoicewakeSet(ctx, &protocol.VoicewakeSetParams{Triggers: []string{"computer"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(words.Triggers)
	// Output:
	// connected to v1.2.3
	// [computer]
}

// A program that lives for long subscribes first, then connects, and fetches
// its state anew whenever it is connected or something was missed.
func ExampleNew() {
	address, s, stop := gateway()
	defer stop()
	ctx := context.Background()

	c, err := client.New(address, client.Options{
		Token:     "the gateway's token",
		Reconnect: client.Reconnect{First: true}, // the gateway may be started later than we are
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)

	done := make(chan struct{})
	c.OnState(func(st client.State) {
		switch st.Phase {
		case client.Connected:
			fmt.Println("connected: fetch the state")
		case client.Reconnecting:
			fmt.Printf("connection lost, trying again in %v: %v\n", st.Delay, st.Cause)
		}
	})
	c.OnGap(func(expected, got int64) { fmt.Println("events missed: fetch the state") })
	c.OnChat(func(e *protocol.ChatEvent) {
		fmt.Printf("%s says: %s\n", e.Message.V.Role, e.Message.V.Content)
		close(done)
	})
	if err := c.Connect(ctx); err != nil {
		fmt.Println(err)
		return
	}

	say(s, "good morning")
	<-done
	// Output:
	// connected: fetch the state
	// assistant says: good morning
}

// say has the gateway publish the end of a run.
func say(s *server.Server, text string) {
	content := protocol.MessageContent{Kind: protocol.MessageContentIsString, String: text}
	s.Publish(context.Background(), protocol.NewEventChat(&protocol.ChatEventField{RunID: "run-1", SessionKey: "main", Seq: 1, State: "final",
		Message: wire.Some(protocol.Message{Role: "assistant", Content: content})}))
}

// What went wrong is told apart with errors.Is and errors.As.
func ExampleError() {
	address, _, stop := gateway()
	defer stop()
	ctx := context.Background()
	c, err := client.Dial(ctx, address, client.Options{})
	var refused *client.RefusedError
	if errors.As(err, &refused) {
		fmt.Println("check the token, or ask an operator to pair this device:", refused.Err.Message)
		return
	}
	if err != nil {
		fmt.Println("no gateway there:", err)
		return
	}
	defer c.Close(ctx)

	_, err = c.AgentsList(ctx, nil)
	var answer *client.Error
	switch {
	case errors.As(err, &answer):
		fmt.Println(answer.Code, "- worth another try:", answer.Retryable)
	case errors.Is(err, client.ErrConnectionLost):
		fmt.Println("it may have been carried out, or not")
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Println("no answer in time")
	}
	// Output:
	// UNAVAILABLE - worth another try: true
}

// A device connects with a key of its own. The gateway gives it a token, which
// takes the place of the shared one from then on.
func ExampleLoadOrCreateDevice() {
	address, _, stop := gateway()
	defer stop()
	state, err := os.MkdirTemp("", "example") // a folder of the program's own
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(state)
	ctx := context.Background()

	id, err := client.LoadOrCreateDevice(filepath.Join(state, "device.json"))
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := client.Dial(ctx, address, client.Options{
		Token:  "the gateway's token",
		Device: id,
		Tokens: client.FileTokens(filepath.Join(state, "device-tokens.json")),
		Role:   protocol.RoleNode,
		Caps:   []string{"camera"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	fmt.Println("connected as", c.Hello().Auth.V.Role)
	// Output:
	// connected as node
}

// A command line works with names and JSON.
func ExampleClient_CallRaw() {
	address, _, stop := gateway()
	defer stop()
	ctx := context.Background()
	c, err := client.Dial(ctx, address, client.Options{ID: "cli", Mode: "cli", Reconnect: client.Reconnect{Off: true}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	answer, err := c.CallRaw(ctx, "voicewake.set", []byte(`{"triggers":["hey"]}`))
	fmt.Println(string(answer), err)
	// Output:
	// {"triggers":["hey"]} <nil>
}
