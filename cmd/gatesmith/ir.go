package main

import (
	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func (t *tool) irCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ir --json",
		Short: "Prints the model that everything is generated from",
		Long: `Prints the model that everything is generated from, as JSON, for programs that
make something of it which gatesmith does not. References are resolved and
names planned. Types with a name stand in the list "types", and all else refers
to them by it, so there are no cycles; places are relative to the schema folder.`,
		Args: noArgs,
		RunE: does(func([]string) error {
			if !asJSON {
				return usagef("JSON is the only form of the model: say --json")
			}
			model, err := t.load(t.open())
			if err != nil {
				return err
			}
			return ir.WriteJSON(t.stdout, model.Protocol)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, the only form so far")
	return cmd
}
