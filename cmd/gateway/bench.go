package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/load"
)

// What a measurement may ask for: it is for this machine, and it ends.
const (
	benchConns   = 20_000
	benchDepth   = 1_024
	benchHostile = 1_000
	benchTime    = 10 * time.Minute
)

// bench is what all measurements have in common.
type bench struct {
	url, token string
	asJSON     bool
}

func benchCommand() *cobra.Command {
	b := &bench{}
	cmd := &cobra.Command{
		Use: "bench", Short: "Measures a gateway",
		Long: `Measures requests, events to many clients, and idle connections.

Each measurement starts a gateway of its own on a free loopback port, with a state
folder that is removed at the end. With --url it loads one that runs already on this
machine; then nothing can be said of its CPU time and memory.`,
	}
	chooses(cmd)
	f := cmd.PersistentFlags()
	f.StringVar(&b.url, "url", "", "`address` of a gateway on this machine, such as ws://127.0.0.1:18789")
	f.StringVar(&b.token, "token", "", "its `secret`; else GATEWAY_TOKEN")
	f.BoolVar(&b.asJSON, "json", false, "print JSON")
	cmd.AddCommand(b.rpcCommand(), b.fanoutCommand(), b.idleCommand())
	return cmd
}

func (b *bench) rpcCommand() *cobra.Command {
	o := load.RPCOptions{}
	cmd := &cobra.Command{
		Use: "rpc", Short: "Requests per second, and how long they take", Args: noArgs,
		Example: "  gateway bench rpc --connections 64\n  gateway bench rpc --depth 32\n  gateway bench rpc --hostile 20",
	}
	f := cmd.Flags()
	f.IntVar(&o.Conns, "connections", 8, "connections")
	f.IntVar(&o.Depth, "depth", 1, "requests on the way at a time, on each connection")
	f.DurationVar(&o.For, "for", 5*time.Second, "how long")
	f.StringVar(&o.Method, "method", "last-heartbeat", "what is called, without params")
	f.IntVar(&o.Hostile, "hostile", 0, "measure alone, and then beside so many connections that send what no client should")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := errors.Join(within("--connections", o.Conns, 1, benchConns), within("--depth", o.Depth, 1, benchDepth),
			within("--hostile", o.Hostile, 0, benchHostile), lasts(o.For)); err != nil {
			return err
		}
		return b.run(cmd, func(ctx context.Context, t *load.Target, out io.Writer) (any, error) {
			return rpc(ctx, t, o, out)
		})
	}
	return cmd
}

// rpc measures once, or alone and beside hostile connections.
func rpc(ctx context.Context, t *load.Target, o load.RPCOptions, out io.Writer) (any, error) {
	hostile := o.Hostile
	o.Hostile = 0
	alone, err := load.RPC(ctx, t, o)
	if err != nil {
		return nil, err
	}
	printRPC(out, alone)
	if hostile == 0 {
		return alone, nil
	}
	o.Hostile = hostile
	beside, err := load.RPC(ctx, t, o)
	if err != nil {
		return nil, err
	}
	printRPC(out, beside)
	ratio := float64(beside.P99) / float64(max(alone.P99, 1))
	fmt.Fprintf(out, "Beside hostile connections p99 is %.2f times what it is alone\n", ratio)
	return map[string]any{"alone": alone, "beside": beside, "p99Ratio": ratio}, nil
}

func printRPC(out io.Writer, r *load.RPCResult) {
	fmt.Fprintf(out, "%s, %d connections, %d on the way on each: %.0f/s, p50 %v, p99 %v, longest %v", r.Method, r.Conns, r.Depth, r.PerSecond, r.P50, r.P99, r.Max)
	if r.CPU > 0 {
		fmt.Fprintf(out, ", %v CPU of the gateway each", r.CPUEach)
	}
	if r.Hostile > 0 {
		fmt.Fprintf(out, "; beside %d hostile connections that sent %d frames", r.Hostile, r.HostileOut)
	}
	fmt.Fprintln(out)
}

func (b *bench) fanoutCommand() *cobra.Command {
	o := load.FanoutOptions{}
	cmd := &cobra.Command{
		Use: "fanout", Short: "Events delivered to many clients per second", Args: noArgs,
		Example: "  gateway bench fanout --receivers 1000\n  gateway bench fanout --receivers 500 --burst 4",
	}
	f := cmd.Flags()
	f.IntVar(&o.Receivers, "receivers", 100, "connections that get the events")
	f.IntVar(&o.Burst, "burst", 0, "events at a time, before all receivers have them; 0 sends as many as can be")
	f.DurationVar(&o.For, "for", 5*time.Second, "how long")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := errors.Join(within("--receivers", o.Receivers, 1, benchConns), within("--burst", o.Burst, 0, benchDepth), lasts(o.For)); err != nil {
			return err
		}
		return b.run(cmd, func(ctx context.Context, t *load.Target, out io.Writer) (any, error) {
			r, err := load.Fanout(ctx, t, o)
			if err != nil {
				return nil, err
			}
			how := "flood"
			if r.Burst > 0 {
				how = fmt.Sprintf("bursts of %d", r.Burst)
			}
			fmt.Fprintf(out, "%d receivers, %s of events of %d B: %.0f deliveries/s", r.Receivers, how, r.Bytes, r.PerSecond)
			if r.CPU > 0 {
				fmt.Fprintf(out, ", %v CPU of the gateway each", r.CPUEach)
			}
			fmt.Fprintln(out)
			return r, nil
		})
	}
	return cmd
}

func (b *bench) idleCommand() *cobra.Command {
	o := load.IdleOptions{}
	cmd := &cobra.Command{
		Use: "idle", Short: "Memory of connections that do nothing", Args: noArgs,
		Example: "  gateway bench idle --connections 10000",
	}
	f := cmd.Flags()
	f.IntVar(&o.Conns, "connections", 1000, "connections")
	f.DurationVar(&o.Settle, "settle", 30*time.Second, "how long to wait before memory is measured: the gateway gives it back when it has become quiet")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := errors.Join(within("--connections", o.Conns, 1, benchConns), lasts(o.Settle)); err != nil {
			return err
		}
		return b.run(cmd, func(ctx context.Context, t *load.Target, out io.Writer) (any, error) {
			r, err := load.Idle(ctx, t, o)
			if err != nil {
				return nil, err
			}
			if r.Ready > 0 {
				fmt.Fprintf(out, "The gateway was ready %v after its start\n", r.Ready.Round(100*time.Microsecond))
			}
			fmt.Fprintf(out, "%d connections, each let in: %.0f connects/s, %v CPU of the gateway each; then %.1f KB of memory each (%.1f MB before, %.1f MB with them)\n",
				r.Conns, r.PerSecond, r.CPU, float64(r.Each)/1000, float64(r.Before)/1e6, float64(r.After)/1e6)
			return r, nil
		})
	}
	return cmd
}

// run measures with a gateway that is there, or one of its own.
func (b *bench) run(cmd *cobra.Command, measure func(context.Context, *load.Target, io.Writer) (any, error)) (err error) {
	ctx := cmd.Context()
	t, err := b.target(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Stop()) }()
	out := cmd.OutOrStdout()
	if b.asJSON {
		out = io.Discard
	}
	result, err := measure(ctx, t, out)
	if err != nil || !b.asJSON {
		return err
	}
	e := json.NewEncoder(cmd.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(result)
}

func (b *bench) target(ctx context.Context) (*load.Target, error) {
	if b.url != "" {
		t, err := load.Existing(b.url, cmp.Or(b.token, os.Getenv("GATEWAY_TOKEN")))
		if err != nil {
			return nil, &failure{exitUsage, err}
		}
		return t, nil
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return load.Start(ctx, program)
}

// within checks a number that was asked for.
func within(flag string, n, least, most int) error {
	if n < least || n > most {
		return &failure{exitUsage, fmt.Errorf("%s is %d: it must be from %d to %d", flag, n, least, most)}
	}
	return nil
}

func lasts(d time.Duration) error {
	if d <= 0 || d > benchTime {
		return &failure{exitUsage, fmt.Errorf("%v is no time to measure for: it must be more than nothing and at most %v", d, benchTime)}
	}
	return nil
}
