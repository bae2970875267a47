package oracle

import (
	"fmt"
	"strings"
	"sync"

	"github.com/xeipuuv/gojsonschema"

	"github.com/gatesmith/gatesmith/gen/emit/bundle"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Export judges by the draft-07 export, by xeipuuv/gojsonschema.
type Export struct {
	schema *Schema
	mu     sync.Mutex
	loader *gojsonschema.SchemaLoader
	parts  map[*ir.Type]*gojsonschema.Schema
}

const exportAddress = "https://gatesmith.test/export.json"

type base64Format struct{}

func (base64Format) IsFormat(v any) bool {
	s, isString := v.(string)
	return !isString || isBase64(s)
}

// NewExport makes the export and reads it.
func NewExport(s *Schema) (*Export, error) {
	text, err := bundle.Draft07(s.Model)
	if err != nil {
		return nil, err
	}
	gojsonschema.FormatCheckers.Add("base64", base64Format{})
	loader := gojsonschema.NewSchemaLoader()
	if err := loader.AddSchema(exportAddress, gojsonschema.NewBytesLoader(text)); err != nil {
		return nil, err
	}
	return &Export{schema: s, loader: loader, parts: map[*ir.Type]*gojsonschema.Schema{}}, nil
}

// Judge gives the verdict on a text as a value of a named type. The paths of
// faults have no escapes: gojsonschema doesn't write any.
func (x *Export) Judge(t *ir.Type, text []byte) (Verdict, error) {
	x.mu.Lock()
	part := x.parts[t]
	if part == nil {
		var err error
		address := exportAddress + "#/definitions/" + fragment(x.schema.Name(t))
		if part, err = x.loader.Compile(gojsonschema.NewReferenceLoader(address)); err != nil {
			x.mu.Unlock()
			return Verdict{}, fmt.Errorf("%s: %w", address, err)
		}
		x.parts[t] = part
	}
	x.mu.Unlock()
	result, err := part.Validate(gojsonschema.NewBytesLoader(text))
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Valid: result.Valid()}
	for _, e := range result.Errors() {
		rule := exportRules[e.Type()]
		if rule == "" {
			rule = e.Type()
		}
		v.Branches = v.Branches || rule == "oneOf" || rule == "anyOf"
		v.add(strings.TrimPrefix(e.Context().String("/"), "(root)"), rule)
	}
	return v, nil
}

// exportRules are gojsonschema's names of keywords.
var exportRules = map[string]string{
	"invalid_type": "type", "required": "required", "additional_property_not_allowed": "additionalProperties",
	"enum": "enum", "const": "const", "number_not": "not", "number_one_of": "oneOf", "number_any_of": "anyOf", "number_all_of": "allOf",
	"string_gte": "minLength", "string_lte": "maxLength", "pattern": "pattern", "format": "format",
	"number_gte": "minimum", "number_lte": "maximum", "number_gt": "exclusiveMinimum", "number_lt": "exclusiveMaximum",
	"multiple_of": "multipleOf", "array_min_items": "minItems", "array_max_items": "maxItems", "unique": "uniqueItems",
}
