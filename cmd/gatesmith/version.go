package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// gatesmith is the module where gatesmith and package wire come from.
const gatesmith = "github.com/gatesmith/gatesmith"

func (t *tool) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Prints the version of gatesmith",
		Args:  noArgs,
		RunE: does(func([]string) error {
			_, err := fmt.Fprintf(t.stdout, "gatesmith %s %s %s/%s\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		}),
	}
}

// versionText is that of the module that gatesmith was built from; a build of a
// checkout says which commit it was.
func versionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	if v := released(info); v != "" {
		return v
	}
	commit, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = " " + s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = " with changes"
		}
	}
	return "(devel)" + commit + modified
}

// released is the version under which gatesmith can be had, or "" for a build
// of a checkout.
func released(info *debug.BuildInfo) string {
	v := info.Main.Version
	if info.Main.Path != gatesmith || info.Main.Replace != nil || !strings.HasPrefix(v, "v") || strings.Contains(v, "+dirty") {
		return ""
	}
	return v
}
