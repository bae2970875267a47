package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// certificate is what the listener proves its identity with; nil is plaintext.
type certificate struct {
	certPath, keyPath string
	pair              atomic.Pointer[tls.Certificate]
}

func (c *certificate) wrap(l net.Listener) net.Listener {
	if c == nil {
		return l
	}
	return tls.NewListener(l, &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair.Load(), nil },
		MinVersion:     tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
}

// reload reads the files again: certificates are renewed while the gateway
// runs.
func (c *certificate) reload() error {
	if c == nil {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.certPath, c.keyPath)
	if err != nil {
		return fmt.Errorf("cannot load the TLS certificate %s and its key %s: %w", c.certPath, c.keyPath, err)
	}
	c.pair.Store(&pair)
	return nil
}

// Fingerprint is the SHA-256 of the gateway's certificate; "" without TLS.
func (g *Gateway) Fingerprint() string {
	if g.tls == nil {
		return ""
	}
	sum := sha256.Sum256(g.tls.pair.Load().Certificate[0])
	return hex.EncodeToString(sum[:])
}

func loadTLS(gw *protocol.GatewayConfig, stateDir string) (*certificate, error) {
	t := &gw.TLS.V
	cert, key := t.Cert.V, t.Key.V
	switch {
	case t.SelfSigned.V:
		cert, key = filepath.Join(stateDir, "tls-cert.pem"), filepath.Join(stateDir, "tls-key.pem")
		if err := ensureSelfSigned(cert, key, gw.Hosts); err != nil {
			return nil, err
		}
	case !t.Cert.Set:
		return nil, nil
	}
	c := &certificate{certPath: cert, keyPath: key}
	return c, c.reload()
}

// selfSignedFor is how long a certificate of our own is good.
const selfSignedFor = 10 * 365 * 24 * time.Hour

// ensureSelfSigned makes a certificate once; clients pin its fingerprint.
func ensureSelfSigned(certPath, keyPath string, names []string) error {
	if _, err := os.Stat(certPath); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "gateway"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(selfSignedFor),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: append([]string{"localhost"}, names...), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(keyPath, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(certPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
}
