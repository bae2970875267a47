package run

import "slices"

//go:generate go run ../../tools/configschema ../../schema/meta/gatesmith.schema.json

// ConfigFile is the name of the configuration file. It is looked for in the
// folder of a project and above.
const ConfigFile = "gatesmith.json"

// Where the runtimes of generated code live unless an output says otherwise:
// package wire, for TypeScript a folder beside that of the output, and for Python
// the package that comes with the client.
const (
	defaultWire           = "github.com/gatesmith/gatesmith/protocol/wire"
	defaultTypeScriptWire = "../lib/wire/index.js"
	defaultPythonWire     = "gatesmith_client.wire"
)

// The comments on Config and the types in it are the descriptions that
// editors show: tools/configschema makes schema/meta/gatesmith.schema.json of
// them.

// Config says where the schema of a protocol is, and what gatesmith makes of it.
type Config struct {
	// Where this file's own schema is, for editors. Gatesmith does not read it.
	Editor string `json:"$schema,omitempty"`
	// The folder with protocol.json, relative to this file.
	Schema string `json:"schema,omitempty" jsonschema:"minLength=1,default=schema"`
	// What to generate. Each output owns its folder: generated files there that are no longer produced are removed.
	Outputs []Output `json:"outputs,omitempty"`
	// What the reference as a site has besides the protocol; gatesmith docs --html writes it.
	Site Site `json:"site,omitzero"`
	// What to let pass.
	Lint Lint `json:"lint,omitzero"`
}

// Output is one thing to generate, and where it goes.
type Output struct {
	// What it is. go: types, decoders, encoders, tables and handlers. go-client: typed calls and events of a Go client, whose type Client is written by hand beside them. typescript: JavaScript modules with TypeScript declarations. python: a Python package of types, methods, events and typed calls. reference: Markdown pages. bundle: the schema in one file, once as draft 2020-12 and once as draft-07. asyncapi: a description as AsyncAPI 3. openrpc: the calls as OpenRPC.
	Kind Kind `json:"kind"`
	// The folder of the files, relative to this file. Outputs of one file each (bundle, asyncapi, openrpc) may share one.
	Dir string `json:"dir" jsonschema:"minLength=1"`
	// For go and go-client: the import path of the generated package.
	Import string `json:"import,omitempty" jsonschema:"minLength=1"`
	// For go and go-client: the name of the generated package. Absent: the last element of its import path.
	Package string `json:"package,omitempty" jsonschema:"minLength=1"`
	// What generated code calls. For go and go-client the import path of package wire; absent: that of gatesmith. For typescript the specifier of the module wire/index.js as the generated files import it; absent: ../lib/wire/index.js. For python the package wire as the generated files import it, such as ..wire; absent: gatesmith_client.wire.
	Wire string `json:"wire,omitempty" jsonschema:"minLength=1"`
	// For typescript: the specifier of the module whose class Connection the generated class Client extends. Absent: no such class is generated.
	Base string `json:"base,omitempty" jsonschema:"minLength=1"`
	// For go-client: the import path of the go output, whose types it uses.
	Protocol string `json:"protocol,omitempty" jsonschema:"minLength=1"`
}

// Site is what a site says that the schema does not.
type Site struct {
	// The command that calls a method from a shell; the method's name and its params follow it. Absent: examples have none.
	Command string `json:"command,omitempty" jsonschema:"minLength=1"`
	// Markdown files that become pages, relative to this file, in the order in which they are listed.
	Guides []string `json:"guides,omitempty"`
	// A Markdown file that says what changed from one release to the next, relative to this file.
	Changelog string `json:"changelog,omitempty" jsonschema:"minLength=1"`
}

// Kind is a kind of output.
type Kind string

// The kinds of output.
const (
	Go         Kind = "go"
	GoClient   Kind = "go-client"
	TypeScript Kind = "typescript"
	Python     Kind = "python"
	Reference  Kind = "reference"
	Bundle     Kind = "bundle"
	AsyncAPI   Kind = "asyncapi"
	OpenRPC    Kind = "openrpc"
)

// Kinds lists them in the order in which messages name them.
var Kinds = []Kind{Go, GoClient, TypeScript, Python, Reference, Bundle, AsyncAPI, OpenRPC}

// Known reports whether k is a kind of output.
func (k Kind) Known() bool { return slices.Contains(Kinds, k) }

// shares reports whether outputs of a kind can have a folder together: what they
// write is named after the protocol and the kind.
func (k Kind) shares() bool { return k == Bundle || k == AsyncAPI || k == OpenRPC }

// Lint configures the lint stage.
type Lint struct {
	// Findings that are right to stay. One that allows nothing is an error.
	Exceptions []Exception `json:"exceptions,omitempty"`
}

// Exception allows one finding.
type Exception struct {
	// The id of the rule, as findings show it.
	Rule string `json:"rule" jsonschema:"minLength=1"`
	// Where the finding is: the path of the file in the schema folder, a #, and the JSON pointer in it.
	At string `json:"at" jsonschema:"minLength=1"`
	// Why the finding is right to stay.
	Reason string `json:"reason" jsonschema:"minLength=1"`
}
