package main

import (
	"encoding/base64"
	"image"
	"image/color"
	"strings"
	"testing"

	"rsc.io/qr"
)

func TestCodesAreDrawn(t *testing.T) {
	const text = "2@a code,of,some,length"
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := drawn("data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG()))
	if err != nil {
		t.Fatal(err)
	}
	checkDrawn(t, strings.Split(picture, "\n"), text)
}

// checkDrawn reads a code in the lines that were printed, point by point.
func checkDrawn(t *testing.T, picture []string, text string) {
	t.Helper()
	want, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	const margin = 4
	for y := range want.Size {
		for x := range want.Size {
			line := []rune(picture[(y+margin)/2])
			sign := string(line[x+margin])
			light := sign == "█" || sign == "▀" && (y+margin)%2 == 0 || sign == "▄" && (y+margin)%2 == 1
			if light == want.Black(x, y) {
				t.Fatalf("the point %d, %d of the code is wrong", x, y)
			}
		}
	}
}

func TestWhatIsNoCode(t *testing.T) {
	for _, bad := range []string{"", "data:image/png;base64,!", "data:image/png;base64,aGVsbG8="} {
		if _, err := drawn(bad); err == nil {
			t.Errorf("%q is drawn", bad)
		}
	}
	if !light(image.NewUniform(color.White), 1, 1) || light(image.NewUniform(color.Black), 1, 1) {
		t.Error("black is white")
	}
}
