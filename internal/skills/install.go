package skills

import (
	"context"
	"fmt"
	"slices"

	"github.com/gatesmith/gatesmith/protocol"
)

// SkillsInstall names what would have to be run: this version of the gateway
// starts no installer.
func (s *Service) SkillsInstall(_ context.Context, p *protocol.SkillsInstallParams) (*protocol.SkillsInstallResult, error) {
	found := s.find(s.o.Workspaces()[0])
	k := slices.IndexFunc(found, func(k *skill) bool { return k.Name == p.Name })
	if k < 0 {
		return nil, notInstalled("Skill not found: " + p.Name)
	}
	install := found[k].Install
	i := slices.IndexFunc(install, func(i Installer) bool { return i.ID == p.InstallID })
	if i < 0 {
		return nil, notInstalled("Installer not found: " + p.InstallID)
	}
	return nil, notInstalled(fmt.Sprintf("installing is not part of this version of the gateway: on its machine, do by hand what %q says in %s", install[i].label(), found[k].file()))
}

func notInstalled(message string) error {
	err := protocol.Errorf(protocol.CodeUnavailable, "%s", message)
	err.Payload = &protocol.SkillsInstallFailure{Message: message}
	return err
}
