package app_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// With TLS nothing is served without it, nothing with an old version of it, and
// the certificate is the one whose fingerprint is printed.
func TestTLSOnly(t *testing.T) {
	dir := t.TempDir()
	writeConfig(t, dir, `{ gateway: { tls: { selfSigned: true }, auth: { token: "`+secret+`" } } }`)
	g, base := gateway(t, dir, nil)
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "wss" {
		t.Fatal(base, err)
	}
	if res, body := get(t, "GET", "http://"+u.Host+"/livez", nil); res.StatusCode != http.StatusBadRequest {
		t.Errorf("without TLS: %d %s", res.StatusCode, body)
	}
	if c, err := tls.Dial("tcp", u.Host, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
		c.Close()
		t.Error("TLS 1.1 was taken")
	}
	c, err := tls.Dial("tcp", u.Host, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sum := sha256.Sum256(c.ConnectionState().PeerCertificates[0].Raw)
	if hex.EncodeToString(sum[:]) != g.Fingerprint() {
		t.Errorf("the certificate is not the one with the fingerprint %s", g.Fingerprint())
	}
	if info, err := os.Stat(filepath.Join(dir, "tls-key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v %v", info, err)
	}
}
