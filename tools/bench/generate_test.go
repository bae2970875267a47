package bench

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gatesmith/gatesmith/gen/emit/golang"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// manyMethods is the schema folder with its methods several times over, under
// other names, until there are n.
func manyMethods(tb testing.TB, n int) fs.FS {
	tb.Helper()
	names := regexp.MustCompile(`("title": "|"x-method": "|"x-aliases": \[\{ "name": ")([^"]+)"`)
	real := os.DirFS("../../schema")
	all := fstest.MapFS{}
	var methods []string
	err := fs.WalkDir(real, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(real, path)
		all[path] = &fstest.MapFile{Data: data}
		if strings.HasPrefix(path, "methods/") && !strings.HasSuffix(path, "connect.json") {
			methods = append(methods, path)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	for k := len(methods); k < n; k++ {
		path := methods[k%len(methods)]
		suffix := string(rune('A' + k/len(methods)))
		copied := names.ReplaceAll(all[path].Data, []byte("${1}${2}"+suffix+`"`))
		all[strings.TrimSuffix(path, ".json")+suffix+".json"] = &fstest.MapFile{Data: copied}
	}
	return all
}

func BenchmarkGenerate(b *testing.B) {
	files := manyMethods(b, 500)
	emitter := golang.Emitter{Package: "protocol", Import: "example.org/protocol", Wire: "github.com/gatesmith/gatesmith/protocol/wire"}
	tree, list := source.Load(files, "schema")
	p, more := lower.Lower(tree)
	if list = append(list, more...); len(list) > 0 {
		b.Fatal(fmt.Sprint(len(list)), list[0])
	}
	if len(p.Methods) < 500 {
		b.Fatal(len(p.Methods), "methods")
	}
	load := func() { tree, _ = source.Load(files, "schema") }
	lowered := func() { p, _ = lower.Lower(tree) }
	emit := func() {
		if _, err := emitter.Emit(p); err != nil {
			b.Fatal(err)
		}
	}
	for _, stage := range []struct {
		name string
		run  []func()
	}{{"load", []func(){load}}, {"lower", []func(){lowered}}, {"emit", []func(){emit}}, {"all", []func(){load, lowered, emit}}} {
		b.Run(stage.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, run := range stage.run {
					run()
				}
			}
		})
	}
}
