package ir

// JSONKind is the JSON kind of every value of a type, or "" when there is more
// than one.
func (t *Type) JSONKind() string {
	switch t.Kind {
	case Bool:
		return "boolean"
	case Int, Float:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Map, Struct:
		return "object"
	case Enum:
		if t.Enum != nil && t.Enum.Base == Int {
			return "number"
		}
		return "string"
	case Raw:
		if t.Object {
			return "object"
		}
	case Union:
		if t.Union.Tag != "" {
			return "object"
		}
	}
	return ""
}
