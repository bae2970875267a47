package nodes

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// The commands that nodes are known to have, in groups.
var (
	canvas = []string{"canvas.present", "canvas.hide", "canvas.navigate", "canvas.eval", "canvas.snapshot", "canvas.a2ui.push", "canvas.a2ui.pushJSONL", "canvas.a2ui.reset"}
	camera = []string{"camera.list", "camera.snap", "camera.clip"}
	screen = []string{"screen.record"}
	place  = []string{"location.get"}
	sms    = []string{"sms.send"}
	system = []string{"system.run", "system.which", "system.notify", "system.execApprovals.get", "system.execApprovals.set", "browser.proxy"}
)

// Platforms as the policy knows them.
const (
	platformIOS     = "ios"
	platformAndroid = "android"
	platformMac     = "macos"
	platformWindows = "windows"
	platformLinux   = "linux"
	platformUnknown = "unknown"
)

// platformCommands are what nodes of a platform may be asked for by default.
var platformCommands = map[string]map[string]bool{
	platformIOS:     setOf(canvas, camera, screen, place),
	platformAndroid: setOf(canvas, camera, screen, place, sms),
	platformMac:     setOf(canvas, camera, screen, place, system),
	platformWindows: setOf(system),
	platformLinux:   setOf(system),
	platformUnknown: setOf(canvas, camera, screen, place, sms, system),
}

func setOf(groups ...[]string) map[string]bool {
	out := map[string]bool{}
	for _, name := range slices.Concat(groups...) {
		out[name] = true
	}
	return out
}

// platformOf tells a node's platform by how its own word for it begins, else by
// the family of the device.
func platformOf(c *protocol.ConnectClient) string {
	name, family := strings.ToLower(strings.TrimSpace(c.Platform)), strings.ToLower(c.DeviceFamily.V)
	for _, known := range []struct{ begins, platform string }{{"ios", platformIOS}, {"android", platformAndroid}, {"mac", platformMac}, {"darwin", platformMac},
		{"win", platformWindows}, {"linux", platformLinux}} {
		if strings.HasPrefix(name, known.begins) {
			return known.platform
		}
	}
	for _, known := range []struct{ has, platform string }{{"iphone", platformIOS}, {"ipad", platformIOS}, {"ios", platformIOS}, {"android", platformAndroid},
		{"mac", platformMac}, {"windows", platformWindows}, {"linux", platformLinux}} {
		if strings.Contains(family, known.has) {
			return known.platform
		}
	}
	return platformUnknown
}

// listed reports whether nodes like this one may be asked for a command.
func listed(cfg *protocol.NodesConfig, c *protocol.ConnectClient, command string) bool {
	return (platformCommands[platformOf(c)][command] || slices.Contains(cfg.AllowCommands, command)) && !slices.Contains(cfg.DenyCommands, command)
}

// commands are what a node offers and may be asked for, sorted.
func (s *Service) commands(c *conn) []string {
	cfg := s.o.Config()
	offered := map[string]bool{}
	for _, name := range c.peer.Connect.Commands {
		if name = strings.TrimSpace(name); name != "" && listed(cfg, &c.peer.Client, name) {
			offered[name] = true
		}
	}
	return orEmpty(slices.Sorted(maps.Keys(offered)))
}

// mayAsk refuses commands that the node does not offer or may not be asked for.
func (s *Service) mayAsk(c *conn, command string) error {
	declared := c.peer.Connect.Commands
	switch {
	case !listed(s.o.Config(), &c.peer.Client, command):
		return notAllowed(command, protocol.NodeCommandRefusedDetailsReasonCommandNotAllowlisted)
	case len(declared) == 0:
		return notAllowed(command, protocol.NodeCommandRefusedDetailsReasonNodeDidNotDeclareCommands)
	case !slices.ContainsFunc(declared, func(d string) bool { return strings.TrimSpace(d) == command }):
		return notAllowed(command, protocol.NodeCommandRefusedDetailsReasonCommandNotDeclaredByNode)
	}
	return nil
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
