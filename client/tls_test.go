package client_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/server"
)

func TestTLS(t *testing.T) {
	s := server.New(options(server.Options{}))
	h := httptest.NewUnstartedServer(s)
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.StartTLS()
	defer h.Close()
	defer stop(t, s)
	roots := x509.NewCertPool()
	roots.AddCert(h.Certificate())
	sum := sha256.Sum256(h.Certificate().Raw)
	pin := hex.EncodeToString(sum[:])
	colons := ""
	for k := 0; k < len(pin); k += 2 {
		colons += ":" + strings.ToUpper(pin[k:k+2])
	}
	other := strings.Repeat("00", 32)
	for _, c := range []struct {
		name string
		o    client.Options
		want string // what the error says; "" for none
	}{
		{"unknown authority", client.Options{}, "unknown authority"},
		{"known authority", client.Options{RootCAs: roots}, ""},
		{"pinned", client.Options{Fingerprint: pin}, ""},
		{"pinned, with colons", client.Options{Fingerprint: colons[1:]}, ""},
		{"pinned to another", client.Options{Fingerprint: other}, "fingerprint of the gateway's certificate is " + pin + ": expected " + other},
		{"both", client.Options{RootCAs: roots, Fingerprint: pin}, ""},
		{"known, but pinned to another", client.Options{RootCAs: roots, Fingerprint: other}, "fingerprint"},
		{"pinned, but unknown authority", client.Options{RootCAs: x509.NewCertPool(), Fingerprint: pin}, "unknown authority"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl, err := client.Dial(t.Context(), h.URL, c.o)
			switch {
			case err == nil && c.want != "":
				t.Error("connected")
			case err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v, want %q", err, c.want)
			}
			if err != nil {
				return
			}
			if _, err := cl.VoicewakeGet(t.Context(), nil); err != nil {
				t.Error(err)
			}
			shut(t, cl)
		})
	}
}
