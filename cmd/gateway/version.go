package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/protocol"
)

// version is set by release builds; otherwise the build's own information
// counts.
var version string

// build tells what this binary was built from.
func build() (v, commit string) {
	v = "dev"
	info, ok := debug.ReadBuildInfo()
	if ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v = info.Main.Version
	}
	if ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	if version != "" {
		v = version
	}
	return v, commit
}

// built is when the commit was made that this binary was built from; zero when
// that is not known.
func built() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			at, _ := time.Parse(time.RFC3339, s.Value)
			return at
		}
	}
	return time.Time{}
}

// versionReport is the version for programs.
type versionReport struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Protocol int    `json:"protocol"`
	Schema   string `json:"schema"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func versionCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "version", Short: "Prints the version of the gateway and of its protocol", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, commit := build()
			s := screenOf(cmd, asJSON)
			if asJSON {
				return s.Value(versionReport{Version: v, Commit: commit, Protocol: protocol.ProtocolVersion, Schema: protocol.SchemaHash,
					Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH})
			}
			if commit != "" {
				v += " (" + commit + ")"
			}
			_, err := fmt.Fprintf(s.Out, "gateway %s, protocol %d, schema %s\n", v, protocol.ProtocolVersion, protocol.SchemaHash[:12])
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON for programs")
	return cmd
}
