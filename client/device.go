package client

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/gatesmith/gatesmith/device"
)

// deviceFile is how an identity is kept.
type deviceFile struct {
	Version   int       `json:"version"`
	DeviceID  string    `json:"deviceId"`
	PublicKey string    `json:"publicKey"` // base64url
	Seed      string    `json:"seed"`      // base64url: the secret half
	CreatedAt time.Time `json:"createdAt"`
}

const deviceFileVersion = 1

// LoadOrCreateDevice gives the identity that is kept in a file. Where there is
// no file, it makes an identity and the file, which only its owner can read.
func LoadOrCreateDevice(path string) (*device.Identity, error) {
	id, err := loadDevice(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	id, err = device.New()
	if err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(deviceFile{Version: deviceFileVersion, DeviceID: id.ID(), PublicKey: id.PublicKey(),
		Seed: base64.RawURLEncoding.EncodeToString(id.Seed()), CreatedAt: time.Now().UTC()}, "", "  ")
	if err != nil {
		return nil, err
	}
	err = createSecret(path, append(data, '\n'))
	if errors.Is(err, fs.ErrExist) {
		return loadDevice(path) // another process was faster
	}
	if err != nil {
		return nil, fmt.Errorf("keep the device identity: %w", err)
	}
	return id, nil
}

func loadDevice(path string) (*device.Identity, error) {
	data, err := readSecret(path)
	if err != nil {
		return nil, fmt.Errorf("read the device identity: %w", err)
	}
	var f deviceFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("read the device identity: %s: %w", path, err)
	}
	if f.Version != deviceFileVersion {
		return nil, fmt.Errorf("read the device identity: %s: version is %d: expected %d", path, f.Version, deviceFileVersion)
	}
	seed, err := base64.RawURLEncoding.DecodeString(f.Seed)
	if err != nil {
		return nil, fmt.Errorf("read the device identity: %s: seed is not base64url", path)
	}
	id, err := device.FromSeed(seed)
	if err != nil {
		return nil, fmt.Errorf("read the device identity: %s: %w", path, err)
	}
	if id.ID() != f.DeviceID {
		return nil, fmt.Errorf("read the device identity: %s: deviceId does not belong to the key: expected %s", path, id.ID())
	}
	return id, nil
}
