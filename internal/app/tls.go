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
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// certificate is what the listener proves its identity with; nil is plaintext.
type certificate struct {
	pair        tls.Certificate
	Fingerprint string // SHA-256 of the certificate, hex
}

func (c *certificate) wrap(l net.Listener) net.Listener {
	if c == nil {
		return l
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{c.pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
}

// Fingerprint is the SHA-256 of the gateway's certificate; "" without TLS.
func (g *Gateway) Fingerprint() string {
	if g.tls == nil {
		return ""
	}
	return g.tls.Fingerprint
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
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("cannot load the TLS certificate %s and its key %s: %w", cert, key, err)
	}
	sum := sha256.Sum256(pair.Certificate[0])
	return &certificate{pair, hex.EncodeToString(sum[:])}, nil
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
