// Package devices knows the paired devices, those that wait to be, and their
// tokens. It serves the method group of that name and tells package auth what
// a device may do.
package devices

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// Store is where devices are kept.
type Store interface {
	Read(ctx context.Context, f func(store.Querier) error) error
	Write(ctx context.Context, f func(*store.Tx) error) error
}

// Publisher tells connections of pairing.
type Publisher interface {
	Publish(ctx context.Context, e protocol.Event)
}

// Connections are those of devices. Those whose right to them has ended are
// closed.
type Connections interface {
	Disconnect(match func(*server.Peer) bool, reason string) int
	Peers() []*server.Peer
}

// Service knows devices.
type Service struct {
	store  Store
	events Publisher
	conns  Connections
	now    func() time.Time
	ended  atomic.Uint64 // how often tokens were ended; see Endings
}

var _ protocol.DevicesHandler = (*Service)(nil)

// New returns a service.
func New(st Store, events Publisher, conns Connections) *Service {
	return &Service{store: st, events: events, conns: conns, now: time.Now}
}

// pendingFor is how long a pairing request waits for an operator.
const pendingFor = 5 * time.Minute

// maxPending bounds the requests that strangers can leave.
const maxPending = 100

// Request is a device that wants to be paired, or to be more than it is.
type Request struct {
	DeviceID, PublicKey, DisplayName, Platform, ClientID, ClientMode, Role, RemoteIP string

	Scopes []string
	Node   Facts // of a node
}

// Device is a paired device, or a node that was paired without a key.
type Device struct {
	Request
	Name                    string // given by an operator, or ""
	Roles                   []string
	CreatedAtMs, ApprovedAt int64
	NodeConnectedMs         int64 // when it last connected as a node, or 0
}

// Owns reports whether a device that proved to have this key is the one of the
// record. A node that was approved by its id alone gets its key this way: the
// id of a device follows from its key, so that nobody else can have it.
func (d *Device) Owns(key string) bool { return d.PublicKey == key || d.PublicKey == "" }

// Covers reports whether the device is paired with this key, for this role and
// for all these scopes.
func (d *Device) Covers(key, role string, scopes []string) bool {
	return d.Owns(key) && slices.Contains(d.Roles, role) && within(role, scopes, d.Scopes)
}

// Title is what people know it by: the name that an operator gave it, else its
// own.
func (d *Device) Title() string { return cmp.Or(d.Name, d.DisplayName) }

func within(role string, wanted, held []string) bool {
	r, ok := protocol.LookupRole(role)
	return ok && Within(r, wanted, held)
}

// Within reports whether holding some scopes grants others, with what they
// imply. Scopes that the protocol does not know only cover themselves.
func Within(role protocol.Role, wanted, held []string) bool {
	have := protocol.GrantOf(role, held)
	for _, s := range wanted {
		want := protocol.GrantOf(role, []string{s})
		if slices.Contains(held, s) {
			continue
		}
		if want == protocol.GrantOf(role, nil) || want&^have != 0 {
			return false
		}
	}
	return true
}

// newID makes an id for requests and tokens.
func newID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// hash is what is kept of a token.
func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func list(text string) []string {
	var out []string
	_ = json.Unmarshal([]byte(text), &out) // written by text below
	return out
}

func text(list []string) string {
	if list == nil {
		list = []string{}
	}
	b, _ := json.Marshal(list) // strings always encode
	return string(b)
}

// union adds what is missing, in order.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

var (
	errUnknownRequest = protocol.Errorf(protocol.CodeInvalidRequest, "unknown requestId")
	errUnknownToken   = protocol.Errorf(protocol.CodeInvalidRequest, "unknown deviceId/role")
)

// beyond is the refusal of a grant that the granter does not hold himself.
func beyond(scope string) error {
	return protocol.Errorf(protocol.CodeInvalidRequest, "missing scope: %s", scope)
}

// operator is the one role that has scopes.
var operator = protocol.RoleOperator.String()

// mayGrant reports whether the caller holds all scopes that he is about to hand
// out. A caller without connection is the gateway itself, and the owner at his
// machine may always.
func mayGrant(ctx context.Context, scopes []string) error {
	peer := server.PeerFrom(ctx)
	if peer == nil || peer.Owner {
		return nil
	}
	for _, s := range scopes {
		if peer.Role != protocol.RoleOperator || !within(operator, []string{s}, peer.Scopes) {
			return beyond(s)
		}
	}
	return nil
}

// errFull turns devices away when too many wait already.
var errFull = protocol.Errorf(protocol.CodeUnavailable, "too many devices wait for approval: approve or reject some, or try again in a few minutes")
