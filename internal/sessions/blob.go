package sessions

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Images are kept once, by the hash of their bytes; a message in a transcript
// only names them. A blob lives as long as any row of any transcript names it:
// also one that was put aside, because that can still be read. Rows go when
// Purge takes old archives away, and what no row names goes with them.

// Members that stand in an image block for its bytes.
const (
	blobHash = "$blob"  // SHA-256, hexadecimal
	blobSize = "$bytes" // how many bytes there are
)

// image is one that goes into the table.
type image struct {
	hash [sha256.Size]byte
	mime string
	data []byte
}

// detach gives a copy of a message without the bytes of its images, and those.
func detach(m *protocol.Message) (protocol.Message, []image) {
	stored := *m
	var images []image
	for i, block := range m.Content.Array {
		b, ok := block.(*protocol.ImageBlock)
		if !ok || b.Data == "" {
			continue
		}
		data, err := base64.StdEncoding.DecodeString(b.Data)
		if err != nil {
			continue // it stays as it was sent
		}
		img := image{sha256.Sum256(data), plain(b.MimeType), data}
		if images == nil {
			stored.Content.Array = slices.Clone(m.Content.Array)
		}
		stored.Content.Array[i] = &protocol.ImageBlock{MimeType: b.MimeType, Extra: append(b.Extra.Clone(),
			wire.Member{Name: blobHash, Value: wire.Raw(`"` + hex.EncodeToString(img.hash[:]) + `"`)},
			wire.Member{Name: blobSize, Value: strconv.AppendInt(nil, int64(len(data)), 10)})}
		images = append(images, img)
	}
	return stored, images
}

// keep writes the bytes, unless they are there, and that a row has them.
func (i *image) keep(ctx context.Context, tx *store.Tx, sessionID string, seq, now int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO blobs (hash, mime, created_at_ms, data) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING`,
		i.hash[:], i.mime, now, i.data)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO transcript_blobs (hash, session_id, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, i.hash[:], sessionID, seq)
	return err
}

// LoadImages puts the bytes of a message's images back in their place.
func (s *Service) LoadImages(ctx context.Context, q store.Querier, m *protocol.Message) error {
	for _, block := range m.Content.Array {
		b, ok := block.(*protocol.ImageBlock)
		if !ok {
			continue
		}
		hash := blobOf(b)
		if hash == nil {
			continue
		}
		var data []byte
		err := q.QueryRowContext(ctx, `SELECT data FROM blobs WHERE hash = ?`, hash).Scan(&data)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		b.Data = base64.StdEncoding.EncodeToString(data)
		b.Extra = slices.DeleteFunc(b.Extra, func(m wire.Member) bool { return m.Name == blobHash || m.Name == blobSize })
	}
	return nil
}

// blobOf gives the hash of the bytes that are kept elsewhere, or nil.
func blobOf(b *protocol.ImageBlock) []byte {
	text := b.Extra.Get(blobHash)
	if b.Data != "" || len(text) != 2+2*sha256.Size {
		return nil
	}
	hash, err := hex.DecodeString(string(text[1 : len(text)-1]))
	if err != nil {
		return nil
	}
	return hash
}

// ImageSize gives how many bytes an image has that LoadImages would load, or 0.
func ImageSize(b *protocol.ImageBlock) int {
	if blobOf(b) == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(b.Extra.Get(blobSize))) // written above
	return n
}
