package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/catalog"
)

// completeCall completes the name of a method, then names of its params, and
// values where there is a list of them.
func completeCall(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		var names []cobra.Completion
		for _, name := range catalog.Methods() {
			if m := catalog.LookupMethod(name); strings.HasPrefix(name, begun) && m.NotOffered == "" && name != "connect" {
				names = append(names, cobra.CompletionWithDesc(name, m.Doc))
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	m := catalog.LookupMethod(args[0])
	if m == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if key, _, ok := strings.Cut(begun, "="); ok {
		return completeValue(m.Params, strings.TrimSuffix(key, ":")), cobra.ShellCompDirectiveNoFileComp
	}
	return completeParam(m.Params, args[1:], begun), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeValue lists key=value for a param with a list of values.
func completeValue(of *catalog.Schema, key string) []cobra.Completion {
	for name := range strings.SplitSeq(key, ".") {
		found, known := of.Member(name)
		if !known || found == nil {
			return nil
		}
		of = found
	}
	values := of.Values()
	if len(values) == 0 {
		values = of.Item().Values()
	}
	if types := of.Types(); len(types) > 0 && types[0] == "boolean" {
		values = []string{"true", "false"}
	}
	var all []cobra.Completion
	for _, v := range values {
		all = append(all, key+"="+v)
	}
	return all
}

// completeParam lists the params that are not given yet. Of an object, a dot
// leads on to its members.
func completeParam(of *catalog.Schema, given []string, begun string) []cobra.Completion {
	prefix := ""
	if at := strings.LastIndexByte(begun, '.'); at >= 0 {
		prefix = begun[:at+1]
		for name := range strings.SplitSeq(begun[:at], ".") {
			found, known := of.Member(name)
			if !known || found == nil {
				return nil
			}
			of = found
		}
	}
	var all []cobra.Completion
	for _, p := range of.Members() {
		name := prefix + p.Name
		sign := "="
		if len(p.Members()) > 0 {
			sign = "."
		}
		if strings.HasPrefix(name, begun) && (sign == "." || p.Takes("array") || !isGiven(given, name)) {
			all = append(all, cobra.CompletionWithDesc(name+sign, p.Description()))
		}
	}
	return all
}

func isGiven(words []string, name string) bool {
	for _, word := range words {
		if key, _, ok := strings.Cut(word, "="); ok && strings.TrimSuffix(key, ":") == name {
			return true
		}
	}
	return false
}
