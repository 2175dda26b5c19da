package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// A real handshake is the judge: what only looks like a certificate does not get through it.
func TestCertificate_SelfSignedServesItsDomainAndNoOther(t *testing.T) {
	key, body, err := selfSigned("mote.example.com")
	require.NoError(t, err)
	pair, err := tls.X509KeyPair([]byte(body), []byte(key))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(body)))

	require.NoError(t, handshake(t, pair, roots, "mote.example.com"))
	require.ErrorContains(t, handshake(t, pair, roots, "other.example.com"), "not other.example.com")
	require.Error(t, handshake(t, pair, x509.NewCertPool(), "mote.example.com"))
}

func TestCertificate_EachSelfSignedHasItsOwnKey(t *testing.T) {
	first, _, err := selfSigned("mote.example.com")
	require.NoError(t, err)
	second, _, err := selfSigned("mote.example.com")
	require.NoError(t, err)
	require.NotEqual(t, first, second)
}

// handshake speaks TLS over loopback, as a client that trusts the roots and wants the name.
func handshake(t *testing.T, pair tls.Certificate, roots *x509.CertPool, name string) error {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}
	server.StartTLS()
	defer server.Close()
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: name, MinVersion: tls.VersionTLS13}}
	connection, err := dialer.DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err == nil {
		require.NoError(t, connection.Close())
	}
	return err
}
