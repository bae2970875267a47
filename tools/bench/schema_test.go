package bench

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/xeipuuv/gojsonschema"

	"github.com/gatesmith/gatesmith/gen/emit/bundle"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// This file has the two validators that interpret a schema.

const address = "https://gatesmith.test/bundle.json"

// load gives the schema folder. It is not kept: see decodeAll.
func load(tb testing.TB) (*source.Tree, *ir.Protocol) {
	tb.Helper()
	tree, p, err := Load("../../schema")
	if err != nil {
		tb.Fatal(err)
	}
	return tree, p
}

// santhosh decodes with encoding/json into any, and validates that.
func santhosh(tb testing.TB) prepare {
	tb.Helper()
	tree, _ := load(tb)
	text, err := bundle.Draft2020(tree)
	if err != nil {
		tb.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		tb.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.RegisterFormat(&jsonschema.Format{Name: "base64", Validate: checkBase64})
	if err := c.AddResource(address, doc); err != nil {
		tb.Fatal(err)
	}
	compile := func(schema string) *jsonschema.Schema {
		key, pointer, _ := strings.Cut(schema, "#")
		s, err := c.Compile(address + "#/$defs/" + strings.ReplaceAll(key, "/", "~1") + pointer)
		if err != nil {
			tb.Fatal(err)
		}
		return s
	}
	frame := compile("frames/request")
	return func(m *Message) func(data []byte) error {
		s := compile(m.Schema)
		return func(data []byte) error {
			var v any
			if err := json.Unmarshal(data, &v); err != nil {
				return err
			}
			if m.Frame {
				if err := frame.Validate(v); err != nil {
					return err
				}
				v = v.(map[string]any)["params"]
			}
			return s.Validate(v)
		}
	}
}

// xeipuuv decodes with encoding/json into any, and validates that against the
// draft-07 bundle.
func xeipuuv(tb testing.TB) prepare {
	tb.Helper()
	_, p := load(tb)
	text, err := bundle.Draft07(p)
	if err != nil {
		tb.Fatal(err)
	}
	gojsonschema.FormatCheckers.Add("base64", base64Checker{})
	loader := gojsonschema.NewSchemaLoader()
	if err := loader.AddSchema(address, gojsonschema.NewBytesLoader(text)); err != nil {
		tb.Fatal(err)
	}
	compile := func(definition string) *gojsonschema.Schema {
		s, err := loader.Compile(gojsonschema.NewReferenceLoader(address + "#/definitions/" + definition))
		if err != nil {
			tb.Fatal(err)
		}
		return s
	}
	check := func(s *gojsonschema.Schema, v any) error {
		r, err := s.Validate(gojsonschema.NewRawLoader(v))
		if err == nil && !r.Valid() {
			err = fmt.Errorf("%v", r.Errors())
		}
		return err
	}
	frame := compile("RequestFrame")
	return func(m *Message) func(data []byte) error {
		s := compile(m.Definition)
		return func(data []byte) error {
			v, err := gojsonschema.NewBytesLoader(data).LoadJSON()
			if err != nil {
				return err
			}
			if m.Frame {
				if err := check(frame, v); err != nil {
					return err
				}
				v = v.(map[string]any)["params"]
			}
			return check(s, v)
		}
	}
}

type base64Checker struct{}

func (base64Checker) IsFormat(v any) bool { return checkBase64(v) == nil }

func checkBase64(v any) error {
	s, isString := v.(string)
	if !isString {
		return nil
	}
	_, err := base64.StdEncoding.DecodeString(s)
	return err
}
