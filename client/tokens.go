package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"
)

// DeviceToken is a secret that a gateway gave to a device for a role.
type DeviceToken struct {
	Token   string    `json:"token"`
	Scopes  []string  `json:"scopes,omitempty"` // what it is good for
	SavedAt time.Time `json:"savedAt"`
}

// TokenStore keeps the tokens of devices, one for each device and role. A
// token belongs to the gateway that gave it: use a store for each gateway.
type TokenStore interface {
	// Load gives a zero DeviceToken when none is kept.
	Load(deviceID, role string) (DeviceToken, error)
	Save(deviceID, role string, t DeviceToken) error
	Delete(deviceID, role string) error
}

// FileTokens keeps tokens in a JSON file that only its owner can read; it is
// made when there is a token to keep.
func FileTokens(path string) TokenStore { return &fileTokens{path: path} }

type fileTokens struct {
	path string
	mu   sync.Mutex
}

// tokenFile is the file's content.
type tokenFile struct {
	Version int                               `json:"version"`
	Devices map[string]map[string]DeviceToken `json:"devices"` // by device id and role
}

const tokenFileVersion = 1

func (s *fileTokens) read() (*tokenFile, error) {
	f := &tokenFile{Version: tokenFileVersion, Devices: map[string]map[string]DeviceToken{}}
	data, err := readSecret(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read device tokens: %w", err)
	}
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("read device tokens: %s: %w", s.path, err)
	}
	if f.Version != tokenFileVersion {
		return nil, fmt.Errorf("read device tokens: %s: version is %d: expected %d", s.path, f.Version, tokenFileVersion)
	}
	return f, nil
}

func (s *fileTokens) Load(deviceID, role string) (DeviceToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.read()
	if err != nil {
		return DeviceToken{}, err
	}
	return f.Devices[deviceID][role], nil
}

func (s *fileTokens) Save(deviceID, role string, t DeviceToken) error {
	return s.change(func(f *tokenFile) bool {
		if f.Devices[deviceID][role].Token == t.Token {
			return false
		}
		if f.Devices[deviceID] == nil {
			f.Devices[deviceID] = map[string]DeviceToken{}
		}
		f.Devices[deviceID][role] = t
		return true
	})
}

func (s *fileTokens) Delete(deviceID, role string) error {
	return s.change(func(f *tokenFile) bool {
		_, kept := f.Devices[deviceID][role]
		delete(f.Devices[deviceID], role)
		return kept
	})
}

// change rewrites the file if f changed something. The file is read anew each
// time, since other processes use it too.
func (s *fileTokens) change(edit func(*tokenFile) bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.read()
	if err != nil {
		return err
	}
	if f.Devices == nil {
		f.Devices = map[string]map[string]DeviceToken{}
	}
	if !edit(f) {
		return nil
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := writeSecret(s.path, append(data, '\n')); err != nil {
		return fmt.Errorf("keep device tokens: %w", err)
	}
	return nil
}
