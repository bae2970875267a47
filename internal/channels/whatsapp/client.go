//go:build whatsapp

package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCompanionReg"
	"go.mau.fi/whatsmeow/proto/waE2E"
	wastore "go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

// Client is one connection to WhatsApp as a device.
type Client interface {
	// Connect connects. What comes is told as events of the library until Close, on
	// any goroutine; a message for which false is returned is brought again. It
	// lasts no longer than ctx.
	Connect(ctx context.Context, handle func(event any) bool) error
	Close()
	// Ping asks WhatsApp for an answer.
	Ping(ctx context.Context) error
	// Send sends a message under an id, and waits until WhatsApp has it.
	Send(ctx context.Context, to types.JID, id types.MessageID, m *waE2E.Message) (whatsmeow.SendResponse, error)
	// Upload leaves a file for those who get its keys in a message.
	Upload(ctx context.Context, data []byte, kind whatsmeow.MediaType) (whatsmeow.UploadResponse, error)
	// Download fetches the file of a message.
	Download(ctx context.Context, m *waE2E.Message) ([]byte, error)
	// Vote reads a vote in a poll.
	Vote(ctx context.Context, m *events.Message) (*waE2E.PollVoteMessage, error)
	// GroupName gives the name of a group.
	GroupName(ctx context.Context, group types.JID) (string, error)
	// Logout tells WhatsApp that the device is gone, and forgets it.
	Logout(ctx context.Context) error
}

// Dial makes a client for a device. It contacts nobody.
type Dial func(device *wastore.Device, log *slog.Logger) Client

// library is the library's client.
type library struct{ cli *whatsmeow.Client }

var named sync.Once

// newLibrary is the Dial that goes to WhatsApp.
func newLibrary(device *wastore.Device, log *slog.Logger) Client {
	// The phone lists its linked devices by this name.
	named.Do(func() {
		wastore.SetOSInfo("Gatesmith", [3]uint32{1, 0, 0})
		wastore.DeviceProps.PlatformType = waCompanionReg.DeviceProps_DESKTOP.Enum()
	})
	cli := whatsmeow.NewClient(device, logger{log})
	cli.EnableAutoReconnect = false
	cli.DisableLoginAutoReconnect = true
	cli.SynchronousAck = true
	cli.EnableDecryptedEventBuffer = true
	cli.ManualHistorySyncDownload = true
	return &library{cli}
}

func (l *library) Connect(ctx context.Context, handle func(any) bool) error {
	l.cli.RemoveEventHandlers()
	l.cli.AddEventHandlerWithSuccessStatus(handle)
	return l.cli.ConnectContext(ctx)
}

func (l *library) Close() { l.cli.Disconnect() }

func (l *library) Ping(ctx context.Context) error {
	//lint:ignore SA1019 the library pings by itself as well, but tells of failures only: what is wanted here is a sign of life
	ok, more := l.cli.DangerousInternals().SendKeepAlive(ctx)
	switch {
	case ok:
		return nil
	case !more && ctx.Err() != nil:
		return ctx.Err()
	}
	return errors.New("WhatsApp does not answer")
}

func (l *library) Send(ctx context.Context, to types.JID, id types.MessageID, m *waE2E.Message) (whatsmeow.SendResponse, error) {
	return l.cli.SendMessage(ctx, to, m, whatsmeow.SendRequestExtra{ID: id})
}

func (l *library) Upload(ctx context.Context, data []byte, kind whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	return l.cli.Upload(ctx, data, kind)
}

func (l *library) Download(ctx context.Context, m *waE2E.Message) ([]byte, error) {
	file := fileOf(m)
	if file == nil {
		return nil, whatsmeow.ErrNothingDownloadableFound
	}
	data, err := l.cli.Download(ctx, file)
	if data != nil && (errors.Is(err, whatsmeow.ErrFileLengthMismatch) || errors.Is(err, whatsmeow.ErrInvalidMediaSHA256)) {
		return nil, fmt.Errorf("the file is not what its message says: %w", err)
	}
	return data, err
}

// fileOf is the part of a message that has a file, or nil.
func fileOf(m *waE2E.Message) whatsmeow.DownloadableMessage {
	switch {
	case m.GetImageMessage() != nil:
		return m.ImageMessage
	case m.GetVideoMessage() != nil:
		return m.VideoMessage
	case m.GetAudioMessage() != nil:
		return m.AudioMessage
	case m.GetDocumentMessage() != nil:
		return m.DocumentMessage
	case m.GetStickerMessage() != nil:
		return m.StickerMessage
	}
	return nil
}

func (l *library) Vote(ctx context.Context, m *events.Message) (*waE2E.PollVoteMessage, error) {
	return l.cli.DecryptPollVote(ctx, m)
}

func (l *library) GroupName(ctx context.Context, group types.JID) (string, error) {
	g, err := l.cli.GetGroupInfo(ctx, group)
	if err != nil {
		return "", err
	}
	return g.Name, nil
}

func (l *library) Logout(ctx context.Context) error { return l.cli.Logout(ctx) }
