package wire

// Shapes is the table of all types of a protocol, as data. Generated packages
// hold one; Explain interprets it.
type Shapes []Shape

// ShapeID is an index into Shapes.
type ShapeID int32

// NoShape stands where there is none.
const NoShape ShapeID = -1

// ShapeKind is what a value is made of.
type ShapeKind uint8

// The kinds.
const (
	ShapeAny    ShapeKind = iota // any value
	ShapeObject                  // any object
	ShapeBool
	ShapeInt
	ShapeFloat
	ShapeString
	ShapeArray  // Elem
	ShapeMap    // Elem
	ShapeStruct // Members, Open, Sets
	ShapeTagged // Tag, Variants, Rest
	ShapeByKind // Kinds
)

// Place is a shape where it is used.
type Place struct {
	Shape    ShapeID
	Nullable bool
}

// Shape describes one type.
type Shape struct {
	Kind     ShapeKind
	Members  []ShapeMember  // ShapeStruct, in schema order
	Open     bool           // ShapeStruct: other members are allowed
	Sets     []ShapeSets    // ShapeStruct: which members must come together
	Elem     Place          // ShapeArray, ShapeMap
	Tag      string         // ShapeTagged: the discriminator's name
	Variants []ShapeVariant // ShapeTagged
	Rest     ShapeID        // ShapeTagged: the open branch, or NoShape
	Kinds    []ShapeID      // ShapeByKind: one shape a JSON kind
	Enum     []string       // the values allowed, as JSON literals; nil: any
	Const    bool           // Enum has one value, given by const
	Except   bool           // Enum lists the strings that are not allowed, given by not
	Checks   []ShapeCheck   // limits, in schema order
}

// ShapeMember is a property of a struct.
type ShapeMember struct {
	Name     string
	Place    Place
	Required bool
}

// ShapeVariant is a branch of a tagged union.
type ShapeVariant struct {
	Tag   string
	Shape ShapeID
}

// ShapeSets demands that at least one (or with One exactly one) of the sets of
// members is present.
type ShapeSets struct {
	One  bool
	Sets [][]string
}

// ShapeCheck is a limit. Rule is the schema's keyword; Limit its number as a
// literal, or the pattern or format.
type ShapeCheck struct {
	Rule  string
	Limit string
}
