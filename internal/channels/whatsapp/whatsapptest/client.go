//go:build whatsapp

package whatsapptest

import (
	"context"
	"slices"
	"sync"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// client is a device's connection.
type client struct {
	server *Server
	device *store.Device

	mu       sync.Mutex
	handle   func(any) bool
	bringing sync.Mutex // messages come one by one
}

func (c *client) Connect(_ context.Context, handle func(any) bool) error {
	c.mu.Lock()
	c.handle = handle
	c.mu.Unlock()
	first := c.server.admit(c)
	if first == nil {
		return nil
	}
	c.server.work.Go(func() {
		c.tell(first)
		if _, ok := first.(*events.Connected); ok {
			c.bring()
		}
	})
	return nil
}

func (c *client) Close() {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.open = slices.DeleteFunc(c.server.open, func(x *client) bool { return x == c })
}

func (c *client) tell(event any) bool {
	c.mu.Lock()
	handle := c.handle
	c.mu.Unlock()
	return handle(event)
}

// bring brings what was not taken over.
func (c *client) bring() {
	c.bringing.Lock()
	defer c.bringing.Unlock()
	for {
		c.server.mu.Lock()
		if len(c.server.waiting) == 0 {
			c.server.mu.Unlock()
			return
		}
		m := c.server.waiting[0]
		c.server.mu.Unlock()
		if !c.tell(m) {
			return
		}
		c.server.mu.Lock()
		c.server.waiting = slices.DeleteFunc(c.server.waiting, func(x *events.Message) bool { return x == m })
		c.server.mu.Unlock()
	}
}

func (c *client) Ping(ctx context.Context) error {
	c.server.mu.Lock()
	silent := c.server.silent
	c.server.mu.Unlock()
	if silent {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (c *client) Send(_ context.Context, to types.JID, id types.MessageID, m *waE2E.Message) (whatsmeow.SendResponse, error) {
	err := c.server.receive(to, id, m)
	return whatsmeow.SendResponse{ID: id, Timestamp: at(), Sender: Own}, err
}

func (c *client) Upload(_ context.Context, data []byte, _ whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return c.server.keep(slices.Clone(data)), nil
}

func (c *client) Download(_ context.Context, m *waE2E.Message) ([]byte, error) {
	data := c.server.Stored(m.GetImageMessage().GetDirectPath())
	if data == nil {
		return nil, whatsmeow.ErrMediaDownloadFailedWith404
	}
	return data, nil
}

// Vote reads a vote that Vote made.
func (c *client) Vote(_ context.Context, m *events.Message) (*waE2E.PollVoteMessage, error) {
	v := new(waE2E.PollVoteMessage)
	return v, proto.Unmarshal(m.Message.GetPollUpdateMessage().GetVote().GetEncPayload(), v)
}

func (c *client) GroupName(_ context.Context, group types.JID) (string, error) {
	if group != Team {
		return "", whatsmeow.ErrGroupNotFound
	}
	return "The team", nil
}

func (c *client) Logout(ctx context.Context) error {
	c.server.mu.Lock()
	c.server.logouts++
	c.server.mu.Unlock()
	return c.device.Delete(ctx)
}
