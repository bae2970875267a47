// Command report runs the benchmarks and writes the tables of
// docs/performance.md, between its markers.
//
//	go run ./tools/bench/report            # print the tables
//	go run ./tools/bench/report -write     # and put them into docs/performance.md
//
// Everything is run several times over, the Go benchmarks and the Node script
// in turn, and the best time of each counts: what else a machine does can only
// add to a time. Ratios are within one run of this program.
//
// Node's packages are installed in a temporary folder. Without Node those
// columns are left out.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/tools/bench"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often everything is run")
	benchtime := flag.String("benchtime", "100ms", "time for each Go benchmark in a round")
	filter := flag.String("bench", ".", "which Go benchmarks to run")
	write := flag.Bool("write", false, "write the tables into docs/performance.md")
	flag.Parse()
	if err := run(*rounds, *benchtime, *filter, *write); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(rounds int, benchtime, filter string, write bool) error {
	dir, err := os.MkdirTemp("", "gatesmith-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	test := filepath.Join(dir, "bench.test")
	if err := command("", "go", "test", "-c", "-o", test, "./tools/bench"); err != nil {
		return err
	}
	node, err := prepareNode(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "report: no Node columns:", err)
	}
	all := results{}
	for n := range rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", n+1, rounds)
		if err := all.read("tools/bench", test, "-test.run", "^$", "-test.bench", filter, "-test.benchmem", "-test.benchtime", benchtime); err != nil {
			return err
		}
		if node != nil {
			if err := all.read(dir, node[0], node[1:]...); err != nil {
				return err
			}
		}
	}
	corpus, err := bench.Corpus()
	if err != nil {
		return err
	}
	text := all.tables(corpus)
	fmt.Print(text)
	if write {
		return replace("docs/performance.md", text)
	}
	return nil
}

func command(dir, name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Dir = dir
	c.Stderr = os.Stderr
	return c.Run()
}

// prepareNode sets a folder up for the Node script and gives the command that
// runs it.
func prepareNode(dir string) ([]string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	schema, err := bench.Draft07("schema")
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(dir, os.DirFS("tools/bench/node")); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "bundle.json"), schema, fs.ModePerm); err != nil {
		return nil, err
	}
	if err := command(dir, "npm", "install", "--silent", "--no-audit", "--no-fund"); err != nil {
		return nil, err
	}
	corpus, err := filepath.Abs("tools/bench/testdata/corpus")
	return []string{node, "bench.mjs", corpus, "bundle.json", "50", "2"}, err
}

// result is the best of one benchmark.
type result struct {
	ns     float64
	allocs int
	bytes  int
}

type results map[string]result

var (
	line   = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op`)
	memory = regexp.MustCompile(`(\d+) B/op\s+(\d+) allocs/op`)
)

// read runs a program that prints as `go test -bench` does.
func (r results) read(dir, name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Dir = dir
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		m := line.FindStringSubmatch(s.Text())
		if m == nil {
			continue
		}
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return err
		}
		old, seen := r[m[1]]
		if seen && old.ns <= ns {
			continue
		}
		best := result{ns: ns}
		if mem := memory.FindStringSubmatch(s.Text()); mem != nil {
			best.bytes, _ = strconv.Atoi(mem[1])
			best.allocs, _ = strconv.Atoi(mem[2])
		}
		r[m[1]] = best
	}
	return nil
}

const (
	begin = "<!-- measured: begin -->\n"
	end   = "<!-- measured: end -->\n"
)

// replace puts a text between the markers of a file.
func replace(path, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, rest, ok1 := strings.Cut(string(old), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s: the markers are missing", path)
	}
	return os.WriteFile(path, []byte(head+begin+text+end+tail), 0o644)
}
