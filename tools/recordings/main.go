// Command recordings takes from the facts about the protocol what its tests
// always need: the guide's frames, the table of methods, and an extract of the
// recordings of a gateway in the field. The facts are a folder beside the
// repository, which a fresh clone does not have; the extract is committed.
//
//	go run ./tools/recordings -from ../shared/reference -to protocol/testdata
//
// The extract holds one of each kind: requests of the same method and shape
// that were answered alike are taken once, and so are events of one shape. It
// has the recordings' own form, plus "from", so that package transcript reads
// both and the same tests run on both. Beside it are recordings that are played
// again to our gateway as a whole.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	from := flag.String("from", "../shared/reference", "folder with the facts")
	to := flag.String("to", "protocol/testdata", "folder to write to")
	flag.Parse()
	if err := run(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "recordings:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	files, err := extract(os.DirFS(from))
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(to, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.data, 0o644); err != nil {
			return err
		}
		fmt.Printf("%s: %d bytes\n", path, len(f.data))
	}
	return nil
}
