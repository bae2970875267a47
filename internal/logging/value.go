package logging

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// This file turns values of any type into plain ones, so that masking sees
// every string there is. It is done when a value is logged, or given to
// Logger.With: after that nothing of the program's is looked at any more.
// Registered secrets are masked later, when the line is written.

// The bounds of what is shown of one value.
const (
	maxNested = 8
	maxItems  = 100
	omitted   = "…"
)

// A plain value is nil, a string, a bool, a json.Number, a list or an object.
type (
	list   []any
	object []field
	field  struct {
		name  string
		value any
	}
)

// plainAttr makes an attribute plain and hides it where its name says so.
func plainAttr(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	level := secrecyOf(a.Key)
	if value.Kind() == slog.KindGroup && level == public {
		members := make([]slog.Attr, 0, len(value.Group()))
		for _, m := range value.Group() {
			members = append(members, plainAttr(m))
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(members...)}
	}
	if level == public {
		switch value.Kind() {
		case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindDuration, slog.KindTime:
			return slog.Attr{Key: a.Key, Value: value} // as the handler writes them
		}
	}
	return slog.Attr{Key: a.Key, Value: slogValue(under(level, plainValue(value, 0)))}
}

// slogValue gives a plain value to a handler.
func slogValue(plain any) slog.Value {
	switch plain := plain.(type) {
	case string:
		return slog.StringValue(plain)
	case bool:
		return slog.BoolValue(plain)
	case json.Number:
		if n, err := plain.Int64(); err == nil {
			return slog.Int64Value(n)
		}
	}
	return slog.AnyValue(plain)
}

// under hides what stands under a name. What can't be a secret remains, because
// it tells whether there is one.
func under(level secrecy, plain any) any {
	if level == public {
		return plain
	}
	switch v := plain.(type) {
	case nil, bool:
		return v
	case string:
		if v == "" {
			return v
		}
	case json.Number:
		if level == several {
			return v
		}
	case list:
		if level == several {
			for k := range v {
				v[k] = under(level, v[k])
			}
			return v
		}
	case object:
		if level == several {
			for k := range v {
				v[k].value = under(level, v[k].value)
			}
			return v
		}
	}
	return Mask
}

// plainValue makes a value of slog plain.
func plainValue(v slog.Value, depth int) any {
	switch v.Kind() {
	case slog.KindGroup:
		var o object
		for _, a := range v.Group() {
			o = append(o, field{a.Key, under(secrecyOf(a.Key), plainValue(a.Value.Resolve(), depth+1))})
		}
		return o
	case slog.KindAny, slog.KindLogValuer:
		return plainAny(v.Any(), depth)
	case slog.KindBool:
		return v.Bool()
	case slog.KindInt64, slog.KindUint64:
		return json.Number(v.String())
	case slog.KindFloat64:
		return plainFloat(v.Float64())
	}
	return v.String()
}

// plainAny makes any value plain. Methods of the value may panic, which must
// not end the program for the sake of a log line.
func plainAny(x any, depth int) (plain any) {
	defer func() {
		if r := recover(); r != nil {
			plain = fmt.Sprintf("!PANIC: a value of type %T can't be shown", x)
		}
	}()
	return plainReflect(reflect.ValueOf(x), depth)
}

func plainReflect(v reflect.Value, depth int) any {
	if !v.IsValid() {
		return nil
	}
	if depth > maxNested {
		return omitted
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		if v.IsNil() {
			return nil
		}
	}
	if v.CanInterface() {
		if plain, ok := plainByMethod(v.Interface(), depth); ok {
			return plain
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return json.Number(strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return json.Number(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		return plainFloat(v.Float())
	case reflect.String:
		return v.String()
	case reflect.Pointer, reflect.Interface:
		return plainReflect(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		return plainList(v, depth)
	case reflect.Map:
		return plainMap(v, depth)
	case reflect.Struct:
		return plainStruct(v, depth)
	}
	return v.Type().String()
}

// plainByMethod asks a value that knows how to show itself.
func plainByMethod(x any, depth int) (any, bool) {
	switch x := x.(type) {
	case slog.Value:
		return plainValue(x.Resolve(), depth), true
	case slog.Attr:
		return object{{x.Key, under(secrecyOf(x.Key), plainValue(x.Value.Resolve(), depth+1))}}, true
	case slog.LogValuer:
		return plainValue(slog.AnyValue(x).Resolve(), depth+1), true
	case error:
		return x.Error(), true
	case encoding.TextMarshaler:
		if text, err := x.MarshalText(); err == nil {
			return plainBytes(text), true
		}
	case json.Marshaler:
		if text, err := x.MarshalJSON(); err == nil {
			return plainJSON(text, depth), true
		}
	case fmt.Stringer:
		return x.String(), true
	}
	return nil, false
}

func plainFloat(f float64) any {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if strings.ContainsAny(text, "IN") { // infinite, or no number
		return text
	}
	return json.Number(text)
}

// plainBytes shows bytes as the text they are, or only how many they are.
func plainBytes(b []byte) any {
	if !utf8.Valid(b) {
		return fmt.Sprintf("<%d bytes>", len(b))
	}
	return string(b)
}

func plainList(v reflect.Value, depth int) any {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		b := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(b), v)
		return plainBytes(b)
	}
	l := list{}
	for k := range v.Len() {
		if k == maxItems {
			return append(l, omitted)
		}
		l = append(l, plainReflect(v.Index(k), depth+1))
	}
	return l
}

func plainMap(v reflect.Value, depth int) any {
	o := object{}
	for it := v.MapRange(); it.Next(); {
		name, ok := plainReflect(it.Key(), depth+1).(string)
		if !ok {
			name = fmt.Sprint(it.Key())
		}
		o = append(o, field{name, under(secrecyOf(name), plainReflect(it.Value(), depth+1))})
	}
	slices.SortFunc(o, func(a, b field) int { return cmp.Compare(a.name, b.name) })
	if len(o) > maxItems {
		o = append(o[:maxItems], field{omitted, nil})
	}
	return o
}

func plainStruct(v reflect.Value, depth int) any {
	o := object{}
	for k := range v.NumField() {
		f := v.Type().Field(k)
		if !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		level := max(secrecyOf(name), secrecyOf(f.Name))
		o = append(o, field{cmp.Or(name, f.Name), under(level, plainReflect(v.Field(k), depth+1))})
	}
	return o
}

// plainJSON reads JSON in its order.
func plainJSON(text []byte, depth int) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	plain, err := plainTokens(d, depth)
	if err != nil {
		return plainBytes(text)
	}
	return plain
}

func plainTokens(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil // nil, a string, a bool or a json.Number
	}
	l, o := list{}, object{}
	for d.More() {
		name := ""
		if delim == '{' {
			if token, err = d.Token(); err != nil {
				return nil, err
			}
			name, _ = token.(string)
		}
		value, err := plainTokens(d, depth+1)
		if err != nil {
			return nil, err
		}
		switch {
		case depth >= maxNested || len(l)+len(o) >= maxItems: // passed, not kept
		case delim == '{':
			o = append(o, field{name, under(secrecyOf(name), value)})
		default:
			l = append(l, value)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if delim == '{' {
		return o, nil
	}
	return l, nil
}
