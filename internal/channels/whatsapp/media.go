//go:build whatsapp

package whatsapp

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"strings"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/egress"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// maxFile bounds a file that is fetched.
const maxFile = 32 << 20

// refOf keeps what is needed to fetch a message's file later: its place and keys.
func refOf(m *waE2E.Message) string {
	b, err := proto.Marshal(m)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(b)
}

// Fetch gets a file that came with a message.
func (a *account) Fetch(ctx context.Context, x *channels.Media) (*egress.File, error) {
	b, err := base64.StdEncoding.DecodeString(x.Ref)
	m := new(waE2E.Message)
	if err == nil {
		err = proto.Unmarshal(b, m)
	}
	switch {
	case err != nil || len(b) == 0:
		return nil, &egress.RefusedError{URL: "a file of a WhatsApp message", Reason: "what is known of it is damaged"}
	case x.Size > maxFile:
		return nil, &egress.RefusedError{URL: "a file of a WhatsApp message", Reason: fmt.Sprintf("it has %d bytes, more than %d", x.Size, maxFile)}
	}
	c, err := a.client()
	if err != nil {
		return nil, err
	}
	data, err := c.Download(ctx, m)
	switch {
	case errors.Is(err, whatsmeow.ErrMediaDownloadFailedWith403), errors.Is(err, whatsmeow.ErrMediaDownloadFailedWith404), errors.Is(err, whatsmeow.ErrMediaDownloadFailedWith410):
		return nil, &egress.RefusedError{URL: "a file of a WhatsApp message", Reason: "WhatsApp does not have it any more"}
	case err != nil:
		return nil, fmt.Errorf("a file of a WhatsApp message cannot be fetched: %w", err)
	}
	return &egress.File{Name: x.Name, MIME: x.MIME, Data: data}, nil
}

// mediaMessage uploads a file, and makes the message with it.
func (a *account) mediaMessage(ctx context.Context, c Client, p *channels.Part, info *waE2E.ContextInfo) (*waE2E.Message, error) {
	f, err := a.env.Download(ctx, p.Media)
	if _, refused := errors.AsType[*egress.RefusedError](err); refused {
		return nil, &channels.Failure{Verdict: channels.Refused, Err: err}
	}
	if err != nil {
		return nil, &channels.Failure{Verdict: channels.NotSent, Err: err}
	}
	kind := kindFor(f.MIME)
	up, err := c.Upload(ctx, f.Data, kind)
	if err != nil {
		return nil, &channels.Failure{Verdict: channels.NotSent, Err: fmt.Errorf("WhatsApp did not take the file: %w", err)}
	}
	var caption *string
	if p.Text != "" {
		caption = &p.Text
	}
	switch kind {
	case whatsmeow.MediaImage:
		return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{Caption: caption, Mimetype: &f.MIME, ContextInfo: info, URL: &up.URL, DirectPath: &up.DirectPath,
			MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength}}, nil
	case whatsmeow.MediaVideo:
		return &waE2E.Message{VideoMessage: &waE2E.VideoMessage{Caption: caption, Mimetype: &f.MIME, ContextInfo: info, GifPlayback: &p.GIF, URL: &up.URL, DirectPath: &up.DirectPath,
			MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength}}, nil
	case whatsmeow.MediaAudio:
		return &waE2E.Message{AudioMessage: &waE2E.AudioMessage{Mimetype: &f.MIME, ContextInfo: info, URL: &up.URL, DirectPath: &up.DirectPath,
			MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength}}, nil
	}
	name := f.Name
	if name == "" {
		name = "file"
		if ends, _ := mime.ExtensionsByType(f.MIME); len(ends) > 0 {
			name += ends[0]
		}
	}
	return &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{Caption: caption, Mimetype: &f.MIME, FileName: &name, Title: &name, ContextInfo: info, URL: &up.URL, DirectPath: &up.DirectPath,
		MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength}}, nil
}

// kindFor is how a file is shown: as what it is, where WhatsApp's apps can, else as
// a document.
func kindFor(mime string) whatsmeow.MediaType {
	mime, _, _ = strings.Cut(mime, ";")
	switch mime {
	case "image/jpeg", "image/png":
		return whatsmeow.MediaImage
	case "video/mp4", "video/3gpp":
		return whatsmeow.MediaVideo
	case "audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg", "application/ogg":
		return whatsmeow.MediaAudio
	}
	return whatsmeow.MediaDocument
}
