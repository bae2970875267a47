package config

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Change is what a newer configuration means for a gateway that runs.
type Change struct {
	// Config is what is to be in force from now on: of the keys that changed, it
	// has those that take effect while the gateway runs.
	Config *protocol.Config
	// Live are the keys whose change takes effect, Restart those that have to
	// wait for the next start.
	Live, Restart []Key
}

// ChangeTo compares the configuration in force with a newer one.
func ChangeTo(inForce *protocol.Config, next *Loaded) (Change, error) {
	var c Change
	was, err := tree(inForce)
	if err != nil {
		return c, err
	}
	is, err := tree(next.Config)
	if err != nil {
		return c, err
	}
	merged := was
	for _, key := range Keys() {
		names := strings.Split(key.Path, ".")
		value := is.find(names...)
		if equal(key, was.find(names...), value) {
			continue
		}
		if key.Reload != "live" {
			c.Restart = append(c.Restart, key)
			continue
		}
		c.Live = append(c.Live, key)
		if value == nil {
			merged = merged.remove(names...)
		} else {
			merged = merged.set(value, names...)
		}
	}
	c.Config = new(protocol.Config)
	return c, c.Config.DecodeAlias(merged.appendJSON(nil, nil), wire.Strict)
}

func tree(c *protocol.Config) (*node, error) {
	root, _, err := readText(c.AppendJSON(nil))
	return root, err
}

// equal reports whether two values of a key mean the same. None is the default.
func equal(key Key, a, b *node) bool {
	text := func(n *node) []byte {
		if n == nil {
			return []byte(key.Default)
		}
		return n.appendJSON(nil, nil)
	}
	return bytes.Equal(text(a), text(b))
}

// remove returns the object without what stands at a place below it. What is on
// the way is copied.
func (n *node) remove(names ...string) *node {
	if n == nil || n.find(names...) == nil {
		return n
	}
	object := *n
	if len(names) == 1 {
		object.members = slices.DeleteFunc(slices.Clone(n.members), func(m member) bool { return m.name == names[0] })
		return &object
	}
	object.members = slices.Clone(n.members)
	for k, m := range object.members {
		if m.name == names[0] {
			object.members[k].value = m.value.remove(names[1:]...)
		}
	}
	return &object
}
