// Gatesmith is the tool of people who own a protocol: from a folder of JSON
// Schema files it generates Go and documentation, and it keeps the folder in
// order. See gatesmith help.
package main

import (
	"fmt"
	"os"
)

func main() {
	wd, err := os.Getwd()
	if err != nil {
		fmt.Fprintf(os.Stderr, "gatesmith: cannot tell the working folder: %s\n", err)
		os.Exit(exitFound)
	}
	os.Exit(execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, wd))
}
