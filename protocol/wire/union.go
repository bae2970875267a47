package wire

// Tag finds the discriminator of the object at i and returns its value. It is
// false when there is no object, or no such string in it. Most often the tag
// comes first and nothing is read twice.
func (r *Reader) Tag(i int, name string) (tag string, ok bool) {
	depth := r.depth
	key, i, more := r.Object(i)
	for more && key != name {
		key, i, more = r.Next(r.Skip(i))
	}
	r.depth = depth
	if !more || r.Peek(i) != '"' {
		return "", false
	}
	ok = r.String(i, &tag) >= 0
	return tag, ok
}

// ConstString reads a string that has one allowed value.
func (r *Reader) ConstString(i int, want string) int {
	b := r.buf
	// The common case: it stands there as it is, and nothing in it is an escape.
	if end := i + 1 + len(want); i >= 0 && end < len(b) && b[i] == '"' && b[end] == '"' &&
		string(b[i+1:end]) == want && plainRun(b[i+1:end]) == len(want) {
		return end + 1
	}
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
