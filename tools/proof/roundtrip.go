package proof

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// RoundTrips proves that values come back: what is decoded, written and decoded
// again is the same value, and written again the same text. What is written
// keeps the schema. encoding/json, which reaches the same code by another way,
// sees the same values. Left out are texts with numbers that float64 rounds.
func RoundTrips(t *testing.T, s *Subject) {
	var n tally
	s.eachType(t, func(t *testing.T, c *Corpus) {
		c.Each(Share(10, 20), Share(1, 20), func(x specimen.Specimen) {
			if v, err := c.Decode(x.Text, wire.Strict); err == nil {
				if oracle.Rounded(c.Model, x.Text) {
					n.add("with a number that float64 does not hold")
					return
				}
				n.add("strict")
				c.strictTrip(t, x, v)
			}
			if v, err := c.Decode(x.Text, wire.Lenient); err == nil {
				n.add("lenient")
				c.lenientTrip(t, x, v)
			}
		})
	})
	n.log(t)
	n.atLeast(t, 20*len(s.Types), "strict", "lenient")
}

func (c *Corpus) strictTrip(t *testing.T, x specimen.Specimen, v wire.Appender) {
	t.Helper()
	text := v.AppendJSON(nil)
	again, err := c.Decode(text, wire.Strict)
	if err != nil {
		t.Errorf("%s %s: what was written is refused: %v\nread    %s\nwritten %s", x.What, x.Path, err, x.Text, text)
		return
	}
	if !reflect.DeepEqual(v, again) {
		t.Errorf("%s %s: another value came back\nread    %s\nwritten %s", x.What, x.Path, x.Text, text)
	}
	if second := again.AppendJSON(nil); !bytes.Equal(text, second) {
		t.Errorf("%s %s: not stable\n%s\n%s", x.What, x.Path, text, second)
	}
	if after := v.AppendJSON([]byte("[1,")); string(after) != "[1,"+string(text) {
		t.Errorf("%s %s: appended to something, it is written as %s", x.What, x.Path, after)
	}
	c.standardTrip(t, x, v)
}

// standardTrip goes by encoding/json, which writes raw values without spaces
// and escapes what HTML may not have.
func (c *Corpus) standardTrip(t *testing.T, x specimen.Specimen, v wire.Appender) {
	t.Helper()
	text, err := json.Marshal(v)
	var want, compact bytes.Buffer
	_ = json.Compact(&compact, v.AppendJSON(nil))
	json.HTMLEscape(&want, compact.Bytes())
	if err != nil || !bytes.Equal(text, want.Bytes()) {
		t.Errorf("%s %s: encoding/json writes %s, we %s (%v)", x.What, x.Path, text, want.Bytes(), err)
	}
	if _, err := c.Unmarshal(text); err != nil {
		t.Errorf("%s %s: what encoding/json wrote is refused: %v\n%s", x.What, x.Path, err, text)
	}
	if c.Go.Kind() == reflect.Interface {
		return // encoding/json cannot read into one
	}
	fresh := reflect.New(c.Go)
	if err := json.Unmarshal(x.Text, fresh.Interface()); err != nil || !reflect.DeepEqual(v, fresh.Interface()) {
		t.Errorf("%s %s: encoding/json reads %s otherwise (%v)", x.What, x.Path, x.Text, err)
	}
	// As a value and not a pointer, it has to find MarshalJSON too.
	if byValue, err := json.Marshal(reflect.ValueOf(v).Elem().Interface()); err != nil || !bytes.Equal(byValue, text) {
		t.Errorf("%s %s: encoding/json writes %s, by value %s (%v)", x.What, x.Path, text, byValue, err)
	}
}

// lenientTrip: what was read leniently may lack what the schema requires, and
// is written as zero then. It can be read leniently again, and from then on
// nothing changes.
func (c *Corpus) lenientTrip(t *testing.T, x specimen.Specimen, v wire.Appender) {
	t.Helper()
	text := v.AppendJSON(nil)
	if !json.Valid(text) {
		t.Errorf("%s %s: written is no JSON\nread    %s\nwritten %s", x.What, x.Path, x.Text, text)
		return
	}
	again, err := c.Decode(text, wire.Lenient)
	if err != nil {
		t.Errorf("%s %s: what was written cannot be read leniently: %v\nread    %s\nwritten %s", x.What, x.Path, err, x.Text, text)
		return
	}
	if second := again.AppendJSON(nil); !bytes.Equal(text, second) {
		t.Errorf("%s %s: not stable after lenient reading\nread    %s\nwritten %s\nagain   %s", x.What, x.Path, x.Text, text, second)
	}
}
