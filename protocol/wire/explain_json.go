package wire

import "strconv"

// This file is the first half of Explain: what is wrong with the JSON itself,
// in every value, also in those the schema takes as they are. It accepts what
// Reader.Skip accepts, which FuzzExplainJSON holds it to.

// checkText reports the issues of the JSON text that begins at i, and whether
// it can be compared with a shape.
func (x *explainer) checkText(i int) bool {
	i = x.checkValue(x.strict.space(i), x.limit)
	if i < 0 {
		return false
	}
	if i = x.strict.space(i); i < len(x.data) {
		x.syntax(i, "expected nothing after the value")
		return false
	}
	return true
}

// syntax reports text that is not JSON. It gives the position instead of a
// pointer: a broken text has no reliable structure.
func (x *explainer) syntax(i int, expected string) int {
	x.path = x.path[:0]
	x.report(RuleSyntax, "", strconv.Itoa(i)+": "+expected)
	return Invalid
}

// checkValue passes a value; depth is how many containers may still be opened.
// It returns Invalid where reading cannot go on.
func (x *explainer) checkValue(i, depth int) int {
	switch c := x.byteAt(i); {
	case c == '"':
		end, wrong := x.checkString(i)
		for _, what := range wrong {
			x.report(RuleUTF8, "", what)
		}
		return end
	case c == '{':
		if depth <= 0 {
			return x.tooDeep()
		}
		return x.checkObject(i, depth-1)
	case c == '[':
		if depth <= 0 {
			return x.tooDeep()
		}
		return x.checkArray(i, depth-1)
	case c == '-' || isDigit(c):
		return x.checkNumber(i)
	}
	var v bool
	if end := x.strict.Bool(i, &v); end >= 0 {
		return end
	}
	if x.strict.Null(i) {
		return i + len("null")
	}
	return x.syntax(i, "expected a value")
}

// tooDeep ends the check: going on would do the work that the limit is to
// spare.
func (x *explainer) tooDeep() int {
	x.report(RuleDepth, "", strconv.Itoa(x.limit))
	return Invalid
}

func (x *explainer) checkObject(i, depth int) int {
	i = x.strict.space(i + 1)
	if x.byteAt(i) == '}' {
		return i + 1
	}
	if x.byteAt(i) != '"' {
		return x.syntax(i, "expected a member name or '}'")
	}
	var names nameSet
	for !x.full() {
		if i = x.checkMember(i, depth, &names); i < 0 {
			return Invalid
		}
		i = x.strict.space(i)
		switch x.byteAt(i) {
		case '}':
			return i + 1
		case ',':
			i = x.strict.space(i + 1)
		default:
			return x.syntax(i, "expected ',' or '}' after a member")
		}
		if x.byteAt(i) != '"' {
			return x.syntax(i, "expected a member name")
		}
	}
	return Invalid
}

func (x *explainer) checkMember(i, depth int, names *nameSet) int {
	end, wrong := x.checkString(i)
	if end < 0 {
		return Invalid
	}
	name := stringValue(x.data[i:end])
	for _, what := range wrong {
		x.report(RuleUTF8, name, what+" in a property name")
	}
	// Bad characters are all replaced alike, so names that have some can't be
	// told apart.
	if len(wrong) == 0 && !x.lenient && !names.add(name) {
		x.report(RuleDuplicate, name, name)
	}
	i = x.strict.space(end)
	if x.byteAt(i) != ':' {
		return x.syntax(i, "expected ':' after a member name")
	}
	mark := x.enter(name)
	if i = x.checkValue(x.strict.space(i+1), depth); i >= 0 {
		x.leave(mark)
	}
	return i
}

func (x *explainer) checkArray(i, depth int) int {
	i = x.strict.space(i + 1)
	if x.byteAt(i) == ']' {
		return i + 1
	}
	for n := 0; !x.full(); n++ {
		mark := x.enterItem(n)
		if i = x.checkValue(i, depth); i < 0 {
			return Invalid
		}
		x.leave(mark)
		i = x.strict.space(i)
		switch x.byteAt(i) {
		case ']':
			return i + 1
		case ',':
			i = x.strict.space(i + 1)
		default:
			return x.syntax(i, "expected ',' or ']' after an item")
		}
	}
	return Invalid
}

// checkNumber passes a number. Lenient reading takes one of any size.
func (x *explainer) checkNumber(i int) int {
	end := x.strict.number(i)
	if end < 0 {
		return x.syntax(i, "malformed number")
	}
	if !x.lenient {
		if _, err := strconv.ParseFloat(string(x.data[i:end]), 64); err != nil {
			x.report(RuleRange, "", beyondFloat)
		}
	}
	return end
}

// checkString passes a string and returns what is wrong with its characters.
func (x *explainer) checkString(i int) (end int, wrong []string) {
	start := i + 1
	if i = start + plainRun(x.data[start:]); x.byteAt(i) == '"' && validUTF8(x.data, start, i) {
		return i + 1, nil
	}
	var scratch [12]byte
	var notUTF8, lone bool
	for i = start; i < len(x.data); {
		switch c := x.data[i]; {
		case c == '"':
			if notUTF8 {
				wrong = append(wrong, badUTF8)
			}
			if lone && !x.lenient {
				wrong = append(wrong, loneSurrogate)
			}
			return i + 1, wrong
		case c == '\\':
			_, next := x.loose.escape(scratch[:0], i)
			if next < 0 {
				return x.syntax(i, "malformed escape in a string"), nil
			}
			// Only halves of a pair divide the two modes.
			if x.data[i+1] == 'u' {
				_, ok := x.strict.escape(scratch[:0], i)
				lone = lone || ok < 0
			}
			i = next
		case c < 0x20:
			return x.syntax(i, "control character in a string"), nil
		default:
			end := i + plainRun(x.data[i:])
			notUTF8 = notUTF8 || !validUTF8(x.data, i, end)
			i = end
		}
	}
	return x.syntax(i, "expected '\"' at the end of a string"), nil
}

// byteAt returns the byte at i, or 0 at the end of the text.
func (x *explainer) byteAt(i int) byte { return x.strict.Peek(i) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
