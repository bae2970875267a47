package wire

// Tag finds the discriminator of the object at i and returns its value. It is
// false when there is no object, or no such string in it. Most often the tag
// comes first and nothing is read twice.
func (r *Reader) Tag(i int, name string) (tag string, ok bool) {
	depth := r.depth
	tag, ok = r.tag(i, name)
	r.depth = depth
	return tag, ok
}

func (r *Reader) tag(i int, name string) (tag string, ok bool) {
	next := false
	for i, next = r.Object(i); next; i, next = r.Next(i) {
		var key string
		key, i = r.Name(i)
		if i >= 0 && key == name {
			if r.Peek(i) != '"' {
				return "", false
			}
			i = r.text(i, &tag)
			return tag, i >= 0
		}
		i = r.Skip(i)
	}
	return "", false
}

// ConstString reads a string that has one allowed value.
func (r *Reader) ConstString(i int, want string) int {
	v := want
	if i = r.String(i, &v); i >= 0 && v != want {
		return r.Breach(i)
	}
	return i
}

// ConstInt reads an integer that has one allowed value.
func (r *Reader) ConstInt(i int, want int64) int {
	v := want
	if i = r.Int(i, &v); i >= 0 && v != want {
		return r.Breach(i)
	}
	return i
}

// ConstFloat reads a number that has one allowed value, given as a float and as
// the schema's literal: where floats are equal, the literals decide.
func (r *Reader) ConstFloat(i int, want float64, text string) int {
	v, start := want, i
	if i = r.Float(i, &v); i >= 0 && !r.lenient && CompareNumber(r.buf[start:i], v, want, text) != 0 {
		return Invalid
	}
	return i
}

// ConstBool reads a boolean that has one allowed value.
func (r *Reader) ConstBool(i int, want bool) int {
	v := want
	if i = r.Bool(i, &v); i >= 0 && v != want {
		return r.Breach(i)
	}
	return i
}
