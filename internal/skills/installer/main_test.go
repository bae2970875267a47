package installer

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv("GATESMITH_TEST_PROGRAM") != "" {
		os.Exit(program())
	}
	goleak.VerifyTestMain(m)
}

// program is what the tests run in place of installers: this test's own binary.
func program() int {
	what := os.Args[len(os.Args)-1]
	switch what, _, _ = strings.Cut(what[strings.LastIndexByte(what, '/')+1:], "@"); what {
	case "says":
		fmt.Println("one")
		fmt.Fprintln(os.Stderr, "two\x1b[31m")
		for _, v := range os.Environ() {
			fmt.Println("env", v)
		}
	case "fails":
		fmt.Println("trying")
		fmt.Fprintln(os.Stderr, "first\nno such package")
		return 7
	case "floods":
		line := strings.Repeat("x", 99) + "\n"
		for range 20_000 {
			fmt.Print(line)
		}
		fmt.Println("the end")
	case "hangs", "leaves":
		if what == "hangs" {
			signal.Ignore(syscall.SIGTERM)
		}
		child := exec.Command(os.Args[0], "sleeps")
		child.Stdout = os.Stdout // holds the pipe open
		if err := child.Start(); err != nil {
			return 1
		}
		fmt.Println("child", child.Process.Pid)
		if what == "hangs" {
			<-time.After(time.Hour)
		}
	case "sleeps":
		signal.Ignore(syscall.SIGTERM)
		<-time.After(time.Hour)
	}
	return 0
}
