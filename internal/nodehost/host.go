// Package nodehost is a node without a screen: it connects to a gateway, offers
// what this machine can do, and does it under the policy of this machine.
//
//	h := nodehost.New(nodehost.Options{URL: url, Client: o, Policy: p, …})
//	err := h.Run(ctx)
package nodehost

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
)

// Options say what a host is.
type Options struct {
	URL string
	// Client says who the node is and how it proves that; what it offers and how it
	// reconnects is the host's to say.
	Client client.Options
	// Policy decides which programs run.
	Policy Policy
	// Approvals is where the policy is kept, for those who may change it.
	Approvals Approvals
	// Env are the variables that programs get beside those that they are given;
	// nil: this process's, without what belongs to a gateway.
	Env []string
	// Dir is where programs run that no folder is named for; "": the home folder.
	Dir string
	// Changed is told when the connection is made or lost, or refused; nil: nobody is.
	Changed func(client.State)
	Logger  *slog.Logger
}

// Host is a node.
type Host struct {
	o        Options
	log      *slog.Logger
	client   *client.Client
	commands map[string]command

	// What is being done ends with this.
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	places chan struct{}
	done   *repeats
}

// maxAtOnce is how many commands are carried out at a time.
const maxAtOnce = 16

// farewell is how long the gateway may take to see a node off.
const farewell = time.Second

// New makes a host. It does nothing before Run.
func New(o Options) (*Host, error) {
	h := &Host{o: o, log: o.Logger, places: make(chan struct{}, maxAtOnce), done: newRepeats()}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.o.Env == nil {
		h.o.Env = environment(os.Environ())
	}
	if h.o.Dir == "" {
		h.o.Dir, _ = os.UserHomeDir() // without one, where the host runs
	}
	if o.Client.Device == nil {
		return nil, errors.New("a node needs a device identity")
	}
	h.commands = h.table()
	c := o.Client
	c.Role, c.Caps, c.Commands, c.PathEnv = protocol.RoleNode, []string{"system"}, h.names(), os.Getenv("PATH")
	// A node has nobody who would start it again: it tries for ever.
	c.Reconnect.Off, c.Reconnect.First, c.Reconnect.Refused = false, true, true
	var err error
	if h.client, err = client.New(o.URL, c); err != nil {
		return nil, err
	}
	h.client.OnNodeInvokeRequest(h.take)
	if o.Changed != nil {
		h.client.OnState(o.Changed)
	}
	return h, nil
}

// Run is the node until ctx ends. What is being done then is stopped.
func (h *Host) Run(ctx context.Context) error {
	h.ctx, h.cancel = context.WithCancel(ctx)
	defer h.cancel()
	err := h.client.Connect(ctx)
	if err == nil {
		select {
		case <-ctx.Done():
		case <-h.client.Done():
			err = h.client.Err()
		}
	}
	h.cancel()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	_ = h.client.Close(end)
	h.work.Wait()
	if ctx.Err() != nil {
		return nil // it was told to end
	}
	return err
}
