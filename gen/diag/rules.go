package diag

// Rule is the stable id of a check. Ids appear in output, in the
// configuration's exceptions and in the docs, and are never reused.
type Rule string

// The rules of loading and of the dialect: a file that breaks one cannot be
// compiled.
const (
	FileUnreadable     Rule = "FILE_UNREADABLE"
	FileMisplaced      Rule = "FILE_MISPLACED"
	JSONSyntax         Rule = "JSON_SYNTAX"
	KeywordUnknown     Rule = "KEYWORD_UNKNOWN"
	KeywordUnsupported Rule = "KEYWORD_UNSUPPORTED"
	KeywordValue       Rule = "KEYWORD_VALUE"
	KeywordMissing     Rule = "KEYWORD_MISSING"
	RefUnresolved      Rule = "REF_UNRESOLVED"
	RefCycle           Rule = "REF_CYCLE"
	RefSibling         Rule = "REF_SIBLING"
	ObjectClosed       Rule = "OBJECT_CLOSED"
	RequiredUndeclared Rule = "REQUIRED_UNDECLARED"
	UnionTagged        Rule = "UNION_TAGGED"
	EnumNull           Rule = "ENUM_NULL_UNREACHABLE"
	EnumValueFormat    Rule = "ENUM_VALUE_FORMAT"
	FragmentMisused    Rule = "FRAGMENT_MISUSED"
	PatternPortable    Rule = "PATTERN_PORTABLE"
	DefaultValid       Rule = "DEFAULT_VALID"
	NameCollision      Rule = "NAME_COLLISION"
	NameFormat         Rule = "NAME_FORMAT"
	ManifestUndeclared Rule = "MANIFEST_UNDECLARED"
	DuplicateWireName  Rule = "DUPLICATE_WIRE_NAME"
)

// The rules of lint: the protocol would compile, but would serve its users
// badly.
const (
	MethodAccessRequired    Rule = "METHOD_ACCESS_REQUIRED"
	MethodNameFormat        Rule = "METHOD_NAME_FORMAT"
	MethodIdempotencyStated Rule = "METHOD_IDEMPOTENCY_STATED"
	EventDeliveryRequired   Rule = "EVENT_DELIVERY_REQUIRED"
	DocRequired             Rule = "DOC_REQUIRED"
	ExampleValid            Rule = "EXAMPLE_VALID"
	ExampleRequired         Rule = "EXAMPLE_REQUIRED"
	TypeNoAny               Rule = "TYPE_NO_ANY"
	TypeUnused              Rule = "TYPE_UNUSED"
	ScopeUnused             Rule = "SCOPE_UNUSED"
	AliasExpired            Rule = "ALIAS_EXPIRED"
	ExceptionUnused         Rule = "EXCEPTION_UNUSED"
)

// RuleDoc says what a rule is for.
type RuleDoc struct {
	Rule    Rule
	Purpose string
}

// Rules lists every rule with its purpose, in the order of the docs.
var Rules = []RuleDoc{
	{FileUnreadable, "Checks that every file of the schema folder can be read."},
	{FileMisplaced, "Checks that every file lies in a folder that says what it is: frames, types, methods/<group>, events, config."},
	{JSONSyntax, "Checks that every file is one JSON value in UTF-8 without repeated member names."},
	{KeywordUnknown, "Checks that no keyword is misspelt or invented: JSON Schema would silently ignore it."},
	{KeywordUnsupported, "Checks that only keywords are used, and only where, that the generator compiles exactly."},
	{KeywordValue, "Checks that a keyword's value has the form and the range that the keyword needs."},
	{KeywordMissing, "Checks that a keyword that is needed here is there."},
	{RefUnresolved, "Checks that every $ref leads to a schema of this tree."},
	{RefCycle, "Checks that no chain of $refs comes back to itself without passing a value."},
	{RefSibling, "Checks that beside a $ref stand annotations only."},
	{ObjectClosed, "Checks that an object with properties says whether it is closed (additionalProperties: false) or open (x-open: true)."},
	{RequiredUndeclared, "Checks that every required name is a declared property."},
	{UnionTagged, "Checks that the branches of a oneOf are told apart by a discriminator or by their JSON kind."},
	{EnumNull, "Checks that an enum that may be null lists null, and that one that lists null may be null."},
	{EnumValueFormat, "Checks that enum values are distinct and give distinct constant names."},
	{FragmentMisused, "Checks that a fragment is used in allOf only, and composed without colliding properties."},
	{PatternPortable, "Checks that a pattern means the same in Go, JavaScript and Python."},
	{DefaultValid, "Checks that a default is valid against its own schema, and stands on an optional scalar."},
	{NameCollision, "Checks that no two generated names are equal."},
	{NameFormat, "Checks that a title or x-name can be a name in every target language."},
	{ManifestUndeclared, "Checks that every role, scope, error code, group, dialect and event that a file names is declared."},
	{DuplicateWireName, "Checks that no two methods or events share a name or an alias."},
	{MethodAccessRequired, "Checks that every method and event says who may use it: x-role and x-scope."},
	{MethodNameFormat, "Checks that a method or event has a well-formed name, and that its file is named after it."},
	{MethodIdempotencyStated, "Checks that every method that writes says what a repeated call does."},
	{EventDeliveryRequired, "Checks that every event says how it is delivered and to whom."},
	{DocRequired, "Checks that every method, event, type and field is described."},
	{ExampleValid, "Checks that every example is valid against the schema it illustrates."},
	{ExampleRequired, "Checks that every method and event has an example."},
	{TypeNoAny, "Checks that no value is left without a shape, except where listed with a reason."},
	{TypeUnused, "Checks that every type is reachable from a method, event, frame or configuration file."},
	{ScopeUnused, "Checks that every declared scope guards something."},
	{AliasExpired, "Checks that no deprecated alias outlives the version it was kept until."},
	{ExceptionUnused, "Checks that every exception in the configuration is still needed."},
}

// Known reports whether id names a rule.
func Known(id Rule) bool {
	for _, r := range Rules {
		if r.Rule == id {
			return true
		}
	}
	return false
}
