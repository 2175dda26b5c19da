package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// valid is longer than any rehearsal.
const valid = 30 * 24 * time.Hour

// authority signs who is who in one cluster.
type authority struct {
	folder string
	serial int64
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
}

// newAuthority makes an authority that keeps what it signs in a folder, its own certificate as ca.crt.
func newAuthority(folder string) (*authority, error) {
	key, err := newKey(filepath.Join(folder, "ca.key"))
	if err != nil {
		return nil, err
	}
	a := &authority{folder: folder, key: key, cert: &x509.Certificate{
		Subject: pkix.Name{CommonName: "eks"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}}
	der, err := a.sign("ca", a.cert, key)
	if err != nil {
		return nil, err
	}
	a.cert, err = x509.ParseCertificate(der)
	return a, err
}

// text is its certificate as PEM.
func (a *authority) text() []byte { return encoded(certificate, a.cert.Raw) }

// certificate is what PEM calls one.
const certificate = "CERTIFICATE"

// sign writes NAME.crt and returns what is in it.
func (a *authority) sign(name string, template *x509.Certificate, key *ecdsa.PrivateKey) ([]byte, error) {
	a.serial++
	template.SerialNumber = big.NewInt(a.serial)
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(valid)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate %s: %w", name, err)
	}
	return der, writePEM(filepath.Join(a.folder, name+".crt"), certificate, der)
}

// client writes NAME.crt and NAME.key for a client of the API server, who is called so and is in the group.
func (a *authority) client(name, user, group string) error {
	key, err := newKey(filepath.Join(a.folder, name+".key"))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: user}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if group != "" {
		template.Subject.Organization = []string{group}
	}
	_, err = a.sign(name, template, key)
	return err
}

// server writes NAME.crt and NAME.key for a server at these addresses.
func (a *authority) server(name string, addresses ...net.IP) error {
	key, err := newKey(filepath.Join(a.folder, name+".key"))
	if err != nil {
		return err
	}
	_, err = a.sign(name, &x509.Certificate{
		Subject: pkix.Name{CommonName: "kube-apiserver"}, IPAddresses: addresses, DNSNames: []string{"kubernetes.default.svc"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, key)
	return err
}

// kubeconfig writes, for the client NAME, where the API server is and who asks it.
func (a *authority) kubeconfig(file, name, server string) error {
	path := func(name string) string { return filepath.Join(a.folder, name) }
	return writeJSON(path(file), kubeconfig(name, object{"server": server, "certificate-authority": path("ca.crt")}, object{
		"client-certificate": path(name + ".crt"), "client-key": path(name + ".key"),
	}))
}

// kubeconfig is a file that says where one server is and who asks it.
func kubeconfig(name string, server, user object) object {
	return object{
		"apiVersion": "v1", "kind": "Config", "current-context": name,
		"clusters": []any{object{"name": name, "cluster": server}},
		"contexts": []any{object{"name": name, "context": object{"cluster": name, "user": name}}},
		"users":    []any{object{"name": name, "user": user}},
	}
}

func newKey(file string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, writePEM(file, "EC PRIVATE KEY", der)
}

func writePEM(file, kind string, der []byte) error {
	if err := os.WriteFile(file, encoded(kind, der), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(file), err)
	}
	return nil
}

func encoded(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func writeJSON(file string, content any) error {
	text, err := json.MarshalIndent(content, "", "  ")
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(file), err)
	}
	return nil
}
