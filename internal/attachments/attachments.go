// Package attachments reads the files that clients send along with messages.
package attachments

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// MaxBytes is how large a file can be.
const MaxBytes = 5_000_000

// Image is a picture that goes to the model.
type Image struct {
	MIME, Name string
	Data       []byte
}

// Decode gives the images of a list. What is no image is left out, without a
// word, and so is what has no content. A file that cannot be read is an error,
// worded for the caller.
func Decode(list []protocol.Attachment) ([]Image, error) {
	var out []Image
	for i := range list {
		a := &list[i]
		text := strings.TrimSpace(a.Content)
		if text == "" {
			continue
		}
		label := cmp.Or(a.FileName.V, a.Type.V, fmt.Sprintf("attachment-%d", i+1))
		data, err := decode(text)
		if err != nil {
			return nil, protocol.Errorf(protocol.CodeInvalidRequest, "Error: attachment %s: %v", label, err)
		}
		if mime := imageType(data, a.MimeType.V); mime != "" {
			out = append(out, Image{MIME: mime, Name: a.FileName.V, Data: data})
		}
	}
	return out, nil
}

var dataURL = regexp.MustCompile(`^data:[^;,]*;base64,`)

var errNotBase64 = errors.New("invalid base64 content")

func decode(text string) ([]byte, error) {
	text = text[len(dataURL.FindString(text)):]
	if len(text)%4 != 0 {
		return nil, errNotBase64
	}
	// Judged before anything that size is made.
	size := len(text)/4*3 - len(text) + len(strings.TrimRight(text, "="))
	if size > 0 && size <= MaxBytes {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, errNotBase64
		}
		return data, nil
	}
	if strings.ContainsFunc(text, illegal) {
		return nil, errNotBase64
	}
	return nil, fmt.Errorf("exceeds size limit (%d > %d bytes)", max(size, 0), MaxBytes)
}

func illegal(r rune) bool {
	return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '+' && r != '/' && r != '='
}

// imageType gives an image's type, or "" for what is no image. What the bytes
// say counts; the declared type only where they say nothing.
func imageType(data []byte, declared string) string {
	found, _, _ := strings.Cut(http.DetectContentType(data), ";")
	if found == "application/octet-stream" {
		found, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(declared)), ";")
	}
	if !strings.HasPrefix(found, "image/") {
		return ""
	}
	return found
}
