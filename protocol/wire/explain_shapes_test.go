package wire

// The shapes that the tests of Explain share. testSchemas says the same in
// JSON Schema.
const (
	shapeAny ShapeID = iota
	shapeRaw
	shapeBool
	shapeInt
	shapeFloat
	shapeString
	shapeName    // 1..4 characters
	shapeLevel   // "off", "low"
	shapeCount   // 1..5
	shapeBetween // > 1, < 5
	shapeFive    // multiple of 5
	shapeHalf    // multiple of 0.25
	shapeID      // uuid
	shapeKey     // pattern
	shapeFrame   // const "req"
	shapeSeven   // const 7
	shapeList    // 2..3 different strings
	shapeMap
	shapePerson // a struct with one of everything
	shapeOpen
	shapeJob // id or jobId
	shapeOne // exactly one of id, jobId
	shapeDot
	shapeLine
	shapeDrawing // dot or line
	shapeOther
	shapeOpenDrawing // dot, line or anything else
	shapeKinds       // string or array
	shapeIntOrText
	shapeTree // recursive
	shapeNotKnown
	shapePick // 1, 2
	shapeLists
)

func use(id ShapeID) Place      { return Place{Shape: id} }
func nullable(id ShapeID) Place { return Place{Shape: id, Nullable: true} }

var testShapes = Shapes{
	shapeAny:     {Kind: ShapeAny},
	shapeRaw:     {Kind: ShapeObject},
	shapeBool:    {Kind: ShapeBool},
	shapeInt:     {Kind: ShapeInt},
	shapeFloat:   {Kind: ShapeFloat},
	shapeString:  {Kind: ShapeString},
	shapeName:    {Kind: ShapeString, Checks: []ShapeCheck{{"minLength", "1"}, {"maxLength", "4"}}},
	shapeLevel:   {Kind: ShapeString, Enum: []string{`"off"`, `"low"`}},
	shapeCount:   {Kind: ShapeInt, Checks: []ShapeCheck{{"minimum", "1"}, {"maximum", "5"}}},
	shapeBetween: {Kind: ShapeFloat, Checks: []ShapeCheck{{"exclusiveMinimum", "1"}, {"exclusiveMaximum", "5"}}},
	shapeFive:    {Kind: ShapeInt, Checks: []ShapeCheck{{"multipleOf", "5"}}},
	shapeHalf:    {Kind: ShapeFloat, Checks: []ShapeCheck{{"multipleOf", "0.25"}}},
	shapeID:      {Kind: ShapeString, Checks: []ShapeCheck{{"format", "uuid"}}},
	shapeKey:     {Kind: ShapeString, Checks: []ShapeCheck{{"pattern", "^[a-z]+$"}}},
	shapeFrame:   {Kind: ShapeString, Enum: []string{`"req"`}, Const: true},
	shapeSeven:   {Kind: ShapeInt, Enum: []string{`7`}, Const: true},
	shapeList: {Kind: ShapeArray, Elem: use(shapeString),
		Checks: []ShapeCheck{{"minItems", "2"}, {"maxItems", "3"}, {"uniqueItems", "true"}}},
	shapeMap: {Kind: ShapeMap, Elem: use(shapeCount)},
	shapePerson: {Kind: ShapeStruct, Members: []ShapeMember{
		{Name: "name", Place: use(shapeName), Required: true},
		{Name: "age", Place: use(shapeInt)},
		{Name: "nick", Place: nullable(shapeString), Required: true},
		{Name: "level", Place: nullable(shapeLevel)},
		{Name: "list", Place: use(shapeList)},
		{Name: "map", Place: use(shapeMap)},
		{Name: "a/b~c", Place: use(shapeBool)},
		{Name: "raw", Place: use(shapeAny)},
	}},
	shapeOpen: {Kind: ShapeStruct, Open: true, Members: []ShapeMember{{Name: "id", Place: use(shapeString), Required: true}}},
	shapeJob: {Kind: ShapeStruct, Members: []ShapeMember{{Name: "id", Place: use(shapeString)}, {Name: "jobId", Place: use(shapeString)}},
		Sets: []ShapeSets{{Sets: [][]string{{"id"}, {"jobId"}}}}},
	shapeOne: {Kind: ShapeStruct, Members: []ShapeMember{{Name: "id", Place: use(shapeString)}, {Name: "jobId", Place: use(shapeString)},
		{Name: "host", Place: use(shapeString)}},
		Sets: []ShapeSets{{One: true, Sets: [][]string{{"id", "host"}, {"jobId"}}}}},
	shapeDot: {Kind: ShapeStruct, Members: []ShapeMember{
		{Name: "type", Place: use(shapeDotTag), Required: true}, {Name: "x", Place: use(shapeInt), Required: true}}},
	shapeLine: {Kind: ShapeStruct, Members: []ShapeMember{
		{Name: "type", Place: use(shapeLineTag), Required: true}, {Name: "length", Place: use(shapeFloat)}}},
	shapeDrawing: {Kind: ShapeTagged, Tag: "type", Variants: []ShapeVariant{{"dot", shapeDot}, {"line", shapeLine}}, Rest: NoShape},
	shapeOther: {Kind: ShapeStruct, Open: true, Members: []ShapeMember{
		{Name: "type", Place: use(shapeNotKnown), Required: true}, {Name: "z", Place: use(shapeInt)}}},
	shapeOpenDrawing: {Kind: ShapeTagged, Tag: "type", Variants: []ShapeVariant{{"dot", shapeDot}, {"line", shapeLine}}, Rest: shapeOther},
	shapeKinds:       {Kind: ShapeByKind, Kinds: []ShapeID{shapeName, shapeList}},
	shapeIntOrText:   {Kind: ShapeByKind, Kinds: []ShapeID{shapeCount, shapeString, shapePerson}},
	shapeTree:        {Kind: ShapeStruct, Members: []ShapeMember{{Name: "next", Place: use(shapeTree)}, {Name: "all", Place: use(shapeLists)}}},
	shapeNotKnown:    {Kind: ShapeString, Enum: []string{`"dot"`, `"line"`}, Except: true},
	shapePick:        {Kind: ShapeInt, Enum: []string{"1", "2"}},
	shapeLists:       {Kind: ShapeArray, Elem: use(shapeTree)},
	shapeDotTag:      {Kind: ShapeString, Enum: []string{`"dot"`}, Const: true},
	shapeLineTag:     {Kind: ShapeString, Enum: []string{`"line"`}, Const: true},
}

const (
	shapeDotTag ShapeID = shapeLists + 1 + iota
	shapeLineTag
)
