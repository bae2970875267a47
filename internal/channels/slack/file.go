package slack

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/egress"
	"github.com/slack-go/slack"
)

// maxFile bounds a file that comes with a message.
const maxFile = 20 << 20

// file uploads a file and shares it in a chat. Until it is shared nobody sees it,
// so that only the last call can leave a doubt.
func (a *account) file(ctx context.Context, chat string, p *channels.Part) (*channels.Receipt, error) {
	f, err := a.env.Download(ctx, p.Media)
	if err == nil && len(f.Data) == 0 {
		err = &egress.RefusedError{URL: "the file", Reason: "it is empty, and Slack takes no empty files"}
	}
	if err != nil {
		return nil, notFetched(err)
	}
	name := cmp.Or(f.Name, "file")
	up, err := call(ctx, a, func(ctx context.Context) (*slack.GetUploadURLExternalResponse, error) {
		up, err := a.api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: name, FileSize: len(f.Data)})
		if err == nil && (up.UploadURL == "" || up.FileID == "") {
			err = errors.New("the answer does not say where to upload the file")
		}
		return up, err
	})
	if err != nil {
		return nil, harmless(err)
	}
	_, err = call(ctx, a, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, a.api.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: up.UploadURL, Filename: name, Reader: bytes.NewReader(f.Data)})
	})
	if err != nil {
		return nil, harmless(err)
	}
	_, err = call(ctx, a, func(ctx context.Context) (*slack.CompleteUploadExternalResponse, error) {
		return a.api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{Files: []slack.FileSummary{{ID: up.FileID, Title: name}},
			Channel: chat, ThreadTimestamp: p.To.Thread, InitialComment: p.Text})
	})
	var known *channels.Failure
	if errors.As(err, &known) {
		return nil, err
	}
	ts := a.sharedAs(ctx, up.FileID, chat)
	if ts == "" && err != nil {
		return nil, err
	}
	r := a.receipt(chat, cmp.Or(ts, up.FileID), p)
	r.Said, _ = json.Marshal(map[string]string{"file": up.FileID})
	return r, nil
}

// sharedAs gives the message that a file is shared by, which Slack knows a little
// later than the file; "" where it does not in time.
func (a *account) sharedAs(ctx context.Context, file, chat string) string {
	for k := range 4 {
		if k > 0 && !pause(ctx, time.Duration(k)*250*time.Millisecond) {
			return ""
		}
		info, err := a.info(ctx, file)
		if err != nil {
			if lasting(err) {
				return ""
			}
			continue
		}
		for _, shares := range []map[string][]slack.ShareFileInfo{info.Shares.Public, info.Shares.Private} {
			if list := shares[chat]; len(list) > 0 {
				return list[0].Ts
			}
		}
	}
	return ""
}

func (a *account) info(ctx context.Context, file string) (*slack.File, error) {
	return call(ctx, a, func(ctx context.Context) (*slack.File, error) {
		f, _, _, err := a.api.GetFileInfoContext(ctx, file, 1, 1)
		return f, err
	})
}

// notFetched says what it means that a file could not be fetched: Slack was not
// called at all.
func notFetched(err error) error {
	f := &channels.Failure{Verdict: channels.NotSent, Err: err}
	if _, refused := errors.AsType[*egress.RefusedError](err); refused {
		f.Verdict = channels.Refused
	}
	return f
}

// Fetch gets a file that came with a message. One that Slack does not have itself
// stands at anybody's address, and is fetched as such: without the token.
func (a *account) Fetch(ctx context.Context, m *channels.Media) (*egress.File, error) {
	refused := func(why string) error { return &egress.RefusedError{URL: "a file of Slack's", Reason: why} }
	info, err := a.info(ctx, m.Ref)
	if err != nil {
		if lasting(err) {
			return nil, refused(err.Error())
		}
		return nil, err
	}
	address := cmp.Or(info.URLPrivateDownload, info.URLPrivate)
	switch {
	case address == "":
		return nil, refused("it has no address")
	case info.IsExternal:
		return a.env.Download(ctx, info.URLPrivate)
	case info.Size > maxFile:
		return nil, refused("it is larger than Slack's files may be here")
	}
	var data bounded
	_, err = call(ctx, a, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, a.api.GetFileContext(ctx, address, &data)
	})
	switch {
	case errors.Is(err, errLarge):
		return nil, refused(errLarge.Error())
	case err != nil && lasting(err), err != nil && strings.Contains(err.Error(), "the token"):
		return nil, refused(err.Error())
	case err != nil:
		return nil, err
	}
	f := &egress.File{Name: cmp.Or(m.Name, info.Name), MIME: egress.TypeOf(data.data, cmp.Or(info.Mimetype, m.MIME)), Data: data.data}
	return f, nil
}

var errLarge = errors.New("it is larger than files may be")

// bounded takes so many bytes and no more.
type bounded struct{ data []byte }

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > maxFile {
		return 0, errLarge
	}
	b.data = append(b.data, p...)
	return len(p), nil
}
